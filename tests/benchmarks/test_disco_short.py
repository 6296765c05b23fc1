"""The rows of the disco benchmark run, and their counts are right; how long something takes is no test."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.disco import figures, page
from benchmarks.disco.bench import Bench
from benchmarks.disco.figures import Figure, Wrong
from benchmarks.disco.main import measured
from benchmarks.disco.rows import ROWS
from benchmarks.disco.truth import Truth
from scs.disco.client.options import Changed
from scs.disco.values import State
from scs.disco.wire.shapes import Endpoint


@pytest.mark.parametrize("name", ROWS)
def test_each_row_measures_and_counts_rightly(tmp_path: Path, name: str) -> None:
    found = measured(name, Bench(folder=tmp_path, short=True, pinned=False))
    assert found
    assert all(one.what and one.measured for one in found)


def told(*hosts: str, state: State = State.READY) -> Changed:
    return Changed("it", tuple(Endpoint(id=one, host=one, port=1, state=state) for one in hosts), complete=True)


def truth(*hosts: str) -> Truth:
    one = Truth()
    one.wants(1, "s")
    for host in hosts:
        one.provided("s", host)
    one.saw(1, told(*hosts))
    return one


def test_an_endpoint_that_goes_while_it_is_provided_is_a_false_drop() -> None:
    one = truth("a", "b")
    one.saw(1, told("a"))
    found = one.judge()
    assert (found.false_drops, found.missed, found.updates) == (1, 1, 1)


def test_an_endpoint_that_goes_when_it_is_gone_is_none() -> None:
    one = truth("a", "b")
    one.gone("s", "b")
    one.saw(1, told("a"))
    found = one.judge()
    assert (found.false_drops, found.missed, found.updates) == (0, 0, 1)


def test_an_endpoint_that_nobody_provides_is_stale() -> None:
    one = truth("a")
    one.saw(1, told("a", "ghost"))
    found = one.judge()
    assert (found.stale, found.missed) == (1, 1)


def test_a_set_that_is_told_again_is_no_update() -> None:
    one = truth("a")
    one.saw(1, told("a"))
    assert one.judge().updates == 0


def test_who_is_suspect_is_not_dropped() -> None:
    one = truth("a")
    one.saw(1, told("a", state=State.SUSPECT))
    found = one.judge()
    assert (found.false_drops, found.suspects, found.missed) == (0, 1, 1)


def test_what_must_not_be_has_the_row_fail() -> None:
    with pytest.raises(Wrong, match="false drops: 3"):
        figures.none("false drops", 3)


def test_quantiles_are_those_of_the_nearest_rank() -> None:
    found = figures.spread([number / 1000 for number in range(1, 101)])
    assert (round(found.p50), round(found.p99), round(found.max)) == (51, 100, 100)


def test_the_page_keeps_rows_that_were_not_measured() -> None:
    first = {name: page.lines(name, [figures.most("x", 1, 2, "ms")], "day one") for name in ("L1", "T1")}
    text = page.merged(f"head\n{page.MARK}\n", "here", first)
    second = {"L1": page.lines("L1", [Figure(what="y", measured="3 ms", goal="≤ 2 ms", reached=False)], "day two")}
    text = page.merged(text, "there", second)
    head, _, rest = text.partition(page.MARK)
    assert head == "head\n"
    assert rest.strip().splitlines() == [
        "there",
        "",
        *page.HEAD,
        "| L1 | a drop told to 1 subscriber | y | ≤ 2 ms | 3 ms | **no** | day two |",
        "| T1 | 1,000 sessions register | x | ≤ 2 ms | 1 ms | yes | day one |",
    ]
