"""Who writes down what a run sets out to do, before it does it, and how it ended. Nothing that runs depends on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NewType, Protocol

from scs.model.desired import Desired
from scs.model.outcome import Outcome
from scs.model.plan import Action, Goals, Plan

RunNumber = NewType("RunNumber", int)
"""Counts the runs of one engine that changed something, from 1."""
StepNumber = NewType("StepNumber", int)


class Ending(Enum):
    """How a run ended. UNFINISHED: its process died; RUNNING: it lives."""

    CONVERGED = "converged"
    FAILED = "failed"
    STOPPED = "stopped"
    UNFINISHED = "unfinished"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """`login` is the person behind sudo or the terminal, `user` whom the process runs as."""

    login: str
    user: str
    host: str

    def __str__(self) -> str:
        as_user = "" if self.login == self.user else f" as {self.user}"
        return f"{self.login}{as_user} on {self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a run sets out to do. `note` says what it is besides its command (`rollback to 3`)."""

    desired: Desired
    goals: Goals
    command: str
    who: Who
    note: str = ""


def anything(_plan: Plan) -> None:
    """Approves of every plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a run is held to besides its goals. `note` as above; `approve` raises where the first plan may not be done.

    `required` says that nothing is changed where the history cannot be written.
    """

    note: str = ""
    required: bool = False
    approve: Callable[[Plan], None] = anything


class Trouble(Exception):
    """The history cannot be written or read. The text says what, where, why, and what to do."""


class Journal(Protocol):
    """Writes down one run while it goes: each call is on the disk when it returns. Raises Trouble."""

    def begin(self, intent: Intent) -> RunNumber: ...

    def started(self, run: RunNumber, action: Action) -> StepNumber:
        """Before the action's effect."""
        ...

    def ended(self, run: RunNumber, step: StepNumber | None, outcome: Outcome) -> None:
        """Without a step: of an action that was not begun."""
        ...

    def finish(self, run: RunNumber, ending: Ending, summary: str) -> None: ...

    def unfinished(self) -> Sequence[tuple[RunNumber, str]]:
        """Runs whose process died, with their commands; each told once."""
        ...

    def close(self) -> None: ...
