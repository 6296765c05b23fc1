"""A connection and a session as the server knows them. They hold; what happens to them is in `core`."""

from __future__ import annotations

from dataclasses import dataclass, field

from scs.disco.registry.views import View
from scs.disco.sessions.timers import Timer
from scs.disco.values import ConnectionId, GroupId, Json, ProvisionId, RequirementId, SessionId, SessionRecord
from scs.disco.wire.framing import Lines


@dataclass(slots=True, eq=False)
class Connection:
    id: ConnectionId
    host: str
    remote: str
    lines: Lines
    received: float  # when it last said something valid
    trusted: bool = False  # of our own process: it needs no token
    session: Session | None = None
    blocked: float | None = None  # since when it does not read
    proto: int = 0
    in_flight: int = 0
    said: int = 0  # commands of ours to an old peer, numbered
    open: bool = True
    more: bool = False  # it has said more than could be done at once: a timer goes on with it
    ending: bool = False  # it is gone; what it said before is still to be done
    timed: bool = False  # heartbeats and the look for silence go on by themselves


@dataclass(slots=True, eq=False)
class Wait:
    """A provider that wants an answer when everybody who used these was told and said so."""

    connection: Connection
    command: str
    provisions: frozenset[ProvisionId]
    groups: set[GroupId] = field(default_factory=set)  # that have not told it yet
    sessions: dict[SessionId, int | None] = field(default_factory=dict)  # what they have to acknowledge, when told
    sealed: bool = False  # nothing more will be added
    done: bool = False
    timer: Timer | None = None  # its end, if it has one


@dataclass(slots=True, eq=False)
class Requirement:
    """`seen` is what an old peer was last told, shared by all who were told the same."""

    id: RequirementId
    group: GroupId
    hold_on_empty: bool = False
    seen: View | None = None


@dataclass(slots=True, eq=False)
class Subscription:
    """One session's place in a group: told up to `rev`; `view` is kept only while it lags behind the group's."""

    session: Session
    rev: int
    view: View | None = None
    beat: int = 0  # the revision whose digest it was last sent
    asked: tuple[RequirementId, ...] = ()


@dataclass(slots=True, eq=False)
class Session:
    record: SessionRecord
    connection: Connection | None = None
    token: str = ""  # SHA-256 of the one that it came with; none before it came back, or of our own process
    host: str = ""  # where it was last connected from
    away: bool = False  # it counts among those of its host that have no connection
    timer: Timer | None = None  # the next look at whether it is given up
    deadline: float | None = None  # when it is given up, while it has no connection
    held: float | None = None  # since when only the budget keeps it
    confirmed: bool = True  # seen since this server started
    acked: int = 0
    ended: bool = False
    provisions: set[ProvisionId] = field(default_factory=set)
    requirements: dict[RequirementId, Requirement] = field(default_factory=dict)
    subscriptions: dict[GroupId, Subscription] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)  # that wait for this session's acknowledgement
    syncing: list[Json] = field(default_factory=list)
    unsynced: bool = False  # a part of the set was refused: so is the rest of it

    @property
    def id(self) -> SessionId:
        return self.record.id

    @property
    def admin(self) -> bool:
        return "admin" in self.record.scopes
