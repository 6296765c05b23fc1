"""L5: a provider is killed; until each subscriber was told that it is suspect. Beside it, a lease of etcd's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from benchmarks.disco import figures, gateway, telling, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import Crowd
from benchmarks.disco.figures import Figure
from benchmarks.disco.servers import Etcd

PROVIDER = Path(__file__).with_name("provider.py")
ROUNDS = {"L1": 20, "L2": 20, "L3": 10, "L4": 4}
TTL = 2
LEASES = 8


async def row(bench: Bench) -> list[Figure]:
    found = []
    with bench.disco() as disco:
        for name, size in telling.SIZES.items():
            count = bench.of(size.subscribers, telling.SHORT[name])
            times = await _killed(disco.port, count, bench.of(size.gap, 0.01), bench.of(ROUNDS[name], 1))
            told, what = figures.spread(times), f"{count:,} subscribers"
            found.append(figures.most(f"{what}, p50", told.p50, size.p50, "ms"))
            found.append(figures.most(f"{what}, p99", told.p99, size.p99, "ms"))
    with bench.etcd() as (etcd,):
        lease = figures.spread([await _expired(etcd) for _ in range(bench.of(LEASES, 1))])
    return [
        *found,
        figures.seen(f"etcd, a lease of {TTL} s, p50", lease.p50, "ms"),
        figures.seen("missed", 0),
    ]


async def _killed(port: int, count: int, gap: float, rounds: int) -> list[float]:
    """Each time another process; what is left of it goes ten seconds later."""
    times: list[float] = []
    crowd = Crowd(port)
    with contextlib.closing(crowd):
        await crowd.open(count, lambda _: words.subscribe(telling.SERVICE), ready=words.SUBSCRIBED)
        for number in range(rounds):
            crowd.expect(words.ADDED)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(PROVIDER), str(port), f"{count}-{number}"),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                await crowd.told()
                await asyncio.sleep(max(gap, telling.PERIOD))
                crowd.expect(words.SUSPECT)
                at = time.perf_counter()
                os.kill(process.pid, signal.SIGKILL)
                times += [one - at for one in await crowd.told()]
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
    return times


async def _expired(etcd: Etcd) -> float:
    """From the death of a keeper, at any moment between two of its signs of life, until a watcher is told."""
    key = f"/bench/lease/{random.random()}"
    lease = etcd.call("lease/grant", {"TTL": TTL, "ID": 0})["ID"]
    etcd.call("kv/put", {"key": gateway.encoded(key), "value": "", "lease": lease})
    crowd = Crowd(etcd.port, beat=0)
    with contextlib.closing(crowd):
        await crowd.open(1, lambda _: gateway.watch(key), ready=gateway.WATCHING)
        etcd.call("lease/keepalive", {"ID": lease})
        await asyncio.sleep(random.uniform(0, TTL / 3))
        crowd.expect(gateway.DELETED)
        at = time.perf_counter()
        return (await crowd.told())[-1] - at
