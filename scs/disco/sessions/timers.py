"""What is to happen when. A timer says that it is time to look, not what is found: who set it may have moved on."""

from __future__ import annotations

import heapq
from enum import Enum, auto
from typing import NamedTuple

_OFF = 64  # timers that were called off before they are taken out


class Kind(Enum):
    SILENCE = auto()  # a connection may be dead
    BEAT = auto()  # a connection is to be sent a heartbeat
    JOIN = auto()  # a connection should have joined by now
    BLOCKED = auto()  # a connection has not read for long
    SESSION = auto()  # a session without connection may be at its end
    MORE = auto()  # a connection's next lines may be looked at
    GROUP = auto()  # a group may tell what it held back
    DAMPED = auto()  # an endpoint that came and went may be shown again
    WAIT = auto()  # somebody waited long enough for acknowledgements
    PONG = auto()  # a delayed answer to a ping
    LINK = auto()  # more of what another data centre told may be done
    GRACE = auto()  # the grace after a start or a pause ends


class Timer(NamedTuple):
    at: float
    order: int
    kind: Kind
    about: object


class Timers:
    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._order = 0
        self._off: set[int] = set()  # the orders of those that were called off, and are still in the heap

    def set(self, at: float, kind: Kind, about: object = None) -> Timer:
        self._order += 1
        timer = Timer(at, self._order, kind, about)
        heapq.heappush(self._heap, timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Calls off one that has not come yet, so that what it is about need not be kept until then."""
        self._off.add(timer.order)
        if len(self._off) > _OFF and 2 * len(self._off) > len(self._heap):
            self._heap = [one for one in self._heap if one.order not in self._off]
            heapq.heapify(self._heap)
            self._off.clear()

    def due(self, now: float) -> Timer | None:
        """The next timer whose time has come, taken out."""
        at = self.next()
        return heapq.heappop(self._heap) if at is not None and at <= now else None

    def next(self) -> float | None:
        while self._heap and self._heap[0].order in self._off:
            self._off.discard(heapq.heappop(self._heap).order)
        return self._heap[0].at if self._heap else None

    def __len__(self) -> int:
        return len(self._heap)
