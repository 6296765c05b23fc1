"""Real clients by the thousand in one process: disco's own state machine for each, on the lightest edge there is."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from typing import cast

from benchmarks.disco.servers import HOST
from benchmarks.disco.truth import Truth
from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Effect, Failed, Options, Want, Write
from scs.disco.values import Json

TIMEOUT = 10.0  # for a connection, as in `scs.disco.edges.dialing`
TICK = 0.5  # seconds, as in `scs.disco.edges.client`: a client takes more than a second for a pause of its own
SLICES = 10
AT_ONCE = 100


class Carrier(asyncio.Protocol):
    """One connection of a seat's; what comes after the seat has another is of no interest."""

    __slots__ = ("_seat", "transport")

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._seat.connected(self)

    def data_received(self, data: bytes) -> None:
        self._seat.received(self, data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._seat.over(self)


class Seat:
    """One client. `muted`: nothing that it says goes out, and nothing that it is told comes in."""

    def __init__(self, fleet: Fleet, number: int, options: Options) -> None:
        self._fleet, self.number = fleet, number
        self._port = number % len(fleet.ports)
        self._carrier: Carrier | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._timer: asyncio.Handle | None = None
        self._answers: dict[int, asyncio.Future[object]] = {}
        self._begun = False
        self.muted = False
        self.readied = 0.0  # when a server took it, the last time
        self._ready = False
        self.client = Client(options, now=time.monotonic(), entropy=os.urandom)
        self.failures: list[str] = []

    # What a row wishes.

    def begin(self) -> None:
        """From now on it connects; before, it only knows what it is to provide and require."""
        self._begun = True
        self._drain()

    def provide(self, uid: str, offer: Json) -> None:
        self.client.provide(time.monotonic(), uid, offer)
        self._drain()

    def require(self, name: str, arguments: Json, *, include_suspect: bool = True) -> None:
        self.client.require(time.monotonic(), name, Want(arguments=arguments, include_suspect=include_suspect))
        self._drain()

    async def withdraw(self, uid: str, *, wait: float | None = None) -> object:
        return await self._answer(self.client.withdraw(time.monotonic(), uid, wait=wait))

    async def ask(self, command: str, arguments: Json) -> object:
        return await self._answer(self.client.ask(time.monotonic(), command, arguments))

    def return_(self) -> None:
        """From silence: what was said to it meanwhile it never heard, and its connection is gone."""
        self.muted = False
        self._hang_up()
        self.client.disconnected(time.monotonic())
        self._drain()

    @property
    def ready(self) -> bool:
        return self.client.state.ready

    def tick(self) -> None:
        if self._begun and not self.muted:
            self.client.tick(time.monotonic())
            self._drain()

    # What the carrier says.

    def connected(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.client.connected(time.monotonic())
        self._drain()

    def received(self, carrier: Carrier, data: bytes) -> None:
        if carrier is self._carrier and not self.muted:
            self.client.received(time.monotonic(), data)
            self._drain()

    def over(self, carrier: Carrier) -> None:
        if carrier is self._carrier and not self.muted:
            self._carrier = None
            self._lost()

    def _lost(self) -> None:
        self._port = (self._port + 1) % len(self._fleet.ports)
        self.client.disconnected(time.monotonic())
        self._drain()

    # What the client asks for.

    def _answer(self, ticket: int) -> asyncio.Future[object]:
        waiting = self._answers[ticket] = self._fleet.loop.create_future()
        self._drain()
        return waiting

    def _drain(self) -> None:
        if not self._begun:
            return
        while effects := self.client.drain():
            for effect in effects:
                self._perform(effect)
        ready = self.client.state.ready
        if ready and not self._ready:
            self.readied = time.perf_counter()
        self._ready = ready

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Write(data=data):
                if self._carrier is not None and self._carrier.transport is not None and not self.muted:
                    self._carrier.transport.write(data)
            case Connect(at=at):
                self._connect_at(at)
            case Disconnect():
                self._hang_up()
            case Changed():
                self._fleet.truth.saw(self.number, effect)
            case Answered(ticket=ticket, value=value, error=error):
                waiting = self._answers.pop(ticket, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(error if error is not None else value)
            case Failed(what=what, message=message):
                self.failures.append(f"{what}: {message}")

    def _hang_up(self) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None and carrier.transport is not None:
            carrier.transport.abort()

    def _connect_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._fleet.loop.call_later(max(0.0, at - time.monotonic()), self._dial)

    def _dial(self) -> None:
        self._dialing = self._fleet.loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._fleet.loop.create_connection(lambda: Carrier(self), HOST, self._fleet.ports[self._port])
        except (OSError, TimeoutError):
            self._carrier = None
            self._lost()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._dialing is not None:
            self._dialing.cancel()
        self._hang_up()


class Fleet:
    """`ports`: of servers that are equals; seats begin at one after the other."""

    def __init__(self, ports: Sequence[int], truth: Truth) -> None:
        self.ports, self.truth = ports, truth
        self.loop = asyncio.get_running_loop()
        self.seats: list[Seat] = []
        self._ticking = self.loop.create_task(self._tick())

    def seat(self, options: Options) -> Seat:
        """A new one, which connects when it is begun."""
        one = Seat(self, len(self.seats), options)
        self.seats.append(one)
        return one

    async def begin(self) -> None:
        """All that are there come in, some at a time: how fast they do is not what is measured."""
        for start in range(0, len(self.seats), AT_ONCE):
            some = self.seats[start : start + AT_ONCE]
            for one in some:
                one.begin()
            while sum(one.ready for one in some) < len(some) * 0.9:
                await asyncio.sleep(0.005)

    @property
    def away(self) -> int:
        """How many no server has taken."""
        return sum(not one.ready for one in self.seats)

    @property
    def sessions(self) -> list[str | None]:
        return [one.client.state.session for one in self.seats]

    @property
    def failures(self) -> list[str]:
        return [said for one in self.seats for said in one.failures]

    async def _tick(self) -> None:
        """All clients, a slice after the other, each as often as it needs however much there is to do between."""
        at = self.loop.time()
        for turn in itertools.count():
            for one in self.seats[turn % SLICES :: SLICES]:
                one.tick()
            at = max(at + TICK / SLICES, self.loop.time() - TICK)
            await asyncio.sleep(max(0.0, at - self.loop.time()))

    def close(self) -> None:
        self._ticking.cancel()
        for one in self.seats:
            one.close()
