"""What a client is told at its start, and what it asks of its edge. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scs.disco.values import Json, Scalar
from scs.disco.wire.shapes import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Times are seconds."""

    client: str = ""  # how people find it in lists
    token: str | None = None
    dc: str = ""
    zone: str = ""
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    timeout: float | None = None  # how long it may be away; the server's default if None
    line: int = 16 * 1024 * 1024  # a server may be trusted with longer lines than it takes
    answer: float = 10  # for join and resume
    backoff: float = 0.5
    cap: float = 10  # of the backoff
    join_rate: float = 600  # clients a second that a server is to be met with when it is back
    spread: float = 30  # at most so long, however many they are


@dataclass(frozen=True, slots=True)
class Write:
    data: bytes


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect at this time, the edge's own, then call `connected`, or `disconnected` if it failed."""

    at: float


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close the connection; no `disconnected` need follow."""

    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """All of what is to be used for a requirement now, nearest first; more may come back while it is not `complete`."""

    name: str
    endpoints: tuple[Endpoint, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a command: a value, or an error with name and message."""

    ticket: int
    value: object = None
    error: Json | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """What was asked for is refused and will not come by itself: an offer, a requirement, or the session."""

    what: str
    message: str


Effect = Write | Connect | Disconnect | Changed | Answered | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One requirement. `arguments` are those of the command but for `uid`; nearness is for `requirement.set` alone."""

    arguments: Json
    command: Literal["requirement.set", "registry.export"] = "requirement.set"
    prefer: tuple[str, ...] = ()
    include_suspect: bool = False
