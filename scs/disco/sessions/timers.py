"""What is to happen when. A timer says that it is time to look, not what is found: who set it may have moved on."""

from __future__ import annotations

import heapq
from enum import Enum, auto
from typing import NamedTuple


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

    def set(self, at: float, kind: Kind, about: object = None) -> None:
        self._order += 1
        heapq.heappush(self._heap, Timer(at, self._order, kind, about))

    def due(self, now: float) -> Timer | None:
        """The next timer whose time has come, taken out."""
        if self._heap and self._heap[0].at <= now:
            return heapq.heappop(self._heap)
        return None

    def next(self) -> float | None:
        return self._heap[0].at if self._heap else None

    def __len__(self) -> int:
        return len(self._heap)
