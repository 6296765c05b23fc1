"""`scs rollback`: applies what an earlier run asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from scs import wiring
from scs.cli import changing, moments, options, output
from scs.cli import history as recorded
from scs.cli import plan as planning
from scs.contract import errors
from scs.contract.history import Run
from scs.contract.journal import Terms
from scs.model.operations import BuildImage
from scs.model.plan import Goals, Plan
from scs.run import loop, releases

Number = Annotated[
    int | None,
    typer.Argument(
        metavar="[RUN]",
        help="The run to go back to. Without it: the last release that converged, other than the one applied last.",
        show_default=False,
    ),
]
Of = Annotated[str, typer.Option("--of", metavar="ENV/SERVICE", help="Of this manifest.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs rollback --of dev/blog")(rollback)


def rollback(
    number: Number = None,
    *,
    of: Of = "",
    engine: options.Engine = options.DEFAULT_ENGINE,
    dry_run: DryRun = False,
    require_history: options.RequireHistory = False,
    lock_wait: options.LockWait = 0,
    json: options.Json = False,
    quiet: options.Quiet = False,
    detailed_exitcode: options.DetailedExitCode = False,
) -> None:
    """Apply what an earlier run asked for, as one apply. Data is never rolled back."""
    identity = recorded.identified([of] if of else None)
    with wiring.history(engine) as history:
        run = releases.before(history, identity) if number is None else releases.release(history, number, identity)
        desired = history.desired(run.number)
    wiring.hold_types(desired, f"run {run.number}")
    if number is None and not quiet:
        output.tell(f"{run.identity}: back to run {run.number} of {moments.text(run.began)} UTC")
    approve = obtainable(run)
    if dry_run:
        _, plan = loop.look(desired, Goals(), wiring.world(engine))
        approve(plan)
        planning.present(desired.identity, plan, json=json, quiet=quiet, detailed=detailed_exitcode)
    terms = Terms(note=f"rollback to {run.number}", required=require_history, approve=approve)
    report = changing.change(desired, Goals(), engine, lock_wait=lock_wait, quiet=quiet, terms=terms)
    changing.show(desired.identity, report, json=json, quiet=quiet)
    raise typer.Exit(changing.exit_code(report, detailed=detailed_exitcode))


def obtainable(run: Run) -> Callable[[Plan], None]:
    """Refuses a plan that would have to build an image of whose sources one is not what it was."""

    def approve(plan: Plan) -> None:
        for image in (one.operation.image for one in plan.actions if isinstance(one.operation, BuildImage)):
            missing = wiring.missing_source(image)
            if missing:
                raise errors.Refusal(
                    f"run {run.number} needs image {image.tag}, which this engine no longer has, and {missing}, "
                    f"which it was made from, is gone or has changed: nothing was changed; put it back as it was, "
                    f"or go back to another run (see 'scs history {run.identity}')"
                )

    return approve
