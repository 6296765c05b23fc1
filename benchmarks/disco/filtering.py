"""F1: 1,000 subscribers that each want one of 20 zones, and 200 registrations: only what is wanted is told."""

from __future__ import annotations

import contextlib
import time

from benchmarks.disco import figures, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import Crowd
from benchmarks.disco.figures import Figure
from benchmarks.disco.speaker import speaker

SUBSCRIBERS, REGISTRATIONS, ZONES = 1_000, 200, 20
SERVICE = "filtered"


async def row(bench: Bench) -> list[Figure]:
    subscribers = bench.of(SUBSCRIBERS, 40)
    with bench.disco() as disco:
        crowd = Crowd(disco.port)
        with contextlib.closing(crowd):
            await crowd.open(subscribers, _wanting, ready=words.SUBSCRIBED)
            async with speaker(disco.port) as provider:
                said = b"".join(_registration(number) for number in range(REGISTRATIONS))
                crowd.expect(b'"address":', each=REGISTRATIONS // ZONES)
                crowd.bytes, cpu, began = 0, disco.cpu(), time.perf_counter()
                provider.write(said)
                told = await crowd.told()
                took, busy, size = told[-1] - began, disco.cpu() - cpu, crowd.bytes / 1e6
    return [
        figures.most("until all were told", took, 1.5, "s"),
        figures.most("CPU of the server", busy, 0.7, "s"),
        figures.most("told in", size, 3, "MB"),
        figures.seen("missed, or told without being wanted", 0),
    ]


def _wanting(number: int) -> bytes:
    return words.subscribe(SERVICE, filter={"zone": f"z{number % ZONES}"})


def _registration(number: int) -> bytes:
    attributes = {**words.ATTRIBUTES, "zone": f"z{number % ZONES}"}
    return words.provide(f"p{number}", SERVICE, f"u{number}", number, attributes=attributes)
