"""A client without I/O, with its connection and its clock on the running loop. What it is told is for who inherits."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence

from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Failed, Write
from scs.disco.edges.dialing import Dialer
from scs.disco.edges.places import Place

TICK = 0.5


class Driven:
    """Everything on the thread of the loop on which it was begun."""

    client: Client
    _dialer: Dialer
    _loop: asyncio.AbstractEventLoop
    _timer: asyncio.TimerHandle | None = None
    _closed = False

    def begin(self, client: Client, to: Sequence[Place], tls: ssl.SSLContext | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._dialer = Dialer(self, to, tls)
        self.client = client
        self.drain()
        self._tick()

    def close(self) -> None:
        """Without a word to the server."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._dialer.close()

    @property
    def problem(self) -> str:
        """What became of the last try to reach a server."""
        return self._dialer.problem

    @staticmethod
    def now() -> float:
        """The client's clock."""
        return time.monotonic()

    def drain(self) -> None:
        """Does what the client asks for: after whatever is said to it."""
        while effects := self.client.drain():
            for effect in effects:
                match effect:
                    case Write(data=data):
                        self._dialer.write(data)
                    case Connect(at=at):
                        if not self._closed:
                            self._dialer.dial(at)
                    case Disconnect(why=why):
                        self._dialer.drop(why)
                    case Changed() | Answered() | Failed():
                        self.told(effect)
        self.drained()

    def told(self, effect: Changed | Answered | Failed) -> None:
        """In the order in which the client says it."""
        raise NotImplementedError

    def drained(self) -> None:
        """Everything that the client asked for is done."""

    def ticked(self) -> None:
        """Some time passed."""

    def _tick(self) -> None:
        now = self.now()
        self.client.tick(now)
        self.drain()
        self.ticked()
        due = self.client.due()
        # At least a moment later: sockets are read first where we were stopped.
        after = TICK if due is None else max(0.01, min(TICK, due - now))
        self._timer = self._loop.call_later(after, self._tick)

    # What the dialer says.

    def connected(self) -> None:
        self.client.connected(self.now())
        self.drain()

    def received(self, data: bytes) -> None:
        self.client.received(self.now(), data)
        self.drain()

    def lost(self) -> None:
        self.client.disconnected(self.now())
        self.drain()
