"""Time as an argument, so that tests need not wait."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits. Raises `errors.Interrupted` as soon as the run is asked to stop."""
        ...

    def undisturbed(self) -> Clock:
        """The same time for what has to be done even so: its sleeps are not ended by that."""
        ...
