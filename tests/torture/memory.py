"""The same tortures in memory, thousands a minute: random manifests on the fake engine, a fault at every call."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scs.model import labels
from scs.model.desired import Desired
from scs.model.observed import Listing, ObservedContainer
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.torture import inline, spoiled, wishes
from tests.torture.bench import Problem
from tests.torture.delivery import MemoryDelivery, MemoryRecords
from tests.torture.snapshot import BY_THE_WAY
from tests.torture.spoiled import HOWS, Died, Spoil, Spoiled
from tests.torture.verdict import Finding

RUNS = 3
COPIED = {
    labels.ENVIRONMENT: "dev",
    labels.SERVICE: "blog",
    labels.ROLE: "a",
    labels.NUMBER: "1",
    labels.DIGEST: f"v1:{'0' * 64}",
    labels.ONE_OFF: "true",
}
"""Of a container that a person made from an image that was committed from one of scs's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that a run may change, to go back to."""

    listing: Listing
    last: int
    told: Mapping[str, Mapping[str, str]]
    delivery: MemoryDelivery


class Small:
    """A world in memory with things that are not scs's, and a change that is to happen in it."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.change = wishes.change(random.Random(seed))
        self.engine = Spoiled()
        self.delivery = MemoryDelivery(self.engine.spoils)
        self.records = MemoryRecords()
        self.around = Surroundings(Path("/nonexistent"), self.engine)
        self.around.world = replace(self.around.world, delivery=self.delivery, records=self.records)
        self._strange = self._plant()
        if self.change.before.containers:
            self._sound(self.run(self.change.before, Goals()))
        self.start = self._state()
        self._sound(self.run(self.change.after, self.change.goals))
        self.end = self._lines()
        self.restore()

    def run(self, desired: Desired, goals: Goals) -> Report:
        self.engine.looks = 0
        return loop.reconcile_all(desired, goals, self.around.world, self.around.reporter)

    def restore(self) -> None:
        """Back to where the change begins."""
        self.engine.listing = self.start.listing
        self.engine._last = self.start.last
        self.engine.told = dict(self.start.told)
        self.delivery.become(self.start.delivery)

    def point(self, spoil: Spoil) -> tuple[bool, list[Problem]]:
        """Whether the fault came, and what was wrong after it."""
        self.restore()
        problems: list[Problem] = []
        with self.engine.spoils.armed(spoil, self.engine.listing) as spoils:
            try:
                problems += _said_wrong(self.run(self.change.after, self.change.goals))
            except Died:
                pass
            except Exception as error:  # EngineUnavailable has a message for the user; all else would be a traceback
                problems += spoiled.unforeseen(error)
        if not spoils.fired:
            return False, problems
        problems += self._kept()
        problems += self._converges()
        return True, [*problems, *self._differs(), *self._kept()]

    def _converges(self) -> list[Problem]:
        report = Report()
        for _ in range(RUNS):
            report = self.run(self.change.after, self.change.goals)
            if report.converged:
                break
        else:
            return [("not converged", str(report))]
        self.engine.calls.clear()
        self.run(self.change.after, self.change.goals)
        return [("not converged", f"a further run made the calls {self.engine.calls}")] if self.engine.calls else []

    def _differs(self) -> list[Problem]:
        now = self._lines()
        more, less = now - self.end, self.end - now
        missing: list[Problem] = [("lost", line) for line in less]
        return [*missing, *(("leaked", line) for line in more)]

    def _kept(self) -> list[Problem]:
        """At any moment: no volume is gone, and nothing foreign has changed."""
        now = self.engine.listing
        gone = {one.name for one in self.start.listing.volumes} - {one.name for one in now.volumes}
        touched = [one for one in self._strange if one not in (*now.containers, *now.networks, *now.volumes)]
        lost: list[Problem] = [("lost", f"volume {name}") for name in gone]
        return [*lost, *(("foreign", str(one)) for one in touched)]

    def _plant(self) -> tuple[object, ...]:
        engine = self.engine
        engine.add_network("strange-net")
        engine.add_volume("strange-vol")
        copied = engine.add_image("copied:1", labels=COPIED)
        several = (
            ObservedContainer(id="f" * 64, name="stranger", state="running", volumes=("strange-vol",)),
            ObservedContainer(id="e" * 64, name="copy", labels=COPIED, image="copied:1", image_id=copied),
        )
        engine.listing = replace(engine.listing, containers=several)
        return (*several, engine.listing.networks[-1], engine.listing.volumes[-1])

    def _state(self) -> State:
        engine = self.engine
        return State(listing=engine.listing, last=engine._last, told=dict(engine.told), delivery=self.delivery.copy())

    def _lines(self) -> Counter[str]:
        listing = self.engine.listing
        return Counter(
            [
                *(f"container {_shown(one)}" for one in listing.containers if one.slot != "failed"),
                *(
                    f"told {one.name} {self.engine.told.get(one.id)}"
                    for one in listing.containers
                    if one.slot != "failed"
                ),
                *(f"network {one.name} {sorted(one.labels.items())} {one.internal}" for one in listing.networks),
                *(f"volume {one.name} {sorted(one.labels.items())}" for one in listing.volumes),
            ]
        )

    def _sound(self, report: Report) -> None:
        if not report.converged:
            raise AssertionError(f"fake {self.seed}: without any fault: {report}")


def _shown(one: ObservedContainer) -> str:
    named = {name: value for name, value in one.labels.items() if name not in BY_THE_WAY}
    networks = sorted(have.network for have in one.attachments)
    return json.dumps([one.name, one.state, one.image_id, named, networks, one.volumes], sort_keys=True)


def _said_wrong(report: Report) -> list[Problem]:
    text = str(report)
    return [("traceback", text)] if "a mistake of scs" in text else []


def batch(seed: str, count: int) -> Iterator[tuple[int, list[Finding]]]:
    """So many points, a change of manifests after the other: each of its calls spoiled in every way."""
    left = count
    for number in itertools.count():
        done, findings = _through(f"{seed}.{number}")
        yield done, findings
        left -= done
        if left <= 0:
            return


def _through(seed: str) -> tuple[int, list[Finding]]:
    """Every point of one change, and what was wrong."""
    done, findings = 0, []
    with inline.quick():
        small = Small(seed)
        for spoil, problems in _points(small):
            done += 1
            findings += _found(f"{seed} {spoil}", problems)
    return done, findings


def _points(small: Small) -> Iterator[tuple[Spoil, list[Problem]]]:
    for how in HOWS:
        for at in itertools.count():
            spoil = Spoil(how=how, at=at)
            fired, problems = small.point(spoil)
            if not fired:
                break
            yield spoil, problems


def again(text: str) -> list[Finding]:
    """One point once more, by what was printed of it."""
    seed, _, what = text.partition(" ")
    with inline.quick():
        _, problems = Small(seed).point(spoiled.parse(what))
    return _found(text, problems)


def _found(what: str, problems: list[Problem]) -> list[Finding]:
    replay = f"--replay 'fake {what}'"
    return [Finding(wrong=wrong, kind="fake", replay=replay, shown=shown) for wrong, shown in problems]
