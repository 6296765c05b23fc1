"""A1 and A2: two servers over three members of etcd: what a loss costs, and how long a change takes across."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Iterator, Sequence

from benchmarks.disco import figures, telling, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import Crowd
from benchmarks.disco.figures import Figure, Wrong
from benchmarks.disco.fleet import Fleet
from benchmarks.disco.servers import Disco, Etcd
from benchmarks.disco.speaker import Speaker, speaker, until
from benchmarks.disco.truth import Truth
from scs.disco.client.options import Options

SESSIONS, EACH, STEP = 5_000, 2, 1009
AWAY = 60.0
MOVED, WRITES = 15.0, 3.0  # seconds
PATIENCE = 180.0
SERVICE, SUBSCRIBERS, ROUNDS = "across", 100, 100
QUERY = 0.02  # seconds between two questions


@contextlib.contextmanager
def servers(bench: Bench) -> Iterator[tuple[Disco, Disco, list[Etcd]]]:
    with bench.etcd(3) as members:
        store = ("--store", "etcd=" + ",".join(one.url for one in members))
        with bench.disco(*store, name="d0") as first, bench.disco(*store, name="d1") as second:
            yield first, second, members


async def across(bench: Bench) -> list[Figure]:
    """A2: provided and dropped at one server, told to the subscribers of the other."""
    with servers(bench) as (first, second, _):
        crowd, times = Crowd(second.port), list[float]()
        with contextlib.closing(crowd):
            await crowd.open(bench.of(SUBSCRIBERS, 10), lambda _: words.subscribe(SERVICE), ready=words.SUBSCRIBED)
            async with speaker(first.port) as provider:
                for number in range(bench.of(ROUNDS, 3)):
                    times += await _round(crowd, provider, number)
    told = figures.spread(times)
    return [
        figures.most("told at the other server, p50", told.p50, 12, "ms"),
        figures.most("told at the other server, p99", told.p99, 40, "ms"),
        figures.seen("told at the other server, longest", told.max, "ms"),
    ]


async def _round(crowd: Crowd, provider: Speaker, number: int) -> list[float]:
    crowd.expect(words.ADDED)
    await provider.ask("provision.set", words.offer(SERVICE, f"u{number}", number))
    await crowd.told()
    await asyncio.sleep(telling.PERIOD)
    crowd.expect(words.DROPPED)
    gc.collect()
    at = time.perf_counter()
    provider.write(words.withdraw(f"w{number}", f"u{number}"))
    return [one - at for one in await crowd.told()]


async def losses(bench: Bench) -> list[Figure]:
    """A1: a server is killed, then etcd's leader, then all of etcd is away for a minute. Nobody is dropped."""
    with servers(bench) as (first, second, members):
        async with _fleet(bench, first, second) as fleet, speaker(first.port) as line:
            found = await _server_lost(bench, fleet, second)
            found += await _leader_lost(fleet, line, members)
            found += await _etcd_lost(bench, fleet, line, members)
            await until(lambda: fleet.truth.wrong == 0, "all clients have the right set", PATIENCE, every=0.1)
            await asyncio.sleep(bench.of(45.0, 0.3))  # longer than anybody is given time to come back
            judged = fleet.truth.judge()
    figures.check(judged.missed == 0, f"{judged.missed} clients have a wrong set in the end")
    return [
        *found,
        figures.none("false drops", judged.false_drops),
        figures.seen("views in which somebody was suspect for a while", judged.suspects),
    ]


@contextlib.asynccontextmanager
async def _fleet(bench: Bench, first: Disco, second: Disco) -> AsyncIterator[Fleet]:
    count = bench.of(SESSIONS, 20)
    fleet = Fleet([first.port, second.port], Truth())
    for number in range(count):
        seat = fleet.seat(Options(backoff=0.1, cap=1) if bench.short else Options())
        for place in range(EACH):
            service, numbered = f"s{(number + place * STEP) % count}", number * EACH + place
            seat.provide(f"u{number}-{place}", words.offered(service, numbered))
            fleet.truth.provided(service, words.host(numbered))
        seat.require("it", words.key(f"s{number}"))
        fleet.truth.wants(number, f"s{number}")
    try:
        await fleet.begin()
        await until(lambda: fleet.away == 0, "all clients are taken", PATIENCE, every=0.1)
        await until(lambda: fleet.truth.wrong == 0, "all clients know everything", PATIENCE, every=0.1)
        fleet.truth.forget()
        yield fleet
    finally:
        fleet.close()


async def _server_lost(bench: Bench, fleet: Fleet, second: Disco) -> list[Figure]:
    """Its clients go to the other one."""
    at = time.perf_counter()
    second.kill()
    await until(lambda: fleet.away > 0, "its clients notice", PATIENCE)
    await until(lambda: fleet.away == 0, "its clients are at the other server", PATIENCE)
    moved = max(one.readied for one in fleet.seats) - at
    await until(lambda: fleet.truth.wrong == 0, "nobody is suspect any more", PATIENCE, every=0.1)
    right = time.perf_counter() - at
    await asyncio.sleep(bench.of(15.0, 0.1))
    return [
        figures.most("a server killed: its sessions are at the other after", moved, MOVED, "s"),
        figures.seen("a server killed: nobody is suspect any more after", right, "s"),
    ]


async def _leader_lost(fleet: Fleet, line: Speaker, members: Sequence[Etcd]) -> list[Figure]:
    leader = next(one for one in members if one.leads())
    asking = asyncio.ensure_future(_asked(line))
    try:
        at = time.perf_counter()
        leader.kill()
        back = await _written(line, "leader", at)
    finally:
        asking.cancel()
    asked = figures.spread(await asking)
    leader.start()
    await asyncio.to_thread(leader.ready)
    figures.check(fleet.away == 0, f"{fleet.away} clients lost their server")
    return [
        figures.most("etcd's leader killed: a write is answered after", back, WRITES, "s"),
        figures.most("etcd's leader killed: questions meanwhile, p99", asked.p99, 20, "ms"),
    ]


async def _etcd_lost(bench: Bench, fleet: Fleet, line: Speaker, members: Sequence[Etcd]) -> list[Figure]:
    for one in members:
        one.kill()
    asking = asyncio.ensure_future(_asked(line))
    try:
        await asyncio.sleep(bench.of(AWAY, 1.0))
    finally:
        asking.cancel()
    asked = figures.spread(await asking)
    for one in members:
        one.start()
    for one in members:
        await asyncio.to_thread(one.ready)
    back = await _written(line, "etcd", time.perf_counter())
    figures.check(fleet.away == 0, f"{fleet.away} clients lost their server")
    return [
        figures.most("all of etcd away: a write is answered, since it is back", back, WRITES, "s"),
        figures.most("all of etcd away: questions meanwhile, p99", asked.p99, 20, "ms"),
    ]


async def _written(line: Speaker, name: str, since: float) -> float:
    """Seconds until something new is provided; what is refused meanwhile is said again."""
    while True:
        try:
            await line.ask("provision.set", words.offer(SERVICE, name, 1))
        except Wrong:
            if time.perf_counter() > since + PATIENCE or line.lost:
                raise
            await asyncio.sleep(0.05)
        else:
            return time.perf_counter() - since


async def _asked(line: Speaker) -> list[float]:
    """How long questions took, until it is cancelled."""
    times: list[float] = []
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            at = time.perf_counter()
            await line.ask("registry.query", words.key("s0"))
            times.append(time.perf_counter() - at)
            await asyncio.sleep(QUERY)
    return times
