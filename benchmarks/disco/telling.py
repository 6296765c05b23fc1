"""L1 to L4: from a provider's drop until each subscriber was told, beside etcd's watch, in alternating blocks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.disco import figures, gateway, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import BEAT, Crowd
from benchmarks.disco.figures import Figure
from benchmarks.disco.gateway import Caller
from benchmarks.disco.servers import Disco, Etcd
from benchmarks.disco.speaker import Speaker

PERIOD = 0.22  # of a round at least: more than ten changes a second would be told ten times a second
SERVICE = "told"
SIZE = 80  # bytes of what etcd keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many are told, how long everybody rests before, how often; then what is to be reached, in milliseconds."""

    subscribers: int
    gap: float
    rounds: int
    p50: float
    p99: float
    share: float  # of etcd's p50
    last: float | None = None


SIZES = {
    "L1": Size(subscribers=1, gap=0.05, rounds=60, p50=1, p99=10, share=0.5),
    "L2": Size(subscribers=100, gap=0.05, rounds=60, p50=2, p99=15, share=0.4),
    "L3": Size(subscribers=1_000, gap=0.2, rounds=25, p50=15, p99=60, last=25, share=0.35),
    "L4": Size(subscribers=10_000, gap=1.5, rounds=6, p50=120, p99=350, share=0.4),
}
SHORT = {"L1": 1, "L2": 10, "L3": 30, "L4": 60}
BLOCKS = 5


@dataclass(slots=True)
class Times:
    """Seconds: of each subscriber, and of the last one of each round."""

    each: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)

    def __iadd__(self, other: Times) -> Times:
        self.each += other.each
        self.last += other.last
        return self


class Side(Protocol):
    """One of the two that are compared: how it is subscribed to, and how something is there and gone."""

    ready: bytes
    added: bytes
    gone: bytes
    beat: float
    port: int
    hello: bytes

    def put(self, number: int) -> None: ...

    def remove(self) -> None:
        """What was put last."""


class DiscoSide:
    ready, added, gone, beat = words.SUBSCRIBED, words.ADDED, words.DROPPED, BEAT
    hello = words.subscribe(SERVICE)

    def __init__(self, port: int, provider: Speaker) -> None:
        self.port, self._provider, self._remove = port, provider, b""

    def put(self, number: int) -> None:
        self._provider.write(words.provide(f"p{number}", SERVICE, f"u{number}", number, attributes=words.ATTRIBUTES))
        self._remove = words.withdraw(f"d{number}", f"u{number}")

    def remove(self) -> None:
        self._provider.write(self._remove)


class EtcdSide:
    ready, added, gone, beat = gateway.WATCHING, gateway.PUT, gateway.DELETED, 0.0
    hello = gateway.watch(f"/bench/{SERVICE}")

    def __init__(self, port: int, caller: Caller) -> None:
        self.port, self._caller = port, caller
        self._key = gateway.encoded(f"/bench/{SERVICE}")
        self._remove = gateway.call("kv/deleterange", {"key": self._key})

    def put(self, number: int) -> None:
        value = gateway.encoded(f"{number}".ljust(SIZE, "x"))
        self._caller.send(gateway.call("kv/put", {"key": self._key, "value": value}))

    def remove(self) -> None:
        self._caller.send(self._remove)


async def row(name: str, bench: Bench) -> list[Figure]:
    """One of L1 to L4."""
    size = SIZES[name]
    count, gap = bench.of(size.subscribers, SHORT[name]), bench.of(size.gap, 0.01)
    ours, theirs, ratios = Times(), Times(), list[float]()
    number = 0
    with bench.disco() as disco, bench.etcd() as (etcd,):
        async with _sides(disco, etcd) as (mine, other):
            for turn in range(bench.of(BLOCKS, 1)):
                found: dict[Side, Times] = {}
                for side in (mine, other) if turn % 2 == 0 else (other, mine):
                    found[side] = await _block(side, count, gap, range(number, number + bench.of(size.rounds, 1)))
                    number += size.rounds
                ratios.append(statistics.median(found[mine].each) / statistics.median(found[other].each))
                ours += found[mine]
                theirs += found[other]
    return _figures(size, ours, theirs, ratios)


@contextlib.asynccontextmanager
async def _sides(disco: Disco, etcd: Etcd) -> AsyncIterator[tuple[Side, Side]]:
    provider, caller = await Speaker.joined(disco.port), await Caller.to(etcd.port)
    try:
        yield DiscoSide(disco.port, provider), EtcdSide(etcd.port, caller)
    finally:
        provider.close()
        caller.close()


async def _block(side: Side, count: int, gap: float, rounds: range) -> Times:
    """Rounds with subscribers of their own: as many file descriptors as for both at once there may not be."""
    times, crowd = Times(), Crowd(side.port, beat=side.beat)
    with contextlib.closing(crowd):
        await crowd.open(count, lambda _: side.hello, ready=side.ready)
        for number in rounds:
            times += await _round(side, crowd, gap, number)
    await asyncio.sleep(0.2)
    return times


async def _round(side: Side, crowd: Crowd, gap: float, number: int) -> Times:
    began = time.perf_counter()
    crowd.expect(side.added)
    side.put(number)
    await crowd.told()
    await asyncio.sleep(gap)
    crowd.expect(side.gone)
    gc.collect()
    gc.disable()
    try:
        at = time.perf_counter()
        side.remove()
        told = await crowd.told()
    finally:
        gc.enable()
    await asyncio.sleep(max(0.0, began + PERIOD - time.perf_counter()))
    return Times([one - at for one in told], [told[-1] - at])


def _figures(size: Size, ours: Times, theirs: Times, ratios: list[float]) -> list[Figure]:
    mine, other, last = figures.spread(ours.each), figures.spread(theirs.each), figures.spread(ours.last)
    found = [
        figures.most("told, p50", mine.p50, size.p50, "ms"),
        figures.most("told, p99", mine.p99, size.p99, "ms"),
        figures.seen("told, longest", mine.max, "ms"),
    ]
    if size.last is not None:
        found.append(figures.most("the last of all, p50", last.p50, size.last, "ms"))
    else:
        found.append(figures.seen("the last of all, p50", last.p50, "ms"))
    theirs_last = figures.spread(theirs.last).p50
    return [
        *found,
        figures.seen("etcd: p50 / p99 / longest; the last, p50", f"{other}; {theirs_last:.2f} ms"),
        figures.most("p50 by etcd's, median of blocks", statistics.median(ratios), size.share),
        figures.seen("missed", 0),
    ]
