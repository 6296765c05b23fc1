"""The server without I/O: what happened and when comes in, effects come out. How to use it: the package's docstring."""

from __future__ import annotations

from collections.abc import Iterable

from scs.disco.core import asking, attachment, dispatch, expiry, importing, joining, publishing, snapshot, store
from scs.disco.core.hub import Entropy, Hub
from scs.disco.effects import Effect
from scs.disco.problems import Refused
from scs.disco.registry.views import Query, View
from scs.disco.sessions.imports import News
from scs.disco.sessions.session import Connection
from scs.disco.sessions.timers import Kind
from scs.disco.sessions.tokens import Tokens
from scs.disco.settings import Settings
from scs.disco.values import (
    Cause,
    Change,
    ConnectionId,
    GroupId,
    Json,
    Key,
    Nearness,
    Provision,
    SessionId,
    SessionRecord,
    Transaction,
)
from scs.disco.wire import lines
from scs.disco.wire.framing import Lines


class Disco:
    """One server. All methods are for one thread; `now` is monotonic seconds; effects are fetched by `drain`."""

    def __init__(
        self, settings: Settings, *, now: float, wall: float, entropy: Entropy, saved: bytes | None = None
    ) -> None:
        """`saved` is the last snapshot. One that cannot be used is said in a note, and started without."""
        self.hub = Hub(settings, now=now, wall=wall, entropy=entropy)
        if saved is not None:
            try:
                snapshot.restore(self.hub, saved)
            except snapshot.Unusable as why:
                self.hub.warn(f"starting without the snapshot: {why}")
        importing.begin(self.hub)
        snapshot.begin_grace(self.hub)

    def begin(self, now: float) -> None:
        """Before the first of the others, where much time may have passed since: loading a snapshot is no pause."""
        self.hub.pauses.skip(now)

    def connect(self, now: float, connection: ConnectionId, host: str, remote: str, *, trusted: bool = False) -> bool:
        """Somebody connected from `host`; `remote` is how people call it. False: refused, and told so in effects.

        `trusted` is for edges of this very process: they need no token and are administrators.
        """
        self._time(now)
        hub, limits = self.hub, self.hub.settings.limits
        one = Connection(id=connection, host=host, remote=remote, lines=Lines(limits.line), received=hub.now)
        one.trusted = trusted
        hub.connections[connection] = one
        hub.hosts[host] += 1
        if len(hub.connections) > limits.connections or hub.hosts[host] > limits.connections_per_host:
            hub.counters["connections_refused"] += 1
            where = "this server" if hub.hosts[host] <= limits.connections_per_host else "this address"
            hub.send(one, lines.fault("LimitExceeded", f"There are too many connections to {where}: come back later."))
            hub.close(one, "there are too many connections")
            return False
        hub.timers.set(hub.now + hub.settings.times.join, Kind.JOIN, one)
        return True

    def receive(self, now: float, connection: ConnectionId, data: bytes) -> None:
        self._time(now)
        one = self.hub.connections.get(connection)
        if one is not None:
            one.lines.feed(data)
            if (one.blocked is not None or one.more) and len(one.lines) > 4 * self.hub.settings.limits.line:
                slow = one.blocked is None
                self.hub.close(one, "it sends faster than it is served" if slow else "it sends without reading")
                attachment.lost(self.hub, one, silent=False)
                return
            dispatch.run(self.hub, one)

    def closed(self, now: float, connection: ConnectionId) -> None:
        """It is gone, however: FIN, RST or an error."""
        self._time(now)
        one = self.hub.connections.get(connection)
        if one is not None:
            dispatch.closed(self.hub, one)

    def blocked(self, now: float, connection: ConnectionId) -> None:
        """It does not read: from here on its groups are only noted, and its commands wait."""
        self._time(now)
        one = self.hub.connections.get(connection)
        if one is not None and one.blocked is None:
            one.blocked = self.hub.now
            self.hub.timers.set(self.hub.now + self.hub.settings.times.blocked, Kind.BLOCKED, one)

    def writable(self, now: float, connection: ConnectionId) -> None:
        """It reads again: what it missed goes out as one net diff for each group, then its commands are done."""
        self._time(now)
        one = self.hub.connections.get(connection)
        if one is None or one.blocked is None:
            return
        one.blocked = None
        # Whoever reads lives; what it said while it was blocked was not looked at.
        one.received = self.hub.now
        if one.session is not None and one.session.connection is one:
            publishing.catch_up(self.hub, one.session)
        dispatch.run(self.hub, one)

    def tick(self, now: float) -> None:
        self._time(now)
        expiry.run(self.hub)

    def due(self) -> float | None:
        """When `tick` has something to do, in the edge's time."""
        at = self.hub.timers.next()
        return None if at is None else self.hub.pauses.outside(at)

    def drain(self) -> list[Effect]:
        effects, self.hub.effects = self.hub.effects, []
        return effects

    def _time(self, now: float) -> None:
        self.hub.now, paused = self.hub.pauses.read(now)
        if paused:
            expiry.paused(self.hub, paused)

    # What outlives us, and who may come.

    @property
    def changes(self) -> int:
        """Moves whenever `snapshot` would be another."""
        return self.hub.changes

    def snapshot(self) -> snapshot.Snapshot:
        """As it is now; `parts` may be made later, or in another thread."""
        return snapshot.taken(self.hub)

    def use_tokens(self, now: float, tokens: Tokens, *, wall: float) -> None:
        """From now on these are valid. Who came with one that is not any more is cut off, and has its timeout."""
        self._time(now)
        self.hub.wall_offset = wall - now
        self.hub.tokens = tokens
        if self.hub.settings.open:
            return
        for session in list(self.hub.sessions.values()):
            joining.again(self.hub, session)

    # Questions, without a session.

    def lookup(self, query: Query, *, prefer: tuple[Nearness, ...] = (), dc: str = "", zone: str = "") -> asking.Answer:
        return asking.lookup(self.hub, query, prefer, dc=dc, zone=zone)

    @property
    def epoch(self) -> str:
        return self.hub.registry.epoch

    @property
    def rev(self) -> int:
        """No answer about anything has changed since."""
        return self.hub.registry.rev

    @property
    def complete(self) -> bool:
        """Whether what is not there is gone; else it may yet come back."""
        return self.hub.complete

    def changed_at(self, key: Key) -> int:
        return self.hub.registry.changed_at(key)

    def known(self, names: tuple[str, ...]) -> bool:
        return self.hub.registry.known(names)

    def catalog(self) -> dict[Key, tuple[Provision, ...]]:
        return asking.catalog(self.hub)

    def required(self) -> dict[Key, int]:
        return asking.required(self.hub)

    def listed_sessions(self) -> list[Json]:
        return list(asking.sessions(self.hub))

    def status(self) -> Json:
        return asking.status(self.hub)

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.hub.counters)

    def watch(self, query: Query) -> GroupId:
        """From now on `Published` comes for this question, until `unwatch`."""
        group = publishing.group_for(self.hub, query)
        group.watchers += 1
        return group.id

    def view(self, group: GroupId) -> tuple[int, bool, View]:
        """Revision, whether it is complete, and what is shown. Raises KeyError for a group that nobody watches."""
        one = self.hub.groups[group]
        return one.rev, one.complete, one.view

    def unwatch(self, group: GroupId) -> None:
        one = self.hub.groups[group]
        one.watchers -= 1
        publishing.release(self.hub, one)

    # A store that several servers share.

    def start_at(self, epoch: str, rev: int, provisions: Iterable[Provision]) -> None:
        """Before anybody connects, or after the store was lost and found: this is what it holds."""
        store.start_at(self.hub, epoch, rev, provisions)

    def observe(self, now: float, rev: int, transaction: Transaction) -> None:
        """The store says that this is committed."""
        self._time(now)
        publishing.apply(self.hub, rev, transaction)

    def settle(self, now: float, ticket: int, problem: Refused | None) -> None:
        """What became of a proposal, after everything up to it was observed."""
        self._time(now)
        then = self.hub.tickets.pop(ticket, None)
        if then is not None:
            then(problem)

    def know(self, now: float, record: SessionRecord) -> None:
        """A session of the store: of another server, or (`server` empty) of one that is gone."""
        self._time(now)
        store.know(self.hub, record)

    def forget(self, now: float, session: SessionId) -> None:
        """The store has no such session any more; its provisions go by `observe`."""
        self._time(now)
        store.forget(self.hub, session)

    def vouch(self, now: float, session: SessionId) -> None:
        """Another server called suspect what this session provides; it is not, if the session is connected here."""
        self._time(now)
        store.vouch(self.hub, session)

    def propose(self, change: Change, cause: Cause) -> None:
        """By the edge itself: the store lost what is true."""
        publishing.commit(self.hub, [change], cause)

    def relink(self) -> None:
        """After a proposal to give up a session was not carried out: the store knows better."""
        store.relink(self.hub)

    def calm(self, now: float, seconds: float) -> None:
        """Nobody is given up before: the store is away, and whom others heard of cannot be known."""
        self._time(now)
        self.hub.calm_until = max(self.hub.calm_until, self.hub.now + seconds)

    def use_janitor(self, on: bool) -> None:
        """Whether it is for this server to give up sessions of servers that are gone."""
        self.hub.janitor = on

    # Other data centres.

    def federate(self, now: float, dc: str, news: News | None) -> None:
        """What the link to it tells; None: another server of our store follows it from now on."""
        self._time(now)
        if news is None:
            importing.let_go(self.hub, dc)
        else:
            importing.hear(self.hub, dc, news)

    def look_over(self, now: float, dc: str, parts: Iterable[int]) -> None:
        """Whether these parts of what it told are here as they should be, and mends what is not."""
        self._time(now)
        importing.look_over(self.hub, dc, parts)

    def forsake(self, now: float) -> None:
        """What is of data centres that nobody follows any more goes; for the janitor of a store."""
        self._time(now)
        importing.forsake(self.hub)
