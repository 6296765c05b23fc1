"""How time and memory grow with a manifest: validate, compile and plan against an engine in memory."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SIZES = (100, 300, 1000, 3000, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """`fresh` and `still` are seconds of a plan from nothing, and of one with nothing to do; `peak` is in bytes."""

    count: int
    load: float
    fresh: float
    still: float
    peak: int


def measured(sizes: Sequence[int] = SIZES) -> list[Point]:
    """Each size in a process of its own."""
    points = []
    for size in sizes:
        argv = [sys.executable, "-m", "benchmarks.growth", str(size)]
        said = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stdout
        points.append(Point(**json.loads(said)))
    return points


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The b of values = a * sizes ** b that fits best: 1 is linear, 2 a square."""
    logs = [math.log(one) for one in sizes]
    return statistics.linear_regression(logs, [math.log(one) for one in values]).slope


def _point(count: int) -> Point:
    from benchmarks import memory  # noqa: PLC0415 - the process that starts the others does not need it

    return memory.point(count)


if __name__ == "__main__":
    print(json.dumps(asdict(_point(int(sys.argv[1])))))
