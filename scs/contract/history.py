"""What was changed, by whom and why, as it is read back; `journal` is what writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from scs.contract.journal import Ending, RunNumber, Who
from scs.model.desired import Desired
from scs.model.identity import Digest, Identity
from scs.model.plan import ActionId, Target
from scs.model.steps import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run. Times in seconds since the epoch; `ended` is None where it did not end.

    `digest` stands for the desired value, the same on every machine; `only` names the roles that it was about, none
    where it was about all; `summary` is one sentence on how it ended.
    """

    number: RunNumber
    began: float
    ended: float | None
    who: Who
    command: str
    note: str
    identity: Identity
    digest: Digest
    destroy: bool
    only: tuple[str, ...]
    ending: Ending
    summary: str

    @property
    def is_release(self) -> bool:
        """Whether everything came to be as the whole manifest asks for it."""
        return self.ending is Ending.CONVERGED and not self.destroy and not self.only


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One try of one action. `outcome` and `ended` are None where the process died in the middle."""

    run: RunNumber
    began: float
    ended: float | None
    action: ActionId
    target: Target
    operation: str
    change: Change
    says: str
    cause: str
    downtime: str
    data_at_risk: bool
    outcome: Literal["done", "failed", "skipped"] | None
    seconds: float
    why: str

    def __str__(self) -> str:
        return f"{self.change.value:<8} {self.target}: {self.says} (because {self.cause})"


class History(Protocol):
    """Reads what was written down, newest first. Raises journal.Trouble."""

    def runs(self, identity: Identity | None = None, limit: int | None = None) -> Sequence[Run]: ...

    def run(self, number: int) -> Run | None: ...

    def steps(self, number: RunNumber) -> Sequence[Step]:
        """In the order in which they began."""
        ...

    def making(self, container: str, created: float) -> Step | None:
        """The step that made the container of this name which the engine created at this time."""
        ...

    def desired(self, number: RunNumber) -> Desired:
        """What the run asked for, exactly. Raises Trouble where this release cannot read it."""
        ...

    def close(self) -> None: ...
