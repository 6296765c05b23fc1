"""Which endpoint a connection goes to, and which next when that one does not answer. Connects to nothing.

Nearest first; among equally near ones that with the fewest connections for its weight; by chance among those. What
did not answer lately comes last, for longer each time, but is never left out: it may be all there is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scs.disco.core import asking
from scs.disco.values import Nearness
from scs.disco.wire.shapes import Endpoint

_FIRST, _MOST = 1.0, 30.0  # seconds that a failure counts; doubled with each in a row


@dataclass(slots=True)
class _Trouble:
    failures: int
    until: float


class Choosing:
    def __init__(self, *, prefer: tuple[Nearness, ...] = (), dc: str = "", zone: str = "") -> None:
        self.endpoints: tuple[Endpoint, ...] = ()
        self._prefer, self._dc, self._zone = prefer, dc, zone
        self._active: Counter[str] = Counter()
        self._trouble: dict[str, _Trouble] = {}
        self._random = random.Random()

    def use(self, endpoints: Sequence[Endpoint]) -> None:
        """From now on these. What is known of others is forgotten, but for their connections."""
        self.endpoints = tuple(one for one in endpoints if one.proto == "tcp" and one.host and one.port)
        there = {one.id for one in self.endpoints}
        self._trouble = {name: one for name, one in self._trouble.items() if name in there}

    def order(self, now: float) -> list[Endpoint]:
        """All of them, in the order in which they are to be tried."""
        mixed = list(self.endpoints)
        self._random.shuffle(mixed)
        return sorted(mixed, key=lambda one: self._rank(one, now))

    def _rank(self, one: Endpoint, now: float) -> tuple[float, ...]:
        trouble = self._trouble.get(one.id)
        wait = max(0.0, trouble.until - now) if trouble is not None else 0.0
        # A weight of 0 means: only where there is nothing else.
        load = (self._active[one.id] + 1) / one.weight if one.weight > 0 else float("inf")
        tier = asking.tier(one.dc, one.zone, self._prefer, dc=self._dc, zone=self._zone)
        return (wait, tier, load)

    def begun(self, one: Endpoint) -> None:
        """A connection to it is made; it answered."""
        self._active[one.id] += 1
        self._trouble.pop(one.id, None)

    def ended(self, one: Endpoint) -> None:
        self._active[one.id] -= 1
        if not self._active[one.id]:
            del self._active[one.id]

    def failed(self, one: Endpoint, now: float) -> None:
        failures = self._trouble[one.id].failures + 1 if one.id in self._trouble else 1
        self._trouble[one.id] = _Trouble(failures, now + min(_MOST, _FIRST * 2 ** (failures - 1)))

    def active(self, one: Endpoint) -> int:
        return self._active[one.id]
