"""`scs status`: how things stand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from scs import wiring
from scs.cli import options, output, plans
from scs.run import status as standing

MaybeFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[MANIFEST]...", help="Without one: every manifest on this engine.", callback=options.manifests
    ),
]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs status blog.yaml")(status)


def status(
    files: MaybeFiles = None,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    json: options.Json = False,
) -> None:
    """Show containers, their health as it is now, their ports, and whether anything is left to do."""
    world = wiring.world(engine)
    desired = wiring.load(files, settings, var_files) if files else None
    found = standing.of_manifest(desired, world) if desired else standing.of_engine(world)
    if json:
        plan = plans.as_json(desired.identity, found.plan) if desired and found.plan else None
        output.say_json("status", {"containers": [dataclasses.asdict(row) for row in found.rows], "plan": plan})
        return
    output.say_table(
        ("MANIFEST", "CONTAINER", "STATE", "HEALTH", "PORTS", "IMAGE"),
        [
            (row.manifest, _called(row), row.status or row.state, row.health, " ".join(row.ports), row.image)
            for row in found.rows
        ],
    )
    if desired and found.plan:
        pending = "" if found.plan.empty else " (see 'scs plan')"
        output.say(f"{desired.identity}: {plans.summary(found.plan)}{pending}")


def _called(row: standing.Row) -> str:
    return f"{row.container} (job)" if row.kind == "job" else row.container
