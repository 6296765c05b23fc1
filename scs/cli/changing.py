"""What the commands that change something share: lock, progress, interrupts, report, exit code."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scs import wiring
from scs.cli import output, plans, progress
from scs.contract.journal import Terms
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop

SHOW_CURSOR = b"\x1b[?25h" if sys.stderr.isatty() else b""
"""Live progress hides the cursor, and nobody else would bring it back."""
TERMS = Terms()
"""Nothing but the goals."""


def change(
    desired: Desired, goals: Goals, engine: str, *, lock_wait: float, quiet: bool, terms: Terms = TERMS
) -> Report:
    """Runs the reconciler under the engine's lock, recorded in its history. Ctrl-C stops it after the calls in hand."""
    with interruptible() as stop:
        world = wiring.world(engine, stop)
        with wiring.lock(engine, wait=lock_wait, stop=stop), progress.reporter(quiet) as shown:
            intent = wiring.intent(desired, goals, terms.note)
            recording = wiring.recording(shown, intent, engine, terms, output.tell)
            try:
                report = loop.reconcile_all(desired, goals, world, recording)
            except BaseException as error:
                recording.break_off(str(error) or type(error).__name__)
                raise
            recording.finish(report, plans.outcome(report))
            return report


def show(identity: Identity, report: Report, *, json: bool, quiet: bool) -> None:
    if json:
        output.say_json("report", plans.report_json(identity, report))
    elif not (quiet and report.converged and not report.changed):
        plans.report(identity, report)


def exit_code(report: Report, *, detailed: bool) -> int:
    if not report.converged:
        return 3 if report.stands else 1
    return 2 if detailed and report.changed else 0


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """The first Ctrl-C or SIGTERM sets the event; a second Ctrl-C ends the process at once."""
    stop, pressed = threading.Event(), False
    # A thread of its own sets it: setting takes a lock, which the thread that the handler interrupts may hold.
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def set_it() -> None:
        if asked.get():
            stop.set()

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed and number == signal.SIGINT:
            os.write(sys.stderr.fileno(), SHOW_CURSOR + b"\nscs: stopped at once; the next apply goes on from here\n")
            os._exit(1)
        pressed = True
        asked.put(True)
        os.write(sys.stderr.fileno(), b"\nscs: stopping after the calls in hand; Ctrl-C again to stop at once\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    threading.Thread(target=set_it, name="stop", daemon=True).start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        asked.put(False)
