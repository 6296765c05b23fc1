"""One fault in one run on a real engine: before it, the story's beginning; after it, its end as if nothing had been."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.torture import bench as benches
from tests.torture.bench import Bench, Problem
from tests.torture.faults import KILLS, REPLIES, Fault
from tests.torture.stories import Story

HANG_SECONDS = 2.0
READ_SHARE = 0.2
"""How many of the spoiled answers are answers to reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What the host is at the end of an undisturbed way, and how many calls it took to get there."""

    lines: Counter[str]
    calls: int
    reads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    way: Story
    fault: Fault
    fired: bool
    problems: list[Problem]

    @property
    def replay(self) -> str:
        return f"--replay '{self.way.name} {self.fault}'"


class Path:
    """A story there and back, so that each end is the next beginning."""

    def __init__(self, bench: Bench, story: Story) -> None:
        self.bench = bench
        self.story = story
        self.ends: dict[str, End] = {}
        self.begin()
        for way in (story, story.back):  # the first time, things are made that stay: volumes outlive a destroy
            bench.sound(bench.run(way))
        for way in (story, story.back):
            with bench.proxy.armed(None):
                done = bench.run(way)
                calls, reads = len(bench.proxy.calls), bench.proxy.reads
            self.ends[way.name] = End(lines=bench.settled(way), calls=calls, reads=reads)
            bench.sound(done)

    def begin(self) -> None:
        """A clean host at the story's beginning."""
        self.bench.clean()
        self.bench.prepare(self.story)

    def point(self, way: Story, fault: Fault) -> Point:
        """Leaves the host at the way's end, made anew where something was wrong."""
        bench = self.bench
        with bench.proxy.armed(fault):
            done = bench.run(way)
            fired = bench.proxy.fired
        problems = benches.said_wrong(done)
        if fired:
            problems += bench.converges(way, 1)
        elif done.code:
            problems.append(("not converged", str(done)))
        problems += bench.rests(way)
        problems += [*bench.differs(self.ends[way.name].lines), *bench.strangers(), *bench.canaries()]
        if problems:
            self.begin()
            if way.name != self.story.name:
                bench.settled(self.story)
            bench.settled(way)
        bench.plant()
        return Point(way=way, fault=fault, fired=fired, problems=problems)

    def crashes(self) -> Iterator[Point]:
        """A crash before and after every call, both ways, until there are no more calls."""
        for kind in KILLS:
            over: set[str] = set()
            for at in itertools.count():
                for way in (self.story, self.story.back):
                    if way.name in over:
                        self.bench.sound(self.bench.run(way))
                        continue
                    point = self.point(way, Fault(kind=kind, at=at))
                    if point.fired:
                        yield point
                    else:
                        over.add(way.name)
                if len(over) == 2:
                    break

    def replies(self, seed: str) -> Iterator[Point]:
        """Spoiled answers at random calls, both ways, without end."""
        chosen = random.Random(seed)
        while True:
            for way in (self.story, self.story.back):
                end = self.ends[way.name]
                reads = chosen.random() < READ_SHARE
                at = chosen.randrange(max(1, end.reads if reads else end.calls))
                kind = chosen.choice([one for one in REPLIES if not (reads and one == "stale")])
                point = self.point(way, Fault(kind=kind, at=at, reads=reads))
                if point.fired:
                    yield point
