"""What the commands that change something share: lock, progress, interrupts, report, exit code."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scs import wiring
from scs.cli import output, plans, progress
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop


def change(desired: Desired, goals: Goals, engine: str, *, lock_wait: float, quiet: bool) -> Report:
    """Runs the reconciler under the engine's lock. Ctrl-C stops it after the calls in hand."""
    stop = threading.Event()
    world = wiring.world(engine, stop)
    with _interruptible(stop), wiring.lock(engine, wait=lock_wait, stop=stop), progress.reporter(quiet) as reporter:
        return loop.reconcile_all(desired, goals, world, reporter)


def show(identity: Identity, report: Report, *, json: bool, quiet: bool) -> None:
    if json:
        output.say_json("report", plans.report_json(identity, report))
    elif not (quiet and report.converged and not report.done):
        plans.report(identity, report)


def exit_code(report: Report, *, detailed: bool) -> int:
    if not report.converged:
        return 1
    return 2 if detailed and report.done else 0


@contextmanager
def _interruptible(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks the run to stop, the second ends it at once. SIGTERM counts as the first."""

    def asked(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        sys.stderr.write("\nscs: stopping after the calls in hand; Ctrl-C again to stop at once\n")

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
