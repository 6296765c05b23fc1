"""`scs why`: when and because of what a container was made, and what an apply would do to it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from scs import wiring
from scs.cli import moments, options, output
from scs.run import reasons
from scs.run.reasons import Reason

Target = Annotated[str, typer.Argument(metavar="ROLE", help="A role, service/role or container.", show_default=False)]
Manifests = Annotated[
    list[Path] | None,
    typer.Option(
        "-f",
        "--file",
        metavar="MANIFEST",
        help="The manifest, then overlays; once for each. Without one: as the last run asked for it.",
        callback=options.manifests,
    ),
]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs why web -f blog.yaml")(why)


def why(
    target: Target,
    files: Manifests = None,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    json: options.Json = False,
) -> None:
    """Say when and why a role's containers were made or replaced last, and what an apply would do to them now."""
    desired = wiring.load(files, settings, var_files) if files else None
    with wiring.history(engine) as history:
        found = reasons.of_target(target, desired, wiring.world(engine), history)
    if json:
        output.say_json("why", {"containers": [as_json(one) for one in found]})
        return
    for one in found:
        for line in as_text(one):
            output.say(line)


def as_text(reason: Reason) -> Iterator[str]:
    """A block a container."""
    yield reason.container
    if reason.created is None:
        yield "  made   it does not exist"
    elif reason.made is None or reason.run is None:
        yield f"  made   {moments.text(reason.created)} UTC, by none of the runs in the history"
    else:
        note = f", {reason.run.note}" if reason.run.note else ""
        yield f"  made   {moments.text(reason.created)} UTC by run {reason.run.number}{note} ({reason.run.who})"
        yield f"  why    {reason.made.change.value}: {reason.made.cause}"
    if reason.pending is None:
        yield "  now    not known, because nobody says what is asked for: name the manifest with -f"
        return
    for line in reason.pending or ("nothing: it is as asked for",):
        yield f"  now    {line}"


def as_json(reason: Reason) -> Mapping[str, object]:
    made, run = reason.made, reason.run
    return {
        "container": reason.container,
        "created": moments.iso(reason.created),
        "run": run.number if run else None,
        "change": made.change.value if made else None,
        "cause": made.cause if made else None,
        "who": {"login": run.who.login, "user": run.who.user, "host": run.who.host} if run else None,
        "pending": None if reason.pending is None else list(reason.pending),
    }
