"""Time that stands still while this process does: deadlines are kept in it, so that no peer pays for our own pauses."""

from __future__ import annotations


class Pauses:
    """Turns the edge's monotonic time into ours. A gap longer than `longest` is a pause of which nothing is counted."""

    def __init__(self, now: float, longest: float) -> None:
        self._last = now
        self._longest = longest
        self.lost = 0.0
        self.count = 0

    def read(self, now: float) -> tuple[float, float]:
        """Our time, and how long the pause was that ended now (0 if there was none)."""
        gap = max(0.0, now - self._last)
        self._last = max(self._last, now)
        paused = gap if gap > self._longest else 0.0
        if paused:
            self.lost += paused
            self.count += 1
        return self._last - self.lost, paused

    def skip(self, now: float) -> None:
        """What passed since the last look is not counted, and was no pause."""
        self.lost += max(0.0, now - self._last)
        self._last = max(self._last, now)

    def outside(self, ours: float) -> float:
        """The edge's time at which ours will be that, if there is no pause until then."""
        return ours + self.lost
