"""`scs apply`: brings up what a manifest asks for. Never asks."""

from __future__ import annotations

import typer

from scs import wiring
from scs.cli import changing, options
from scs.model.plan import Goals


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs apply blog.yaml vagrant.yaml --set vars.port=8081")(apply)


def apply(
    files: options.Files,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    only: options.Only = None,
    no_prune: options.NoPrune = False,
    allow_empty: options.AllowEmpty = False,
    lock_wait: options.LockWait = 0,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """Create, change and remove until what is matches what is asked for. Run again, it changes nothing."""
    desired = wiring.load(files, settings, var_files)
    goals = Goals(prune=not no_prune, allow_empty=allow_empty, only=wiring.roles(only, desired))
    report = changing.change(desired, goals, engine, lock_wait=lock_wait, quiet=quiet)
    changing.show(desired.identity, report, json=json, quiet=quiet)
    raise typer.Exit(changing.exit_code(report, detailed=detailed_exitcode))
