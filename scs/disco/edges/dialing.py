"""The client's connection: to one of several places, another where one does not answer. Knows no message."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from scs.disco.edges import places
from scs.disco.edges.places import Place

TIMEOUT = 10.0


class Owner(Protocol):
    """Who is told what becomes of it."""

    def connected(self) -> None: ...

    def received(self, data: bytes) -> None: ...

    def lost(self) -> None:
        """The connection is gone, or none came about; not said of one that was dropped."""


class _Carrier(asyncio.Protocol):
    """One connection; what comes after it was dropped is of no interest."""

    def __init__(self, dialer: Dialer, owner: Owner) -> None:
        self._dialer, self._owner = dialer, owner
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._dialer.made(self)

    def data_received(self, data: bytes) -> None:
        if self._dialer.carrier is self:
            self._owner.received(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._dialer.over(self)


class Dialer:
    """One connection at a time."""

    def __init__(self, owner: Owner, to: Sequence[Place], tls: ssl.SSLContext | None) -> None:
        if not to:
            raise ValueError("a client needs at least one server")
        self._owner, self._tls = owner, tls
        self._places = random.sample(list(to), len(to))  # not all clients begin with the same one
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.carrier: _Carrier | None = None
        self.problem = ""  # what became of the last try

    def dial(self, at: float) -> None:
        """Connects at this time."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(0.0, at - time.monotonic()), self._begin)

    def write(self, data: bytes) -> None:
        if self.carrier is not None and self.carrier.transport is not None:
            self.carrier.transport.write(data)

    def drop(self, why: str) -> None:
        """Gives the connection up."""
        self._end(lambda one: one.abort())
        self._next(why)

    def close(self) -> None:
        """After what is pending; there is no other."""
        for one in (self._timer, self._task):
            if one is not None:
                one.cancel()
        self._end(lambda one: one.close())

    def _end(self, how: Callable[[asyncio.Transport], None]) -> None:
        carrier, self.carrier = self.carrier, None
        if carrier is not None and carrier.transport is not None:
            how(carrier.transport)

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        place = self._places[0]
        try:
            async with asyncio.timeout(TIMEOUT):
                if place.path:
                    await self._loop.create_unix_connection(self._carry, place.path)
                else:
                    await self._loop.create_connection(self._carry, place.host, place.port, ssl=self._tls)
        except (OSError, TimeoutError, ValueError) as error:  # ValueError: what can be the name of no host
            self._end(lambda one: one.abort())  # it came about while we gave it up
            self._next(f"cannot connect to {place}: {places.said(error, TIMEOUT)}")
            self._owner.lost()

    def _carry(self) -> _Carrier:
        return _Carrier(self, self._owner)

    def made(self, carrier: _Carrier) -> None:
        self.carrier = carrier
        self._owner.connected()

    def over(self, carrier: _Carrier) -> None:
        if carrier is self.carrier:
            self.carrier = None
            self._next(f"{self._places[0]} closed the connection")
            self._owner.lost()

    def _next(self, why: str) -> None:
        self.problem = why
        self._places.append(self._places.pop(0))
