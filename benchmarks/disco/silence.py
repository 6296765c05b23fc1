"""P1: two fifths of a data centre's sessions fall silent together. Few are given up, and all may come back."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections import Counter

from benchmarks.disco import figures, telling, words
from benchmarks.disco.bench import FAST, Bench
from benchmarks.disco.crowd import Crowd
from benchmarks.disco.figures import Figure
from benchmarks.disco.fleet import Fleet
from benchmarks.disco.servers import Disco
from benchmarks.disco.speaker import Speaker, speaker, until
from benchmarks.disco.truth import Truth
from scs.disco.client.options import Options
from scs.disco.values import Json

SESSIONS, SILENT = 1_000, 0.4
SERVICE, DC = "mass", "fra"
SHARE = 0.15  # of a data centre's sessions, in a minute
WINDOW = 58.0  # seconds of it, since the first was given up
ROUNDS = 20
PATIENCE = 60.0


class Observer:
    """What one subscriber is told, counted: those who came, went, are suspect, are ready again."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.states: dict[str, str] = {}
        self.dropped_at = 0.0

    def told(self, at: float, said: Json) -> None:
        for word in ("add", "update"):
            for one in _listed(said, word):
                assert isinstance(one, dict)
                state = str(one.get("state", "ready"))
                self.counts["added" if word == "add" else state] += 1
                self.states[str(one["id"])] = state
        for gone in _listed(said, "drop"):
            self.counts["dropped"] += 1
            self.dropped_at = self.dropped_at or at
            self.states.pop(str(gone), None)

    @property
    def suspects(self) -> int:
        return sum(state == "suspect" for state in self.states.values())


def _listed(said: Json, word: str) -> list[object]:
    found = said.get(word, [])
    assert isinstance(found, list)
    return found


async def row(bench: Bench) -> list[Figure]:
    count = bench.of(SESSIONS, 100)
    seen = Observer()
    with bench.disco(times=FAST) as disco:
        fleet = Fleet([disco.port], Truth())
        with contextlib.closing(fleet):
            async with speaker(disco.port, seen.told) as watching, speaker(disco.port) as provider:
                await watching.ask("requirement.set", {**words.key(SERVICE), "uid": "all"})
                for number in range(count):
                    fleet.seat(Options(dc=DC)).provide(f"u{number}", words.offered(SERVICE, number))
                await fleet.begin()
                await until(lambda: len(seen.states) == count, "all are provided", PATIENCE)
                return await _silenced(bench, disco, fleet, seen, provider)


async def _silenced(bench: Bench, disco: Disco, fleet: Fleet, seen: Observer, provider: Speaker) -> list[Figure]:
    count = len(fleet.seats)
    silent = fleet.seats[: int(count * SILENT)]
    seen.counts.clear()
    began = time.perf_counter()
    for one in silent:
        one.muted = True
    await until(lambda: seen.suspects == len(silent), "who is silent is suspect", PATIENCE)
    suspected = time.perf_counter() - began
    told = figures.spread(await _drops(bench, disco, provider))
    await until(lambda: seen.dropped_at, "the first is given up", PATIENCE)
    await asyncio.sleep(max(0.0, seen.dropped_at + bench.of(WINDOW, 1.0) - time.perf_counter()))
    dropped, kept = seen.counts["dropped"], seen.suspects
    figures.check(dropped + kept == len(silent), f"{dropped} given up and {kept} suspect of {len(silent)}")
    figures.check(dropped <= SHARE * count, f"{dropped} of {count} sessions were given up in a minute")
    figures.check(seen.counts["suspect"] == len(silent), f"{seen.counts['suspect']} times somebody was called suspect")
    seen.counts.clear()
    for one in silent:
        one.return_()
    back = await until(lambda: list(seen.states.values()) == ["ready"] * count, "all are back", PATIENCE)
    await asyncio.sleep(bench.of(3.0, 0.3))
    extra = seen.counts.total() - len(silent)
    return [
        figures.seen("silent sessions, all suspect after", suspected, "s"),
        figures.most("given up in a minute", dropped, SHARE * count),
        figures.seen("suspect meanwhile", kept),
        figures.most("a drop meanwhile told to 100, p50", told.p50, telling.SIZES["L2"].p50, "ms"),
        figures.most("a drop meanwhile told to 100, p99", told.p99, telling.SIZES["L2"].p99, "ms"),
        figures.seen("all are ready again after", back, "s"),
        figures.none("told besides that they are ready", extra),
    ]


async def _drops(bench: Bench, disco: Disco, provider: Speaker) -> list[float]:
    """As in L2, at a server with many suspects."""
    times: list[float] = []
    crowd = Crowd(disco.port, beat=provider.pause)
    with contextlib.closing(crowd):
        await crowd.open(bench.of(100, 10), lambda _: words.subscribe("other"), ready=words.SUBSCRIBED)
        for number in range(bench.of(ROUNDS, 2)):
            crowd.expect(words.ADDED)
            await provider.ask("provision.set", words.offer("other", f"o{number}", number))
            await crowd.told()
            await asyncio.sleep(telling.PERIOD)
            crowd.expect(words.DROPPED)
            gc.collect()
            at = time.perf_counter()
            provider.write(words.withdraw(f"w{number}", f"o{number}"))
            times += [one - at for one in await crowd.told()]
    return times
