"""B1: ten of a thousand subscribers stop reading during 20,000 changes: what they cost, and what the others notice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable

from benchmarks.disco import figures, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import Crowd, Ear
from benchmarks.disco.figures import Figure
from benchmarks.disco.servers import Disco
from benchmarks.disco.speaker import Speaker, speaker

SUBSCRIBERS, STUCK, CHANGES = 1_000, 10, 20_000
BUSY, QUIET = "busy", "quiet"
BUFFER = 16 * 1024  # of the kernel, at those who stop reading
BATCH = 5
PADDING = {f"padding{number}": "x" * 250 for number in range(3)}  # each change is about a kilobyte


async def row(bench: Bench) -> list[Figure]:
    """Twice the same changes: everybody reads, then ten do not. What grows the first time is not theirs."""
    subscribers, changes = bench.of(SUBSCRIBERS, 30), bench.of(CHANGES, 300)
    with bench.disco() as disco:
        stuck, others = Crowd(disco.port), Crowd(disco.port)
        stuck.buffer = BUFFER
        with contextlib.closing(stuck), contextlib.closing(others):
            await stuck.open(STUCK, lambda _: _subscribed(BUSY), ready=words.SUBSCRIBED)
            await others.open(subscribers - STUCK, lambda _: _subscribed(QUIET), ready=words.SUBSCRIBED)
            async with speaker(disco.port) as provider:
                return await _measured(bench, disco, stuck, others, provider, changes)


def _subscribed(service: str) -> bytes:
    return words.subscribe(service, coalesce=False)


async def _measured(
    bench: Bench, disco: Disco, stuck: Crowd, others: Crowd, provider: Speaker, changes: int
) -> list[Figure]:
    before, _ = await _storm(disco, others, provider, range(changes))
    await asyncio.sleep(0.5)
    rss = disco.rss()
    for ear in stuck.ears:
        _transport(ear).pause_reading()
    during, most = await _storm(disco, others, provider, range(changes, 2 * changes))
    conflated = disco.counters().get("conflations", 0)
    figures.check(bench.short or conflated > 0, "the server did not notice that somebody does not read")
    stuck.expect(f'"version":"{2 * changes - 1}"'.encode())
    for ear in stuck.ears:
        _transport(ear).resume_reading()
    began = time.perf_counter()
    told = await stuck.told()
    figures.check(stuck.lost == others.lost == 0, f"{stuck.lost} and {others.lost} were cut off")
    quiet, loud = figures.spread(before), figures.spread(during)
    return [
        figures.most("memory for each that does not read", max(0.0, most - rss) / STUCK, 1.5, "MiB"),
        figures.most("p99 of the others, by that when all read", loud.p99 / quiet.p99, 1.5),
        figures.seen("the others: all read, p50 / p99 / longest", str(quiet)),
        figures.seen("the others: ten do not, p50 / p99 / longest", str(loud)),
        figures.seen("changes that were not told one by one", conflated),
        figures.seen("who reads again has the last state after", told[-1] - began, "s"),
    ]


def _transport(ear: Ear) -> asyncio.ReadTransport:
    assert ear.transport is not None
    return ear.transport


async def _storm(disco: Disco, others: Crowd, provider: Speaker, numbers: range) -> tuple[list[float], float]:
    """When each of the others was told of something else meanwhile, and how much memory the server had at most."""
    storm = asyncio.ensure_future(_changes(provider, numbers))
    times, most, turn = list[float](), disco.rss(), numbers.start
    try:
        while not storm.done() or not times:
            others.expect(b'"address":')
            at = time.perf_counter()
            provider.write(words.provide(f"o{turn}", QUIET, "quiet", turn))
            times += [one - at for one in await others.told()]
            most, turn = max(most, disco.rss()), turn + 1
            await asyncio.sleep(0.02)
        await storm
    finally:
        storm.cancel()
    return times, most


async def _changes(provider: Speaker, numbers: range) -> None:
    """As fast as they are answered, some at a time; each is a new version of the same endpoint."""
    for start in range(numbers.start, numbers.stop, BATCH):
        some = range(start, min(start + BATCH, numbers.stop))
        await asyncio.gather(*(_change(provider, number) for number in some))


def _change(provider: Speaker, number: int) -> Awaitable[object]:
    attributes = {**PADDING, "version": str(number)}
    return provider.ask("provision.set", words.offer(BUSY, "busy", 1, attributes=attributes))
