"""What was provided when, and who was told of what when; whether that was right is judged afterwards."""

from __future__ import annotations

import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scs.disco.client.options import Changed
from scs.disco.values import State

Named = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one client was to use from `at` on. `suspects` are among `hosts`."""

    at: float
    hosts: Named
    suspects: Named
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`updates`: views that are other than the one before; `suspects`: those in which somebody was suspect."""

    false_drops: int
    missed: int
    stale: int
    updates: int
    suspects: int


class Truth:
    """Endpoints are told apart by their hosts. A client has one requirement, for one service."""

    def __init__(self) -> None:
        self._spans: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
        self._wants: dict[int, str] = {}
        self._views: dict[int, list[View]] = defaultdict(list)

    def provided(self, service: str, host: str) -> None:
        """From now on it is there."""
        self._spans[service][host].append([time.perf_counter(), float("inf")])

    def gone(self, service: str, host: str) -> None:
        self._spans[service][host][-1][1] = time.perf_counter()

    def wants(self, who: int, service: str) -> None:
        self._wants[who] = service

    def saw(self, who: int, told: Changed) -> None:
        hosts = frozenset(one.host for one in told.endpoints)
        suspects = frozenset(one.host for one in told.endpoints if one.state is State.SUSPECT)
        view = View(at=time.perf_counter(), hosts=hosts, suspects=suspects, complete=told.complete)
        self._views[who].append(view)

    def forget(self) -> None:
        """What was before does not count, but for the last view of each."""
        for who, views in self._views.items():
            self._views[who] = views[-1:]

    def right(self, who: int) -> bool:
        """Whether the last view is all there is, and nobody in it is suspect."""
        views = self._views[who]
        return (
            bool(views)
            and views[-1].hosts == self._there(self._wants[who], time.perf_counter())
            and not (views[-1].suspects)
        )

    @property
    def wrong(self) -> int:
        """How many clients have not the right set."""
        return sum(not self.right(who) for who in self._wants)

    def judge(self, *, patience: float = 1.0) -> Judgement:
        """`patience`: seconds in which what is gone may still be shown."""
        found: Counter[str] = Counter()
        for who, service in self._wants.items():
            views = self._views[who]
            for before, view in itertools.pairwise(views):
                changed = (before.hosts, before.suspects) != (view.hosts, view.suspects)
                found["updates"] += changed
                found["suspects"] += bool(view.suspects - before.suspects)
                # Who was shown, and is there all the same, must not go.
                found["false"] += len((before.hosts - view.hosts) & self._there(service, view.at))
                shown = view.hosts - before.hosts
                found["stale"] += len(shown - self._there_since(service, view.at - patience, view.at))
            found["missed"] += not self.right(who)
        return Judgement(
            false_drops=found["false"],
            missed=found["missed"],
            stale=found["stale"],
            updates=found["updates"],
            suspects=found["suspects"],
        )

    def _there(self, service: str, at: float) -> Named:
        return self._there_since(service, at, at)

    def _there_since(self, service: str, begin: float, end: float) -> Named:
        """Who was there at some moment between the two."""
        return frozenset(host for host, spans in self._spans[service].items() if _overlaps(spans, begin, end))


def _overlaps(spans: Iterable[list[float]], begin: float, end: float) -> bool:
    return any(first <= end and last > begin for first, last in spans)
