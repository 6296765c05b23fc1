"""What a provisioner answers: what it saw, and the steps from there to a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """It is there. `facts` is JSON data that the same provisioner's `steps` and `binding` understand.

    `rests_on` are paths of the host: while they are of the same kind, owner and mode, and the engine's lists are the
    same, the same steps follow. None where only another look can tell.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    rests_on: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """We looked, and it is not there. `facts` is JSON data: what this provisioner's `steps` has to know to make it."""

    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """We could not look. Nothing is created, removed or formatted because of it."""

    why: str


Observation = Present | Absent | Unknown


class Goal(Enum):
    """Where the steps lead. RELEASED keeps the data; DELETED was asked for by name."""

    PRESENT = "present"
    RELEASED = "released"
    DELETED = "deleted"


class Change(Enum):
    """The classes of an action, by what they do to what runs."""

    CREATE = "create"
    UPDATE = "update"
    RESTART = "restart"
    REPLACE = "replace"
    REMOVE = "remove"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One effect of a provisioner, which may be performed again after a crash.

    `operation` is the provisioner's own word (`create`, `mkfs`), `says` one line for people without a final stop.
    `exclusive` says that no container may use the volume or network meanwhile.
    """

    operation: str
    says: str
    change: Change = Change.CREATE
    arguments: Mapping[str, Any] = field(default_factory=dict)
    exclusive: bool = False
    data_at_risk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """The steps to the goal, in order; none when it is reached."""

    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing to do yet; `why` names whom or what it waits for."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provisioner will not do it; `why` says what a person has to decide or change."""

    why: str


Steps = Do | Waiting | Refused
