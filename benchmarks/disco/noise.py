"""How exact this machine is: everything else that is measured is at least so far off."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.disco import figures
from benchmarks.disco.bench import MEMORY, Bench
from benchmarks.disco.figures import Figure


async def row(bench: Bench) -> list[Figure]:
    over = []
    for _ in range(bench.of(3000, 100)):
        at = time.perf_counter()
        time.sleep(0.001)
        over.append(time.perf_counter() - at - 0.001)
    slept, synced = figures.spread(over), figures.spread(_synced(bench.folder, bench.of(200, 20)))
    found = [
        figures.seen("a sleep of 1 ms is late by, p50 / p99 / longest", str(slept)),
        figures.seen("fsync on disk, p50 / p99 / longest", str(synced)),
    ]
    if MEMORY.is_dir():
        synced = figures.spread(_synced(MEMORY, bench.of(200, 20)))
        found.append(figures.seen("fsync where etcd is, p50 / p99 / longest", str(synced)))
    return found


def _synced(folder: Path, times: int) -> list[float]:
    took, path = [], folder / f"fsync-{os.getpid()}"
    with path.open("wb") as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            at = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - at)
    path.unlink()
    return took
