"""What disco speaks of: keys, addresses, provisions, queries. Values only; who holds them is in `registry`."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal, NewType

ConnectionId = NewType("ConnectionId", int)
SessionId = NewType("SessionId", str)
ProvisionId = NewType("ProvisionId", str)
RequirementId = NewType("RequirementId", str)
GroupId = NewType("GroupId", str)

# What a JSON text may hold. `object` where it comes in: each place that reads it says what it expects.
Json = dict[str, object]
Scalar = str | int | float | bool | None

Nearness = Literal["zone", "dc", "any"]

FEDERATED = "federated"  # who owns, and which session provides, what another data centre told: nobody here
PARTS = 64  # that a data centre exports, each a group of its own: what changes in one costs what that one holds


class State(StrEnum):
    """What a provider says of its endpoint, or (`suspect`) what the server thinks of it."""

    READY = "ready"
    DRAINING = "draining"
    SUSPECT = "suspect"
    UNHEALTHY = "unhealthy"
    PENDING = "pending"


class Damped(IntEnum):
    """What is made of an endpoint that came and went too often."""

    NO = 0
    LAST = 1  # shown as suspect: used where there is no other
    HIDDEN = 2  # it is back, and not shown before it has stayed a while


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Key:
    """The name under which an endpoint is provided and required."""

    environment: str
    service: str
    role: str
    endpoint: str

    @property
    def names(self) -> tuple[str, str, str, str]:
        return (self.environment, self.service, self.role, self.endpoint)

    @property
    def part(self) -> int:
        """Of an export: the same at every server."""
        return zlib.crc32(str(self).encode()) % PARTS

    def __str__(self) -> str:
        return "/".join(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an endpoint answers. `given` is the JSON of an old peer's address, which says what it likes."""

    host: str = ""
    port: int = 0
    proto: str = "tcp"
    given: str | None = None

    @property
    def usable(self) -> bool:
        return bool(self.host) and self.port > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One endpoint as registered. Immutable: a change is a new value with the same id.

    `id` is derived from owner and uid, so that the same thing registered twice, after a restart or at another
    server has the same id. `version` counts the changes of address or attributes.
    """

    id: ProvisionId
    uid: str
    owner: str
    session: SessionId
    key: Key
    address: Address
    attributes: tuple[tuple[str, Scalar], ...] = ()
    incarnation: int = 0
    weight: int = 1
    dc: str = ""
    zone: str = ""
    declared: State = State.READY
    suspect: bool = False  # its session is not connected
    damped: Damped = Damped.NO
    drained: bool = False  # an administrator has its users go elsewhere, whatever its provider says
    created: int = 0  # the revision at which it appeared
    version: int = 0

    @property
    def state(self) -> State:
        """What subscribers are shown; only `ready`, and as a last resort `suspect`, is used."""
        if self.declared is not State.READY:
            return self.declared
        if self.drained:
            return State.DRAINING
        if self.damped is Damped.HIDDEN:
            return State.PENDING
        return State.SUSPECT if self.suspect or self.damped else State.READY

    @property
    def served(self) -> bool:
        """Whether subscribers are shown it at all."""
        return self.declared is State.READY and not self.drained and self.damped is not Damped.HIDDEN

    @property
    def federated(self) -> bool:
        """Another data centre told of it: it is read here, and changed there."""
        return self.session == FEDERATED

    @property
    def up(self) -> bool:
        """Whether it would be ready, but for having come and gone too often."""
        return self.declared is State.READY and not self.suspect and not self.drained


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One provision before and after; None where it is not there."""

    before: Provision | None
    after: Provision | None

    @property
    def id(self) -> ProvisionId:
        one = self.after or self.before
        assert one is not None
        return one.id

    @property
    def key(self) -> Key:
        one = self.after or self.before
        assert one is not None
        return one.key


Cause = Literal[
    "set", "sync", "state", "drain", "drop", "leave", "join", "detach", "resume", "expire", "damp", "store", "federate"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What one event changes: committed together, under one revision, told together within each group."""

    changes: tuple[Change, ...]
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """Of a session, what outlives a restart of the server or a move to another one. Times are seconds."""

    id: SessionId
    secret: str  # SHA-256 of the resume secret, never itself
    proto: int
    owner: str
    timeout: float
    dc: str = ""
    zone: str = ""
    client: str = ""
    server: str = ""
    scopes: tuple[str, ...] = ()
