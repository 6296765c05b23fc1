"""`scs plan`: what apply would do, why, and what it would cost. Changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from scs import wiring
from scs.cli import options, output, plans
from scs.model.identity import Identity
from scs.model.plan import Goals, Plan
from scs.run import loop

Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="FILE", help="Save the plan as well, for 'scs apply --plan FILE'.")
]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs plan blog.yaml --detailed-exitcode")(plan)


def plan(
    files: options.Files,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    only: options.Only = None,
    no_prune: options.NoPrune = False,
    allow_empty: options.AllowEmpty = False,
    out: Out = None,
    deep: options.Deep = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """Show what apply would do up to the next fact that nobody can know yet."""
    asked = wiring.asked()
    desired = wiring.load(files, settings, var_files, asked)
    output.warn(wiring.warnings(desired), quiet=quiet)
    goals = Goals(prune=not no_prune, allow_empty=allow_empty, deep=deep, only=wiring.roles(only, desired))
    observed, found = loop.look(desired, goals, wiring.world(engine))
    if out is not None:
        wiring.save_plan(out, desired, goals, found, engine)
    elif found.empty and not deep:
        with output.heard() as said:
            output.warn(wiring.warnings(desired), quiet=quiet)
            show(desired.identity, found, json=json, quiet=quiet)
        wiring.keep_standstill(desired, observed, asked, engine, locked=False, said=said())
    present(desired.identity, found, json=json, quiet=quiet, detailed=detailed_exitcode)


def show(identity: Identity, found: Plan, *, json: bool, quiet: bool) -> None:
    if json:
        output.say_json("plan", plans.as_json(identity, found))
    elif not (quiet and not found.pending):
        plans.show(identity, found)


def present(identity: Identity, found: Plan, *, json: bool, quiet: bool, detailed: bool) -> NoReturn:
    """Shows the plan, and ends the command with the exit code that fits."""
    show(identity, found, json=json, quiet=quiet)
    if any(not one.waiting for one in found.blocked):
        raise typer.Exit(1)
    raise typer.Exit(2 if detailed and found.pending else 0)
