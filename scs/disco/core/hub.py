"""Everything that a disco server holds, and the few ways to send. What happens to it is in the modules beside this."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from scs.disco.core import frames
from scs.disco.effects import Close, Effect, Note, Send
from scs.disco.problems import Refused
from scs.disco.registry import filters
from scs.disco.registry.damping import Flaps
from scs.disco.registry.registry import Registry
from scs.disco.registry.views import Query
from scs.disco.sessions.budget import Bucket, Budget
from scs.disco.sessions.exports import Export, Question
from scs.disco.sessions.groups import Group
from scs.disco.sessions.imports import Import
from scs.disco.sessions.pauses import Pauses
from scs.disco.sessions.session import Connection, Session
from scs.disco.sessions.timers import Kind, Timers
from scs.disco.sessions.tokens import Tokens
from scs.disco.settings import Settings
from scs.disco.values import PARTS, ConnectionId, GroupId, Key, Provision, ProvisionId, SessionId

COMPILED = 8 * 1024  # what it costs to understand a pattern, also one that is wrong
EACH = 64  # what it costs to write once more, or to look at one endpoint
Entropy = Callable[[int], bytes]
Settled = Callable[[Refused | None], None]


class Hub:
    """One server's state. `now` is our time: it stands still while this process is stopped."""

    def __init__(self, settings: Settings, *, now: float, entropy: Entropy, wall: float) -> None:
        self.settings = settings
        self.pauses = Pauses(now, settings.times.pause)
        self.now = now
        self.wall_offset = wall - now
        self.entropy = entropy
        self.random = random.Random(entropy(8))  # spreads work in time; nothing secret comes of it
        self.registry = Registry(entropy(16).hex(), 0, settings)
        self.groups: dict[GroupId, Group] = {}
        self.groups_by_key: dict[Key, dict[GroupId, Group]] = {}
        self.exports: dict[int, dict[GroupId, Group]] = {}  # by part: what other data centres are told
        self.imports: dict[str, Import] = {}  # by data centre: what it told us
        self.forsaking = False  # what is of others is about to go
        self.dirty: dict[GroupId, Group] = {}
        self.resets = frames.Resets()
        self.sessions: dict[SessionId, Session] = {}
        self.sessions_by_dc: Counter[str] = Counter()
        self.connections: dict[ConnectionId, Connection] = {}
        self.hosts: Counter[str] = Counter()
        self.away: Counter[str] = Counter()  # sessions without a connection, by the host that they came from
        self.joins = Bucket(settings.limits.joins_per_second, settings.limits.joins_per_second, now)
        self.timers = Timers()
        self.budget = Budget(settings.expiry)
        self.flaps = Flaps(settings.damping)
        self.tokens = Tokens()
        self.effects: list[Effect] = []
        self.counters: Counter[str] = Counter()
        self.tickets: dict[int, Settled] = {}
        self.next_ticket = 0
        self.complete = False
        self.janitor = not settings.external  # whether sessions of servers that are gone are ours to give up
        self.warned = now - settings.expiry.window  # of a budget that is spent
        self.calm_until = now  # nobody is given up before
        self.settled_at = now  # what peers said while we were stopped was read by then
        self.spent = 0  # roughly the bytes that were made, and what it cost to find them
        self.taken = 0  # of that, within one tick by peers that had said more than could be done at once
        self.changes = 0  # moves with everything that a snapshot holds

    @property
    def wall(self) -> float:
        return self.pauses.outside(self.now) + self.wall_offset

    def fresh_id(self) -> str:
        return self.entropy(12).hex()

    def found(self, question: Question) -> list[Provision]:
        """What the question finds, in time that is counted."""
        if isinstance(question, Export):
            return self._exported(question)
        under = self.registry.under(question.key)
        sizes = filters.sizes(question.tests)
        self.spent += COMPILED * len(sizes) + len(under) * (EACH + 8 * sum(sizes.values()))
        return [one for one in under.values() if question.matches(one)]

    def _exported(self, question: Export) -> list[Provision]:
        found: list[Provision] = []
        keys = self.registry.keys()
        self.spent += EACH * (len(keys) + len(self.registry) // PARTS)
        for key in keys:
            if question.covers(key):
                found += [one for one in self.registry.under(key).values() if question.matches(one)]
        return found

    def under(self, question: Question) -> Mapping[ProvisionId, Provision]:
        """All among which it finds something."""
        return self.registry.all if isinstance(question, Export) else self.registry.under(question.key)

    def concerned(self, key: Key) -> Iterator[Group]:
        """The groups that may be shown what is under it."""
        yield from self.groups_by_key.get(key, {}).values()
        if self.exports:
            yield from self.exports.get(key.part, {}).values()

    def beside(self, question: Question) -> dict[GroupId, Group]:
        """The groups of such questions."""
        if isinstance(question, Export):
            return self.exports.setdefault(question.part, {})
        return self.groups_by_key.setdefault(question.key, {})

    def unlist(self, group: Group) -> None:
        """Forgets a group, and where it was listed if it was the last there."""
        del self.groups[group.id]
        beside, question = self.beside(group.query), group.query
        del beside[group.id]
        if not beside and isinstance(question, Export):
            del self.exports[question.part]
        elif not beside and isinstance(question, Query):
            del self.groups_by_key[question.key]

    def send(self, connection: Connection, data: bytes) -> None:
        self.spent += len(data)
        if connection.open:
            self.effects.append(Send((connection.id,), data))

    def send_all(self, connections: Sequence[ConnectionId], data: bytes) -> None:
        if connections:
            self.spent += len(data) + EACH * len(connections)
            self.effects.append(Send(connections, data))

    def close(self, connection: Connection, why: str) -> None:
        """Asks for it to be closed. What becomes of its session is `attachment.lost`."""
        if connection.open:
            self.forget(connection)
            self.effects.append(Close(connection.id, why))

    def look(self, session: Session, at: float | None) -> None:
        """When to look whether the session is to be given up; None: not at all."""
        if session.timer is not None:
            self.timers.cancel(session.timer)
        session.timer = self.timers.set(at, Kind.SESSION, session) if at is not None else None

    def count_away(self, session: Session, *, away: bool) -> None:
        if session.away is not away:
            session.away = away
            self.away[session.host] += 1 if away else -1
            if not self.away[session.host]:
                del self.away[session.host]

    def forget(self, connection: Connection) -> None:
        connection.open = False
        if self.connections.pop(connection.id, None) is not None:
            self.hosts[connection.host] -= 1
            if not self.hosts[connection.host]:
                del self.hosts[connection.host]

    def warn(self, text: str) -> None:
        self.effects.append(Note("warning", text))

    def info(self, text: str) -> None:
        self.effects.append(Note("info", text))
