"""Many connections of one process that only listen: when each was told, by counting a marker. Parses nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import cast

from benchmarks.disco.figures import Wrong
from benchmarks.disco.servers import HOST

AT_ONCE = 25
BEAT = 3.5  # seconds; a server gives up who is silent for ten
SLICE = 500  # heartbeats in a row
LATE = 60.0  # seconds after which those who were not told are missed
_KEPT = 64  # bytes of what was read, in which the beginning of a marker may be


class Ear(asyncio.Protocol):
    """One connection. `left`: how many markers it has still to see; less than 0 where nobody counts."""

    __slots__ = ("_crowd", "left", "tail", "transport")

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.transport: asyncio.Transport | None = None
        self.left = -1
        self.tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._crowd.came(self, time.perf_counter(), data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None
        self._crowd.lost += 1

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


class Crowd:
    """`beat`: after how many seconds they say that they live, as the peers of a disco server do; 0: never."""

    def __init__(self, port: int, *, beat: float = BEAT, tls: ssl.SSLContext | None = None) -> None:
        self._port, self._tls = port, tls
        self._loop = asyncio.get_running_loop()
        self._marker = b"\0"
        self._waited = 0
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._refused = b""
        self.ears: list[Ear] = []
        self.times: list[float] = []
        self.extra = 0  # markers of which nobody was to see so many
        self.bytes = 0
        self.lost = 0
        self.buffer = 0  # bytes that the kernel keeps for who does not read, for those who are still to come
        self._beating = self._loop.create_task(self._beat(beat)) if beat else None

    async def open(self, count: int, greeting: Callable[[int], bytes], *, ready: bytes, pace: float = 1500) -> None:
        """So many more, at most `pace` a second, who each say something and are answered with what is in `ready`."""
        begun = [Ear(self) for _ in range(count)]
        self.expect(ready, among=begun)
        first, began = len(self.ears), self._loop.time()
        for start in range(0, count, AT_ONCE):
            some = begun[start : start + AT_ONCE]
            await asyncio.gather(*(self._connect(ear) for ear in some))
            for number, ear in enumerate(some, first + start):
                ear.write(greeting(number))
            self.ears += some
            await asyncio.sleep(max(0.0, began + (start + len(some)) / pace - self._loop.time()))
        await self.told()

    async def _connect(self, ear: Ear) -> None:
        if self.buffer:
            one = socket.socket()
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
            await self._loop.sock_connect(one, (HOST, self._port))
            await self._loop.create_connection(lambda: ear, sock=one)
        elif self._tls is None:
            await self._loop.create_connection(lambda: ear, HOST, self._port)
        else:
            await self._loop.create_connection(lambda: ear, HOST, self._port, ssl=self._tls, ssl_handshake_timeout=60)

    def expect(self, marker: bytes, *, each: int = 1, among: Sequence[Ear] | None = None) -> None:
        """From now on this is counted: so many times at each of them."""
        ears = self.ears if among is None else among
        for ear in self.ears:
            ear.left = -1
        for ear in ears:
            ear.left = each
        self._marker, self._waited = marker, len(ears)
        self.times = []
        self._done = self._loop.create_future()

    async def told(self, late: float = LATE) -> list[float]:
        """When each had seen it all, in that order. Raises Wrong if somebody was not told, or was told too much."""
        try:
            async with asyncio.timeout(late):
                await self._done
        except TimeoutError:
            missed = self._waited - len(self.times)
            said = f"; {self._refused[:300]!r}" if self._refused else ""
            raise Wrong(f"{missed} of {self._waited} were not told {self._marker!r}; {self.lost} lost{said}") from None
        if self.extra:
            raise Wrong(f"{self._marker!r} came {self.extra} times more than it was to")
        return self.times

    def came(self, ear: Ear, at: float, data: bytes) -> None:
        self.bytes += len(data)
        seen = ear.tail + data
        found = seen.count(self._marker)
        ear.tail = seen[len(seen) - min(len(seen), len(self._marker) - 1, _KEPT) :]
        if found:
            self._count(ear, at, found)
        elif b'{"error"' in data:
            self._refused = data

    def _count(self, ear: Ear, at: float, found: int) -> None:
        if ear.left < 0:
            return
        if found > ear.left:
            self.extra += found - ear.left
        ended = 0 < ear.left <= found
        ear.left = max(0, ear.left - found)
        if ended:
            self.times.append(at)
            if len(self.times) == self._waited and not self._done.done():
                self._done.set_result(None)

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._say(list(self.ears))

    async def _say(self, ears: Sequence[Ear]) -> None:
        for start in range(0, len(ears), SLICE):
            for ear in ears[start : start + SLICE]:
                ear.write(b"\n")
            await asyncio.sleep(0.01)

    def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        for ear in self.ears:
            if ear.transport is not None:
                ear.transport.abort()
        self.ears = []
