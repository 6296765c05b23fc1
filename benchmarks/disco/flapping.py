"""P2: an endpoint that is ready and unhealthy in turn, once a second for five minutes, before 100 subscribers."""

from __future__ import annotations

import asyncio
import contextlib
import time

from benchmarks.disco import figures, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.figures import Figure
from benchmarks.disco.speaker import Speaker, speaker, until
from scs.disco.values import Json

SUBSCRIBERS, MINUTES = 100, 5
HALF = 0.5  # seconds
SERVICE = "flapping"


class Subscriber:
    """How often it was told, and whether it may use the endpoint."""

    def __init__(self) -> None:
        self.times = 0
        self.there = False
        self.at = 0.0

    def told(self, at: float, said: Json) -> None:
        self.times += 1
        self.at = at
        if said["add"]:
            self.there = True
        if said["drop"]:
            self.there = False


async def row(bench: Bench) -> list[Figure]:
    ours = [Subscriber() for _ in range(bench.of(SUBSCRIBERS, 10))]
    with bench.disco() as disco:
        async with contextlib.AsyncExitStack() as stack:
            provider = await stack.enter_async_context(speaker(disco.port))
            for one in ours:
                line = await stack.enter_async_context(speaker(disco.port, one.told))
                await line.ask("requirement.set", {**words.key(SERVICE), "uid": "it"})
            await provider.ask("provision.set", words.offer(SERVICE, "u", 1))
            await until(lambda: all(one.there for one in ours), "all know it")
            for one in ours:
                one.times = 0
            await _flap(provider, bench.of(MINUTES * 60, 2))
            stopped, most = time.perf_counter(), max(one.times for one in ours)
            await until(lambda: all(one.there for one in ours), "all know it again")
            last = max(one.at for one in ours) - stopped
            await asyncio.sleep(bench.of(2.0, 0.1))
            figures.check(all(one.there for one in ours), "somebody does not know it in the end")
    return [
        figures.most("told to each subscriber, at most", most, 20),
        figures.most("the last state is right after", max(0.0, last), 2, "s"),
    ]


async def _flap(provider: Speaker, times: int) -> None:
    """Ends with the endpoint as it is to stay: ready."""
    for _ in range(times):
        for state in ("unhealthy", "ready"):
            await asyncio.sleep(HALF)
            await provider.ask("provision.state", {"id": "u", "state": state})
