"""What a row comes to: figures beside their goals, or that a count is wrong. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class Wrong(Exception):
    """A count is not what it has to be: what the row says of times would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`reached` is None where no goal was named."""

    what: str
    measured: str
    goal: str = ""
    reached: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of many times, in milliseconds."""

    p50: float
    p99: float
    max: float

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p99:.2f} / {self.max:.2f} ms"


def most(what: str, value: float, limit: float, unit: str = "") -> Figure:
    """The less the better."""
    return Figure(what=what, measured=_said(value, unit), goal=f"≤ {_said(limit, unit)}", reached=value <= limit)


def none(what: str, value: int) -> Figure:
    """What must not be at all. Raises Wrong where it is: that row says nothing else."""
    check(value == 0, f"{what}: {value:,}")
    return most(what, value, 0)


def least(what: str, value: float, limit: float, unit: str = "") -> Figure:
    return Figure(what=what, measured=_said(value, unit), goal=f"≥ {_said(limit, unit)}", reached=value >= limit)


def seen(what: str, value: float | str, unit: str = "") -> Figure:
    """Without a goal."""
    return Figure(what=what, measured=value if isinstance(value, str) else _said(value, unit))


def _said(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {unit}".strip()


def spread(seconds: Sequence[float]) -> Spread:
    """Quantiles by the nearest rank."""
    ordered = sorted(seconds)
    return Spread(p50=quantile(ordered, 0.5) * 1e3, p99=quantile(ordered, 0.99) * 1e3, max=ordered[-1] * 1e3)


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def check(holds: bool, what: str) -> None:
    """Raises Wrong where it does not."""
    if not holds:
        raise Wrong(what)
