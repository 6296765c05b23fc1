"""Shows how a run goes: live lines on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scs.cli import output
from scs.contract.reporter import Reporter, Silent
from scs.model.operations import AwaitEnd, BuildImage, PullImage
from scs.model.outcome import Done, Failed, Outcome
from scs.model.plan import Action, Plan

if TYPE_CHECKING:
    from rich.console import RenderableType


@contextmanager
def reporter(quiet: bool) -> Iterator[Reporter]:
    """The reporter that fits where standard error leads."""
    if quiet:
        yield Silent()
    elif sys.stderr.isatty():
        with _live() as shown:
            yield shown
    else:
        yield Plain()


class Plain:
    """One line when an action begins that takes long, one when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: set[str] = set()

    def planned(self, plan: Plan) -> None:
        pass

    def started(self, action: Action) -> None:
        if _takes_long(action):
            self._line(f"...      {action.target}: {action.says}")

    def says(self, action: Action, line: str) -> None:
        if _takes_long(action):
            self._line(f"...      {action.target}: {line}")

    def ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            self._line(ended_line(outcome))
        elif isinstance(outcome, Failed) and outcome.kind != "permanent" and outcome.why not in self._failed:
            self._failed.add(outcome.why)
            self._line(f"again    {outcome.action.target}: {outcome.why}")

    def _line(self, text: str) -> None:
        with self._lock:
            output.tell(text)


def _takes_long(action: Action) -> bool:
    return isinstance(action.operation, (AwaitEnd, BuildImage, PullImage))


def ended_line(outcome: Done) -> str:
    action = outcome.action
    return f"{action.change.value:<8} {action.target}: {action.says} ({outcome.seconds:.1f} s)"


class Live:
    """One line a resource that is being worked on, with what it does and for how long; finished ones scroll up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Action, float, str]] = {}
        self._finished: list[str] = []

    def planned(self, plan: Plan) -> None:
        pass

    def started(self, action: Action) -> None:
        with self._lock:
            self._running[action.id] = (action, time.monotonic(), action.says)

    def says(self, action: Action, line: str) -> None:
        with self._lock:
            if action.id in self._running:
                self._running[action.id] = (action, self._running[action.id][1], line)

    def ended(self, outcome: Outcome) -> None:
        with self._lock:
            known = self._running.pop(outcome.action.id, None)
            if isinstance(outcome, Done):
                self._finished.append(ended_line(outcome))
            elif isinstance(outcome, Failed) and known is not None and outcome.kind != "permanent":
                self._finished.append(f"again    {outcome.action.target}: {outcome.why}")

    def finished(self) -> list[str]:
        """Lines of what has ended since the last call."""
        with self._lock:
            lines, self._finished = self._finished, []
            return lines

    def running(self) -> list[tuple[str, str, float]]:
        """Resource, what it does, seconds; the longest first."""
        with self._lock:
            now = time.monotonic()
            rows = [(str(action.target), line, now - began) for action, began, line in self._running.values()]
        return sorted(rows, key=lambda row: -row[2])


@contextmanager
def _live() -> Iterator[Live]:
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it, and it is slow to import
    from rich.live import Live as Screen  # noqa: PLC0415 - the same
    from rich.table import Table  # noqa: PLC0415 - the same
    from rich.text import Text  # noqa: PLC0415 - the same

    console = Console(stderr=True, highlight=False, soft_wrap=False)
    shown = Live()

    def render() -> RenderableType:
        for line in shown.finished():
            word, _, rest = output.printable(line).partition(" ")
            console.print(Text.assemble((word, "green" if word != "again" else "yellow"), f" {rest}"))
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True)
        for target, line, seconds in shown.running():
            table.add_row(Text(target, "bold"), Text(output.printable(line)), f"{seconds:.0f} s")
        return table

    with Screen(get_renderable=render, console=console, refresh_per_second=4, transient=True):
        yield shown
    for line in shown.finished():
        console.print(output.printable(line), markup=False)
