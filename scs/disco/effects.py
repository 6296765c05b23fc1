"""What the core asks of its edge: values, in the order in which they are to be done. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scs.disco.values import ConnectionId, GroupId, SessionId, SessionRecord, Transaction


@dataclass(frozen=True, slots=True)
class Send:
    """Write `data` to each of these connections, after what was written before. One frame may have many readers."""

    to: Sequence[ConnectionId]
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Write what is pending, then close. The core has forgotten the connection: no `closed` need follow."""

    connection: ConnectionId
    why: str


@dataclass(frozen=True, slots=True)
class Published:
    """A group that an edge watches (`Disco.watch`) has a new view."""

    group: GroupId
    rev: int


@dataclass(frozen=True, slots=True)
class Propose:
    """Only with `Settings.external`: commit this to the store.

    The store's own order counts: the edge feeds what it watches to `Disco.observe`, and the fate of this proposal
    to `Disco.settle(ticket, ...)`, which is when the client is answered.
    """

    ticket: int
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Keep:
    """Only with `Settings.external`: a session began, or came here from another server."""

    session: SessionRecord


@dataclass(frozen=True, slots=True)
class Forget:
    """Only with `Settings.external`: a session ended."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the log."""

    level: Literal["info", "warning"]
    text: str


Effect = Send | Close | Published | Propose | Keep | Forget | Note
