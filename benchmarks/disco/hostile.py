"""H1: peers that mean harm, and how long everybody else's ping takes meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass

from benchmarks.disco import figures
from benchmarks.disco.bench import Bench
from benchmarks.disco.figures import Figure
from benchmarks.disco.servers import ROOT, Disco
from benchmarks.disco.speaker import Speaker, speaker

EVERY = 0.005
PING, GROWTH = 20.0, 32.0  # milliseconds, MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """`count` is what the kind makes of it: connections."""

    kind: str
    what: str
    seconds: float
    short: float
    count: int = 1
    short_count: int = 1


ATTACKS = (
    Attack(kind="patterns", what="patterns that never end", seconds=20, short=0.4),
    Attack(kind="long-line", what="lines of 32 MB", seconds=20, short=0.4),
    Attack(
        kind="half-open",
        what="10,000 connections that say nothing",
        seconds=15,
        short=0.3,
        count=10_000,
        short_count=600,
    ),
    Attack(kind="garbage", what="garbage", seconds=600, short=0.4, count=20, short_count=5),
)


async def row(bench: Bench) -> list[Figure]:
    """With the limits that a server has without options."""
    found = []
    with bench.disco(limits=()) as disco:
        async with speaker(disco.port) as victim:
            await _pinged(victim, asyncio.ensure_future(asyncio.sleep(bench.of(2.0, 0.2))))
            for attack in ATTACKS:
                before = disco.rss()
                times = await _attacked(bench, disco, victim, attack)
                told = figures.spread(times)
                found.append(figures.most(f"{attack.what}: ping, p99", told.p99, PING, "ms"))
                found.append(figures.seen(f"{attack.what}: ping, longest", told.max, "ms"))
                found.append(figures.most(f"{attack.what}: memory", max(0.0, disco.rss() - before), GROWTH, "MiB"))
                figures.check(disco.runs and not victim.lost, f"{attack.what}: the server, or a good peer, is gone")
        said = disco.log()
    figures.check("bug" not in said, f"the server says that it has a bug: {said}")
    return [*found, figures.none("crashes", 0)]


async def _attacked(bench: Bench, disco: Disco, victim: Speaker, attack: Attack) -> list[float]:
    seconds, count = bench.of(attack.seconds, attack.short), bench.of(attack.count, attack.short_count)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.disco.attacks", attack.kind, str(disco.port), str(seconds), str(count)),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    ended = asyncio.ensure_future(process.wait())
    try:
        times = await _pinged(victim, ended)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    figures.check(process.returncode == 0, f"{attack.what}: the attacker failed")
    return times


async def _pinged(victim: Speaker, ended: asyncio.Future[int] | asyncio.Future[None]) -> list[float]:
    times = []
    while not ended.done():
        at = time.perf_counter()
        await victim.ask("ping", {"reply": "x"})
        times.append(time.perf_counter() - at)
        await asyncio.sleep(EVERY)
    return times
