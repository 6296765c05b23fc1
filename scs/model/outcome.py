"""How an action ended, and the report of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scs.model.observed import Observed
from scs.model.operations import (
    AwaitHealthy,
    ConnectContainer,
    CreateContainer,
    RenameContainer,
    ResumeContainer,
    StartContainer,
    StopContainer,
)
from scs.model.plan import Action, Blocked
from scs.model.steps import Change

FORWARD = (CreateContainer, ConnectContainer, StartContainer, AwaitHealthy, RenameContainer, StopContainer)
"""Without these a replacement does not get further; what cannot be removed in the end is no reason to go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    action: Action
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`kind` says what the next pass may expect: transient errors may go away, permanent ones need a person."""

    action: Action
    why: str
    detail: str = ""
    """What helps to see the reason: the last log lines, the output of a build step."""
    kind: Literal["transient", "permanent", "uncertain"] = "permanent"

    @property
    def of_replacement(self) -> bool:
        """Whether the container that was to be replaced has to be put back."""
        action = self.action
        return self.kind == "permanent" and action.change is Change.REPLACE and isinstance(action.operation, FORWARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Not tried, because an action that it needs failed or the run was interrupted."""

    action: Action
    why: str


Outcome = Done | Failed | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a run did, over all its passes. `blocked` is what the last plan could not do.

    `trouble` says why the run ended before it could look again; empty when it could. `seen` is what its last look
    at the world found, None where there was none.
    """

    outcomes: tuple[Outcome, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    kept: tuple[str, ...] = ()
    interrupted: bool = False
    trouble: str = ""
    seen: Observed | None = field(default=None, compare=False, repr=False)

    @property
    def done(self) -> tuple[Done, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Done))

    @property
    def failed(self) -> tuple[Failed, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Failed))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Skipped))

    @property
    def converged(self) -> bool:
        return not (self.failed or self.skipped or self.blocked or self.interrupted or self.trouble)

    @property
    def stands(self) -> bool:
        """Whether a change failed, and each container that it was about runs as before."""
        unfinished = [one.action for one in self.outcomes if not isinstance(one, Done)]
        attempted = {one.target for one in unfinished if one.change in (Change.REPLACE, Change.RESTORE)}
        done = [one.action for one in self.done]
        back = {one.target for one in done if isinstance(one.operation, ResumeContainer)}
        stopped = {
            one.target for one in done if isinstance(one.operation, StopContainer) and one.change is Change.REPLACE
        }
        unable = {one.target for one in unfinished if one.change is Change.RESTORE}
        held = any(one.stands for one in self.blocked)
        return bool(attempted or held) and not (attempted & stopped - back) and not unable

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return any(not outcome.action.routine for outcome in self.done)
