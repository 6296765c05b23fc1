"""Two ways of doing the same, in turn, and the ratio of each pair: what else the machine does slows both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians of both and of the ratios of pairs, with the quartiles of the ratios."""

    ours: float
    theirs: float
    ratio: float
    spread: tuple[float, float]
    pairs: int


def alternate(ours: Callable[[], T], theirs: Callable[[], T], *, pairs: int) -> list[tuple[T, T]]:
    """Each pair anew, the order of the two turned round from pair to pair."""
    measured = []
    for number in range(pairs):
        if number % 2:
            other = theirs()
            measured.append((ours(), other))
        else:
            mine = ours()
            measured.append((mine, theirs()))
    return measured


def result(measured: Sequence[tuple[float, float]]) -> Result:
    ratios = sorted(mine / other for mine, other in measured)
    quartiles = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
    return Result(
        ours=statistics.median(mine for mine, _ in measured),
        theirs=statistics.median(other for _, other in measured),
        ratio=statistics.median(ratios),
        spread=(quartiles[0], quartiles[2]),
        pairs=len(measured),
    )
