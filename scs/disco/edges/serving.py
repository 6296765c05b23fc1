"""One running server: the core, its peers and its clock on one loop. Opens no socket, reads and writes no file.

How another edge (HTTP, DNS, federation, a store) is built on it:

    class Http:                                  # an `Edge`; `scs disco serve` makes it and starts it
        async def start(self, serving: Serving) -> None: ...    # bind; `CannotServe` says why not
        async def stop(self) -> None: ...                       # close what start opened; called once

- Ask `serving.core` (`lookup`, `known`, `catalog`, `status`, ...) from the loop's thread; a question needs no flush.
- `serving.watch(query, tell)` calls `tell()` after each change of that question's answer, until `close()`;
  `serving.follow(tell)` after each change of anything. Both on the loop, soon after, several changes perhaps as one.
- `serving.scopes(secret)`: what a token allows now, None if nothing; `tokens.allows` and `"admin" in scopes` judge.
- `serving.attach(peer, ...)`, `receive`, `gone`: a peer that speaks the line protocol, whatever carries it.
  An edge of this very process (federation) attaches itself with `trusted=True`.
- Whoever calls a method of the core that changes something (`observe`, `settle`, `use_tokens`, ...) calls
  `serving.flush()` after it: only then the effects go out.
- `serving.note("warning", text)` is the log. `serving.counters[...] += 1` are the edges' own; `figures()` for metrics,
  and `serving.telling`, the time that changes take to be told.
"""

from __future__ import annotations

import asyncio
import bisect
import ssl
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Literal, Protocol

from scs.disco.core import joining
from scs.disco.core.disco import Disco
from scs.disco.effects import Close, Effect, Forget, Keep, Note, Propose, Published, Send
from scs.disco.registry.views import Query, View
from scs.disco.settings import Settings
from scs.disco.values import ConnectionId, GroupId, Json

Log = Callable[[Literal["info", "warning"], str], None]
Tell = Callable[[], None]
AGAIN = 1.0  # seconds until a task that failed is begun again
LINGER = 5.0  # seconds that a connection which we end has to take what is pending


class CannotServe(Exception):
    """The server, or an edge of it, cannot start. The message says what, why and what to do next."""


class Peer(Protocol):
    """What carries a connection. An `asyncio.Transport` is one."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Writes what is pending, then closes."""


class Edge(Protocol):
    """Another way to ask the server, or to feed it."""

    files: int  # file descriptors that it has at most

    async def start(self, serving: Serving) -> None:
        """Begins; returns when it answers. Raises CannotServe."""

    async def stop(self) -> None:
        """Ends, without hurry: answers what it was asked, within a second or so."""


def linger(peer: Peer) -> None:
    """Closes it after what is pending, but does not wait for ever for somebody who does not read."""
    peer.close()
    abort = getattr(peer, "abort", None)  # transports have it; other carriers need not
    if abort is not None:
        asyncio.get_running_loop().call_later(LINGER, abort)


