"""`scs drift`: what was stopped, removed or changed by hand since scs made it."""

from __future__ import annotations

import typer

from scs import wiring
from scs.cli import options, output
from scs.model.plan import Goals
from scs.plan import drift as drifting
from scs.run import observe


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs drift blog.yaml --detailed-exitcode")(drift)


def drift(
    files: options.Files,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """List what was stopped, removed or changed by hand, looking at each container. Changes nothing."""
    desired = wiring.load(files, settings, var_files)
    found = drifting.drift(desired, observe.observe(desired, Goals(deep=True), wiring.world(engine)))
    if json:
        rows = [_row(one) for one in found.drifted]
        output.say_json("drift", {"manifest": str(desired.identity), "drift": rows, "pending": list(found.pending)})
    elif found.drifted or found.pending or not quiet:
        for one in found.drifted:
            output.say(str(one))
        for name in found.pending:
            output.say(f"container {name}: the manifest asks for something else by now, see 'scs plan'")
        count = len(found.drifted)
        what = f"{count} thing{'s' if count > 1 else ''} changed by hand" if count else "nothing was changed by hand"
        output.say(f"{desired.identity}: {what}")
    raise typer.Exit(2 if detailed_exitcode and found.drifted else 0)


def _row(one: drifting.Drifted) -> dict[str, object]:
    target = {"kind": one.target.kind, "name": one.target.name}
    return {"target": target, "path": one.path, "expected": one.expected, "found": one.found}
