"""R1 to R3: a server that is killed, stopped, or loses its snapshot under 10,000 clients. Nobody is dropped."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from benchmarks.disco import figures, servers, words
from benchmarks.disco.bench import FAST, Bench
from benchmarks.disco.figures import Figure
from benchmarks.disco.fleet import Fleet
from benchmarks.disco.servers import Disco
from benchmarks.disco.speaker import until
from benchmarks.disco.truth import Judgement, Truth
from scs.disco.client.options import Options
from scs.disco.values import Json

SESSIONS, EACH = 10_000, 10
WANTED = 3  # of those that each provides, under names that somebody requires
STEP = 1009  # prime to both: each service has providers from all over
PATIENCE = 120.0
KEPT = 15.0  # seconds without a new snapshot after which the last one holds everything
STOPPED = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What came of it: seconds until the last client was taken again, since the server answered."""

    listening: float  # from the process's start until it answers
    resumed: float
    anew: int  # clients that lost their session
    judged: Judgement


@contextlib.asynccontextmanager
async def fleet(bench: Bench, disco: Disco, count: int) -> AsyncIterator[Fleet]:
    """So many clients, each with ten endpoints, and one requirement that three others meet. All know everything."""
    one = Fleet([disco.port], Truth())
    for number in range(count):
        # A short back-off only where seconds are all that there is.
        seat = one.seat(Options(client=f"c{number}", backoff=0.1, cap=1) if bench.short else Options())
        for place in range(EACH):
            kind, numbered = "s" if place < WANTED else "other", number * EACH + place
            service = f"{kind}{(number + place * STEP) % count}"
            seat.provide(f"u{number}-{place}", words.offered(service, numbered, attributes=words.ATTRIBUTES))
            one.truth.provided(service, words.host(numbered))
        seat.require("it", words.key(f"s{number}"))
        one.truth.wants(number, f"s{number}")
    try:
        await one.begin()
        await until(lambda: one.away == 0, "all clients are taken", PATIENCE, every=0.1)
        await until(lambda: one.truth.wrong == 0, "all clients know everything", PATIENCE, every=0.2)
        gc.collect()
        gc.freeze()  # looking through all of it again and again would hold up who is measured
        yield one
    finally:
        gc.unfreeze()
        one.close()


async def killed(bench: Bench) -> list[Figure]:
    """R1: killed, and back after some seconds, and after a minute."""
    count, found = bench.of(SESSIONS, 60), list[Figure]()
    for down in bench.of((6.0, 60.0), (0.5,)):
        with bench.disco(times=FAST) as disco:
            async with fleet(bench, disco, count) as ours:
                await _kept(bench, disco)
                back = await _restarted(bench, disco, ours, down, forget=False)
        what = f"down {down:g} s: "
        found += [
            figures.none(f"{what}false drops", back.judged.false_drops),
            figures.none(f"{what}live-updates without cause", back.judged.updates),
            figures.none(f"{what}sessions that had to begin anew", back.anew),
            figures.most(f"{what}all resumed, since it answers", back.resumed, 20, "s"),
            figures.seen(f"{what}from its start until it answers", back.listening, "s"),
        ]
    return found


async def lost(bench: Bench) -> list[Figure]:
    """R3: killed, and its snapshot is gone."""
    with bench.disco(times=FAST) as disco:
        async with fleet(bench, disco, bench.of(SESSIONS, 60)) as ours:
            back = await _restarted(bench, disco, ours, bench.of(6.0, 0.5), forget=True)
    return [
        figures.none("drops that subscribers saw", back.judged.false_drops),
        figures.seen("live-updates without cause", back.judged.updates),
        figures.most("the right set is known again", back.resumed, 20, "s"),
    ]


async def stopped(bench: Bench) -> list[Figure]:
    """R2: SIGSTOP, for longer than clients wait for a sign of life."""
    down = bench.of(STOPPED, FAST.v1_dead + 0.5)
    with bench.disco(times=FAST) as disco:
        async with fleet(bench, disco, bench.of(SESSIONS, 60)) as ours:
            ours.truth.forget()
            disco.send(signal.SIGSTOP)
            try:
                await asyncio.sleep(down)
            finally:
                disco.send(signal.SIGCONT)
            began = time.perf_counter()
            await until(lambda: ours.away == 0, "all clients are back", PATIENCE, every=0.1)
            resumed = max(0.0, max(one.readied for one in ours.seats) - began)
            await until(lambda: ours.truth.wrong == 0, "all clients have the right set", PATIENCE, every=0.2)
            await asyncio.sleep(bench.of(20.0, 2.0))  # what was put off would come now
            judged, counters = ours.truth.judge(), await asyncio.to_thread(disco.counters)
    _whole(judged)
    return [
        figures.none("drops that subscribers saw", judged.false_drops),
        figures.none("sessions that were given up", counters.get("expired", 0)),
        figures.seen("views in which somebody was suspect for a while", judged.suspects),
        figures.seen("all are back after", resumed, "s"),
    ]


async def _restarted(bench: Bench, disco: Disco, ours: Fleet, down: float, *, forget: bool) -> Back:
    """Killed and started again; then until it says that it knows everything, and some seconds more."""
    ours.truth.forget()
    past, at = ours.sessions, time.perf_counter()
    disco.kill()
    if forget:
        disco.snapshot.unlink(missing_ok=True)
    await until(lambda: ours.away == len(ours.seats), "all clients notice", PATIENCE, every=0.1)
    await asyncio.sleep(max(0.0, at + down - time.perf_counter()))
    began = time.perf_counter()
    await asyncio.to_thread(disco.start)
    answers = time.perf_counter()
    await until(lambda: ours.away == 0, "all clients are back", PATIENCE, every=0.1)
    resumed = max(one.readied for one in ours.seats) - answers
    await _known(disco, lambda status: servers.counted(status, "provisions") == {"ready": _all(ours)})
    if forget:
        resumed = time.perf_counter() - answers
    await _known(disco, lambda status: bool(status["complete"]))
    await asyncio.sleep(bench.of(5.0, 0.5))
    await until(lambda: ours.truth.wrong == 0, "all clients have the right set", PATIENCE, every=0.2)
    anew = sum(one != other for one, other in zip(past, ours.sessions, strict=True))
    judged = ours.truth.judge()
    _whole(judged)
    return Back(listening=answers - began, resumed=resumed, anew=anew, judged=judged)


def _whole(judged: Judgement) -> None:
    figures.check(judged.missed == 0, f"{judged.missed} clients have a wrong set in the end")
    figures.check(judged.stale == 0, f"{judged.stale} endpoints were shown that were not there")


async def _known(disco: Disco, there: Callable[[Json], bool]) -> None:
    """Until the server says so."""
    end = time.monotonic() + PATIENCE
    while not there(await asyncio.to_thread(disco.status)):
        figures.check(time.monotonic() < end, "the server has not everything, or does not say so")
        await asyncio.sleep(0.25)


def _all(ours: Fleet) -> int:
    return sum(len(one.client.state.offers) for one in ours.seats)


async def _kept(bench: Bench, disco: Disco) -> None:
    """Until a snapshot was written that holds everything: none was for a while, as nothing changes."""
    seen, since = -1.0, time.monotonic()
    while time.monotonic() < since + bench.of(KEPT, 2.3):
        at = disco.snapshot.stat().st_mtime if disco.snapshot.exists() else -1.0
        if at != seen:
            seen, since = at, time.monotonic()
        await asyncio.sleep(0.05)
