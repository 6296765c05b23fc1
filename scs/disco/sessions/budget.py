"""How many sessions of a data centre may still be given up by timeout. Counts; who is given up is decided elsewhere."""

from __future__ import annotations

from collections import deque

from scs.disco.settings import Expiry


class Budget:
    """Per data centre, in a sliding window: the larger of a share of its sessions and a least number."""

    def __init__(self, settings: Expiry) -> None:
        self._settings = settings
        self._spent: dict[str, deque[float]] = {}

    def left(self, dc: str, sessions: int, now: float) -> int:
        """`sessions` as counted before the first of the window was given up: they are added again."""
        spent = self._recent(dc, now)
        allowed = max(self._settings.least, int(self._settings.share * (sessions + len(spent))))
        return max(0, allowed - len(spent))

    def spend(self, dc: str, now: float) -> None:
        self._spent.setdefault(dc, deque()).append(now)

    def again_at(self, dc: str, now: float) -> float:
        """When the oldest of the window no longer counts."""
        spent = self._recent(dc, now)
        return spent[0] + self._settings.window if spent else now

    def _recent(self, dc: str, now: float) -> deque[float]:
        spent = self._spent.get(dc, deque())
        while spent and spent[0] <= now - self._settings.window:
            spent.popleft()
        return spent


class Bucket:
    """So many at once, then so many a second."""

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self._burst, self._rate = burst, rate
        self._tokens, self._at = burst, now

    def take(self, now: float) -> float:
        """0 and one token less; or the seconds until there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
