"""Real clients by the thousand in one process: disco's own state machine for each, on the lightest edge there is."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from typing import cast

from benchmarks.disco.servers import HOST
from benchmarks.disco.truth import Truth
from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Effect, Failed, Options, Want, Write
from scs.disco.values import Json

TIMEOUT = 10.0  # for a connection, as in `scs.disco.edges.dialing`
SOONEST = 0.01


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
        self._timers: dict[str, asyncio.Handle] = {}
        self._answers: dict[int, asyncio.Future[object]] = {}
        self.muted = False
        self.readied = 0.0  # when a server took it, the last time
        self._ready = False
        self.client = Client(options, now=time.monotonic(), entropy=os.urandom)
        self.failures: list[str] = []

    # What a row wishes.

    def begin(self) -> None:
        self._drain()
        self._tick()

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
        carrier, self._carrier = self._carrier, None
        if carrier is not None and carrier.transport is not None:
            carrier.transport.abort()
        self.client.disconnected(time.monotonic())
        self._drain()

    @property
    def ready(self) -> bool:
        return self.client.state.ready

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
        while effects := self.client.drain():
            for effect in effects:
                self._perform(effect)
        ready = self.client.state.ready
        if ready and not self._ready:
            self.readied = time.perf_counter()
            self._later(time.monotonic() + SOONEST, self._tick)  # it has to beat from now on, sooner than it knew
        self._ready = ready

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Write(data=data):
                if self._carrier is not None and self._carrier.transport is not None and not self.muted:
                    self._carrier.transport.write(data)
            case Connect(at=at):
                self._later(at, self._dial)
            case Disconnect():
                carrier, self._carrier = self._carrier, None
                if carrier is not None and carrier.transport is not None:
                    carrier.transport.abort()
            case Changed():
                self._fleet.truth.saw(self.number, effect)
            case Answered(ticket=ticket, value=value, error=error):
                waiting = self._answers.pop(ticket, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(error if error is not None else value)
            case Failed(what=what, message=message):
                self.failures.append(f"{what}: {message}")

    def _later(self, at: float, what: Callable[[], None]) -> None:
        """Instead of what it was to do so before."""
        if (before := self._timers.pop(what.__name__, None)) is not None:
            before.cancel()
        self._timers[what.__name__] = self._fleet.loop.call_later(max(0.0, at - time.monotonic()), what)

    def _dial(self) -> None:
        self._dialing = self._fleet.loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._fleet.loop.create_connection(lambda: Carrier(self), HOST, self._fleet.ports[self._port])
        except (OSError, TimeoutError):
            self._carrier = None
            self._lost()

    def _tick(self) -> None:
        now = time.monotonic()
        if not self.muted:
            self.client.tick(now)
            self._drain()
        due = self.client.due()
        self._later(now + 1.0 if due is None else max(due, now + SOONEST), self._tick)

    def close(self) -> None:
        for one in self._timers.values():
            one.cancel()
        if self._dialing is not None:
            self._dialing.cancel()
        if self._carrier is not None and self._carrier.transport is not None:
            self._carrier.transport.abort()
            self._carrier = None


class Fleet:
    """`ports`: of servers that are equals; seats begin at one after the other."""

    def __init__(self, ports: Sequence[int], truth: Truth) -> None:
        self.ports, self.truth = ports, truth
        self.loop = asyncio.get_running_loop()
        self.seats: list[Seat] = []

    def seat(self, options: Options) -> Seat:
        """A new one, which connects when it is begun."""
        one = Seat(self, len(self.seats), options)
        self.seats.append(one)
        return one

    async def begin(self, *, pace: float = 1000) -> None:
        """All that are there come in, at most `pace` a second."""
        began = self.loop.time()
        for number, one in enumerate(self.seats, 1):
            one.begin()
            if number % 25 == 0:
                await asyncio.sleep(max(0.0, began + number / pace - self.loop.time()))

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

    def close(self) -> None:
        for one in self.seats:
            one.close()
