"""The plan as a value: the actions that take observed to desired, each with its cause, and what is blocked and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from scs.model.fields import Field
from scs.model.operations import Operation
from scs.model.steps import Change

ActionId = NewType("ActionId", str)
"""`OPERATION TARGET`, such as `start dev-blog-web-1`; the same wish gives the same id in every pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an action is about: `kind` is image, volume, network, container or job."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One effect. `cause` says why it is needed, `downtime` why the target is away meanwhile (empty: it is not).

    `after` names actions without which this one is not tried. Of the actions in one `lane` only one runs at a time, in
    no order. What is `routine` is done in every run, and is no change by itself. `fields` show what is other
    than before.
    """

    id: ActionId
    target: Target
    operation: Operation
    says: str
    change: Change
    cause: str
    downtime: str = ""
    data_at_risk: bool = False
    after: tuple[ActionId, ...] = ()
    lane: str = ""
    routine: bool = False
    fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        extra = f"; down: {self.downtime}" if self.downtime else ""
        risk = "; data at risk" if self.data_at_risk else ""
        return f"{self.change.value:<8} {self.target}: {self.says} (because {self.cause}{extra}{risk})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What is asked for and cannot be done now. `waiting` says that time alone may help: look again.

    `stands` says that a change of it is held because a job failed, and that it runs as before.
    """

    target: Target
    why: str
    waiting: bool = False
    stands: bool = False

    def __str__(self) -> str:
        return f"{'waiting' if self.waiting else 'blocked':<8} {self.target}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Actions in an order that respects `after`. `str` is one stable line each, blocked last."""

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    kept: tuple[str, ...] = ()
    """Sentences on what left the manifest and stays: data, and with `--no-prune` everything else."""

    @property
    def empty(self) -> bool:
        return not self.actions and not self.blocked

    @property
    def pending(self) -> bool:
        """Whether the world is other than asked for, as far as can be seen."""
        return bool(self.blocked) or any(not action.routine for action in self.actions)

    @property
    def counts(self) -> Mapping[Change, int]:
        found: dict[Change, set[Target]] = {}
        for action in self.actions:
            found.setdefault(action.change, set()).add(action.target)
        return {change: len(targets) for change, targets in found.items()}

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.actions, *self.blocked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What a run is for. `only` empty means every role; `delete_data` names volumes by their key in the manifest.

    `allow_empty` lets a manifest without containers remove those that run; `pulled` are the references that this run
    has pulled already, so that `pull: always` ends. `failed` are by name, with the reason, replicas whose replacement
    failed in this run (what ran before is put back, and not tried again) and jobs that failed in it. `undo` asks for
    nothing but that all replacements that are not finished are taken back. `deep` looks at each container as well,
    besides what lists show.
    """

    destroy: bool = False
    prune: bool = True
    allow_empty: bool = False
    only: frozenset[str] = frozenset()
    delete_data: frozenset[str] = frozenset()
    pulled: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    undo: bool = False
    deep: bool = False
