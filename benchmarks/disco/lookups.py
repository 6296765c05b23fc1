"""D1: questions over DNS: how many a second, how long one takes, and when a change is seen."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from typing import cast

from benchmarks.disco import figures, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.figures import Figure, Wrong
from benchmarks.disco.servers import HOST, PATIENCE, free_port
from benchmarks.disco.speaker import Speaker, speaker

SERVICE, ENDPOINTS = "asked", 3
QUESTIONS, AT_ONCE = 50_000, 32
RATE, SECONDS = 5_000, 5
CHANGES = 50
A, SRV = 1, 33
NAMES = (
    (f"{words.ENDPOINT}.web.{SERVICE}.prod.scs.internal", A),
    (f"_{words.ENDPOINT}._tcp.web.{SERVICE}.prod.scs.internal", SRV),
)


def question(name: str, kind: int) -> bytes:
    """Without its number, which are the first two bytes."""
    labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    return struct.pack(">HHHHH", 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


class Asker(asyncio.DatagramProtocol):
    """Asks in turn, by numbers; how long each answer took, and how many records the last one had."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sent: dict[int, float] = {}
        self._last = 0
        self._free = asyncio.Semaphore(AT_ONCE)
        self.waiting: dict[int, asyncio.Future[int]] = {}
        self.took: list[float] = []
        self.records = 0
        self.bad = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def ask(self, said: bytes) -> int:
        self._last = self._last % 65_535 + 1
        self._sent[self._last] = time.perf_counter()
        self.transport.sendto(struct.pack(">H", self._last) + said)
        return self._last

    def datagram_received(self, data: bytes, _: object) -> None:
        at = time.perf_counter()
        number, flags, _, records = struct.unpack(">HHHH", data[:8])
        self.took.append(at - self._sent.pop(number))
        self.records = records
        self.bad += bool(flags & 15) or not records
        self._free.release()
        if (waiting := self.waiting.pop(number, None)) is not None and not waiting.done():
            waiting.set_result(records)

    async def asked(self, said: bytes) -> int:
        """How many records the answer has."""
        await self._free.acquire()
        number = self.ask(said)
        waiting: asyncio.Future[int] = self._loop.create_future()
        self.waiting[number] = waiting
        async with asyncio.timeout(PATIENCE):
            return await waiting

    async def many(self, said: list[bytes], count: int) -> float:
        """Seconds for so many, of which some are on their way at any moment."""
        self.took, began = [], time.perf_counter()
        for number in range(count):
            await self._free.acquire()
            self.ask(said[number % len(said)])
        await self._all(count)
        return time.perf_counter() - began

    async def steadily(self, said: list[bytes], rate: float, seconds: float) -> None:
        """So many a second."""
        self.took, began, sent = [], time.perf_counter(), 0
        while (now := time.perf_counter() - began) < seconds:
            while sent < now * rate:
                await self._free.acquire()
                self.ask(said[sent % len(said)])
                sent += 1
            await asyncio.sleep(0.0005)
        await self._all(sent)

    async def _all(self, count: int) -> None:
        end = time.perf_counter() + PATIENCE
        while len(self.took) < count:
            if time.perf_counter() > end:
                raise Wrong(f"{count - len(self.took)} of {count} questions were not answered")
            await asyncio.sleep(0.001)

    def close(self) -> None:
        self.transport.close()


async def row(bench: Bench) -> list[Figure]:
    port = free_port()
    with bench.disco("--dns", f"{HOST}:{port}") as disco:
        async with speaker(disco.port) as provider:
            for number in range(ENDPOINTS):
                await provider.ask("provision.set", words.offer(SERVICE, f"u{number}", number))
            _, asker = await asyncio.get_running_loop().create_datagram_endpoint(Asker, remote_addr=(HOST, port))
            with contextlib.closing(asker):
                said = [question(*one) for one in NAMES]
                await asyncio.sleep(1.1 * bench.of(1, 0))
                count = bench.of(QUESTIONS, 500)
                took = await asker.many(said, count)
                await asker.steadily(said, bench.of(RATE, 500), bench.of(SECONDS, 0.3))
                steady = figures.spread(asker.took)
                figures.check(asker.bad == 0, f"{asker.bad} answers were empty or errors")
                changes = figures.spread([await _changed(asker, provider, one) for one in range(bench.of(CHANGES, 3))])
    return [
        figures.least("questions a second", count / took, 5_000),
        figures.most(f"at {RATE:,} a second: p99", steady.p99, 5, "ms"),
        figures.seen(f"at {RATE:,} a second: p50", steady.p50, "ms"),
        figures.most("a change is seen after, longest", changes.max, 20, "ms"),
    ]


async def _changed(asker: Asker, provider: Speaker, number: int) -> float:
    """From the answer to who provides one more until a question finds it."""
    said = question(*NAMES[0])
    await provider.ask("provision.set", words.offer(SERVICE, f"more{number}", 1000 + number))
    at = time.perf_counter()
    while await asker.asked(said) != ENDPOINTS + 1:
        if time.perf_counter() > at + PATIENCE:
            raise Wrong("a change is not seen")
    took = time.perf_counter() - at
    await provider.ask("provision.drop", {"id": f"more{number}"})
    while await asker.asked(said) != ENDPOINTS:
        if time.perf_counter() > at + PATIENCE:
            raise Wrong("a drop is not seen")
    await asyncio.sleep(0.2)
    return took
