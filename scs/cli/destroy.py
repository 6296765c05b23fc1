"""`scs destroy`: takes away what a manifest made, but for its data."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scs import wiring
from scs.cli import changing, options, output, plans
from scs.contract import errors
from scs.model.desired import Desired
from scs.model.plan import Goals
from scs.run import loop

DeleteData = Annotated[
    list[str] | None,
    typer.Option("--delete-data", metavar="NAME", help="Delete this volume's data too; once for each volume."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs destroy blog.yaml --delete-data db")(destroy)


def destroy(
    files: options.Files,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    only: options.Only = None,
    delete_data: DeleteData = None,
    yes: Yes = False,
    lock_wait: options.LockWait = 0,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """Remove the containers and networks of a manifest. Volumes keep their data unless they are named."""
    if only and delete_data:
        raise errors.Refusal("--delete-data and --only do not go together: a volume may be used by other roles")
    desired = wiring.load(files, settings, var_files)
    goals = Goals(destroy=True, only=wiring.roles(only, desired), delete_data=wiring.volume_keys(delete_data, desired))
    if not yes:
        _ask(desired, goals, engine)
    report = changing.change(desired, goals, engine, lock_wait=lock_wait, quiet=quiet)
    changing.show(desired.identity, report, json=json, quiet=quiet)
    raise typer.Exit(changing.exit_code(report, detailed=detailed_exitcode))


def _ask(desired: Desired, goals: Goals, engine: str) -> None:
    _, plan = loop.look(desired, goals, wiring.world(engine))
    if not plan.actions:
        return
    if not sys.stdin.isatty():
        raise errors.Refusal("destroy asks before it removes anything, and nobody can answer here: use --yes")
    plans.show(desired.identity, plan, to=output.tell)
    typer.confirm("Remove all this?", abort=True, err=True)
