"""The real clock; it decides nothing about when."""

from __future__ import annotations

import threading
import time

from scs.contract import errors


class SystemClock:
    """Sleeps end early, as errors.Interrupted, when `stopping` is set."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._stopping.wait(max(0.0, seconds)):
            raise errors.Interrupted

    def undisturbed(self) -> SystemClock:
        return SystemClock(threading.Event())
