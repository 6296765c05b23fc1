"""`scs apply`: brings up what a manifest asks for, or what was planned. Never asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scs import wiring
from scs.cli import changing, options, output
from scs.contract import errors
from scs.contract.journal import Terms
from scs.model.outcome import Report
from scs.model.plan import Goals

MaybeFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="MANIFEST",
        help="The manifest, then overlays that are merged over it.",
        show_default=False,
        callback=options.manifests,
    ),
]
Saved = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="Apply exactly what 'scs plan -o FILE' saved, or nothing."),
]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs apply blog.yaml vagrant.yaml --set vars.port=8081")(apply)


def apply(
    files: MaybeFiles = None,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    saved: Saved = None,
    only: options.Only = None,
    no_prune: options.NoPrune = False,
    allow_empty: options.AllowEmpty = False,
    require_history: options.RequireHistory = False,
    deep: options.Deep = False,
    lock_wait: options.LockWait = 0,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """Create, change and remove until what is matches what is asked for. Run again, it changes nothing."""
    if saved is not None:
        if any((files, settings, var_files, only, no_prune, allow_empty, deep)):
            raise errors.Refusal("--plan goes without a manifest and its options: they are in the saved plan")
        planned, approve = wiring.saved_plan(saved, engine)
        desired, goals = planned.desired, planned.goals
        terms = Terms(required=require_history, approve=approve)
        asked = None
    elif files:
        asked = wiring.asked()
        desired = wiring.load(files, settings, var_files, asked)
        output.warn(wiring.warnings(desired), quiet=quiet)
        goals = Goals(prune=not no_prune, allow_empty=allow_empty, deep=deep, only=wiring.roles(only, desired))
        terms = Terms(required=require_history)
    else:
        raise errors.Refusal("name a manifest, or with --plan a saved plan")
    report = changing.change(desired, goals, engine, lock_wait=lock_wait, quiet=quiet, terms=terms)
    changing.show(desired.identity, report, json=json, quiet=quiet)
    if asked is not None and not deep and report.converged and report.seen is not None:
        with output.heard() as said:
            output.warn(wiring.warnings(desired), quiet=quiet)
            changing.show(desired.identity, Report(kept=report.kept), json=json, quiet=quiet)
        wiring.keep_standstill(desired, report.seen, asked, engine, locked=True, said=said())
    raise typer.Exit(changing.exit_code(report, detailed=detailed_exitcode))