class Histogram:
    """How often something took how long, in seconds: `counts[n]` took at most `BOUNDS[n]`, the last one longer."""

    BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

    def __init__(self) -> None:
        self.counts = [0] * (len(self.BOUNDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect.bisect_left(self.BOUNDS, seconds)] += 1
        self.sum += seconds


class Watch:
    """Somebody of this process follows one question."""

    def __init__(self, serving: Serving, query: Query, tell: Tell) -> None:
        self._serving = serving
        self.tell = tell
        self.group: GroupId = serving.core.watch(query)

    def view(self) -> tuple[int, bool, View]:
        """Revision, whether it is complete, and what is shown."""
        return self._serving.core.view(self.group)

    def close(self) -> None:
        self._serving.unwatch(self)


class Serving:
    """All of it on the loop's own thread."""

    def __init__(self, core: Disco, settings: Settings, log: Log) -> None:
        self.core = core
        self.settings = settings
        self.counters: Counter[str] = Counter()
        self.peers: dict[ConnectionId, Peer] = {}
        self.store: Callable[[Propose | Keep | Forget], None] | None = None
        self.tls: ssl.SSLContext | None = None  # for TCP of other edges too; current when the files change
        self.insecure = False  # what nothing protects may be reached from other machines
        self.ending = False  # nothing that happens to peers any more is said to the core
        self.lag = 0.0  # how late the last tick was
        self.telling = Histogram()  # from a change's arrival until all who are to know were written to
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._last = 0
        self._watches: dict[GroupId, list[Watch]] = {}
        self._followers: list[Tell] = []
        self._told = core.changes
        self._flushing = False
        self._timer: asyncio.TimerHandle | None = None
        self._ticked = self.now()
        self._at = 0.0

    @staticmethod
    def now() -> float:
        """The core's clock."""
        return time.monotonic()

    def begin(self) -> None:
        """From now on time passes for the core."""
        self.core.begin(self.now())
        self._ticked = self.now()
        self.flush()

    def end(self) -> None:
        """Time stands still, and what peers do is of no interest any more: their sessions stay as they are."""
        self.ending = True
        if self._timer is not None:
            self._timer.cancel()

    def note(self, level: Literal["info", "warning"], text: str) -> None:
        self._log(level, text)

    async def always(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """A bug in one of its tasks must not leave a server that only seems to work."""
        while True:
            try:
                await work()
            except Exception as error:
                self.counters["internal_errors"] += 1
                self.note("warning", f"this is a bug of disco, it goes on: {type(error).__name__}: {error}")
            await asyncio.sleep(AGAIN)

    # Peers.

    def attach(self, peer: Peer, host: str, remote: str, *, trusted: bool = False) -> ConnectionId | None:
        """Somebody connected; None if the server has no room, in which case `peer` is told so and closed."""
        self._last += 1
        identifier = ConnectionId(self._last)
        self.peers[identifier] = peer
        accepted = self.core.connect(self.now(), identifier, host, remote, trusted=trusted)
        self.flush()
        return identifier if accepted else None

    def receive(self, identifier: ConnectionId, data: bytes) -> None:
        if not self.ending:
            began, told = self.now(), self.core.hub.counters["notifications"]
            self.core.receive(began, identifier, data)
            self._tell(began, told)

    def gone(self, identifier: ConnectionId) -> None:
        """FIN, RST or an error: nothing more will come. What is said to it from now on goes nowhere."""
        self.peers.pop(identifier, None)
        if not self.ending:
            began, told = self.now(), self.core.hub.counters["notifications"]
            self.core.closed(began, identifier)
            self._tell(began, told)

    def _tell(self, began: float, told: int) -> None:
        self.flush()
        if self.core.hub.counters["notifications"] != told:
            self.telling.add(self.now() - began)

    def blocked(self, identifier: ConnectionId) -> None:
        """It does not read: its carrier holds as much as it may. Do not read from it either."""
        if not self.ending:
            self.core.blocked(self.now(), identifier)
            self.flush()

    def writable(self, identifier: ConnectionId) -> None:
        if not self.ending:
            self.core.writable(self.now(), identifier)
            self.flush()

    # Questions and changes.

    def watch(self, query: Query, tell: Tell) -> Watch:
        """`tell()` after each change, until it is closed."""
        watch = Watch(self, query, tell)
        self._watches.setdefault(watch.group, []).append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """What `Watch.close` does. A second time nothing."""
        ours = self._watches.get(watch.group, [])
        if watch in ours:
            ours.remove(watch)
            if not ours:
                del self._watches[watch.group]
            self.core.unwatch(watch.group)

    def follow(self, tell: Tell) -> Tell:
        """`tell()` after each change of anything. What is returned ends that."""
        self._followers.append(tell)

        def end() -> None:
            if tell in self._followers:
                self._followers.remove(tell)

        return end

    def scopes(self, secret: str | None) -> tuple[str, ...] | None:
        """What who has this secret may do; None if nothing. A server without tokens allows everything."""
        if self.settings.open:
            return (*joining.ALL, "admin")
        hub = self.core.hub
        token = hub.tokens.find(secret, hub.wall) if secret else None
        if token is None:
            self.counters["auth_failures"] += 1
            return None
        return token.scopes

    def figures(self) -> Json:
        """What metrics show besides the core's status and counters. `queued`: bytes that peers have not read."""
        sizes = (getattr(peer, "get_write_buffer_size", None) for peer in self.peers.values())
        return {
            **self.counters,
            "queued": sum(size() for size in sizes if size is not None),
            "lag": round(self.lag, 4),
        }

    # Effects and time.

    def flush(self) -> None:
        """Does what the core asks for, until it asks for nothing more."""
        if self._flushing:
            return  # a transport that is full says so from within `write`: whoever flushes goes on
        self._flushing = True
        try:
            while effects := self.core.drain():
                for effect in effects:
                    self._perform(effect)
        finally:
            self._flushing = False
        if self.core.changes != self._told:
            self._told = self.core.changes
            for tell in self._followers:
                self._loop.call_soon(tell)
        self._schedule()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(to=to, data=data):
                self._send(to, data)
            case Close(connection=one):
                peer = self.peers.pop(one, None)
                if peer is not None:
                    self.counters["closed"] += 1
                    linger(peer)
            case Published(group=group):
                for watch in self._watches.get(group, ()):
                    self._loop.call_soon(watch.tell)
            case Note(level=level, text=text):
                self._log(level, text)
            case Propose() | Keep() | Forget():
                if self.store is not None:
                    self.store(effect)

    def _send(self, to: Sequence[ConnectionId], data: bytes) -> None:
        for one in to:
            peer = self.peers.get(one)
            if peer is not None:
                peer.write(data)

    def _schedule(self) -> None:
        if self.ending:
            return
        due = self.core.due()
        at = self._ticked + self.settings.times.tick
        at = at if due is None else min(at, due)
        if self._timer is None or at < self._at:
            if self._timer is not None:
                self._timer.cancel()
            self._at = at
            self._timer = self._loop.call_later(max(0.0, at - self.now()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self.now()
        self.lag = max(0.0, now - self._at)
        if self.lag > self.settings.times.pause:
            # We were stopped: what peers said meanwhile is read first. With uvloop timers come before sockets.
            self._at, self._ticked = now + 0.01, now
            self._timer = self._loop.call_later(0.01, self._tick)
            return
        self._ticked = now
        self.core.tick(now)
        self.flush()
