"""Benchmarks run; what they measure is no test."""

from __future__ import annotations

import pytest

from benchmarks import contest, growth, memory
from benchmarks.rows import ROWS, Effort
from tests.testbed.host import Host


@pytest.mark.parametrize("name", ROWS)
def test_each_part_measures(host: Host, name: str) -> None:
    rows = list(ROWS[name](host, Effort(pairs=1, cold_pairs=1, scale=50)))
    assert rows
    assert all(row.result.ours > 0 and row.result.theirs > 0 for row in rows)


def test_the_engine_in_memory_is_planned_for() -> None:
    point = memory.point(5)
    assert min(point.load, point.fresh, point.still, point.peak) > 0


def test_a_square_is_told_from_a_line() -> None:
    sizes = (10, 100, 1000)
    assert growth.exponent(sizes, [one * 3.0 for one in sizes]) == pytest.approx(1.0)
    assert growth.exponent(sizes, [one**2 * 3.0 for one in sizes]) == pytest.approx(2.0)


def test_the_ratio_is_that_of_pairs() -> None:
    found = contest.result([(1.0, 2.0), (10.0, 10.0), (3.0, 1.0)])
    assert (found.ratio, found.ours, found.theirs) == (1.0, 3.0, 2.0)
