"""The short form on a real engine: each kind of torture once, on small stories; script/torture does them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.testbed.host import Host
from tests.torture import agreement, appliers, bench, daemon, person
from tests.torture.bench import Bench
from tests.torture.points import Path
from tests.torture.stories import BY_NAME

pytestmark = pytest.mark.torture


@pytest.fixture
def made(host: Host) -> Iterator[Bench]:
    with bench.made(host) as one:
        yield one


@pytest.mark.parametrize("story", ["volume", "networks"])
def test_a_run_that_is_killed_at_any_call_leaves_nothing_that_the_next_does_not_mend(made: Bench, story: str) -> None:
    points = list(Path(made, BY_NAME[story]).crashes())
    assert {(point.way.name, point.fault.kind, point.fault.at) for point in points} >= {
        (way, kind, at)
        for way in (story, f"{story}-back")
        for kind in ("kill-before", "kill-after")
        for at in ((0, 1) if story == "volume" else (0,))
    }
    assert [(point.replay, point.problems) for point in points if point.problems] == []


def test_a_spoiled_answer_leaves_nothing_that_the_next_run_does_not_mend(made: Bench) -> None:
    points = list(itertools.islice(Path(made, BY_NAME["changing"]).replies("tests"), 10))
    assert [(point.replay, point.problems) for point in points if point.problems] == []


def test_an_engine_that_is_killed_in_the_middle_is_mended_within_three_runs(made: Bench) -> None:
    assert daemon.torture(made, "tests") == []


@pytest.mark.parametrize("seed", ["one manifest", "three manifests"])
def test_three_appliers_at_once_do_not_harm_one_another(made: Bench, seed: str) -> None:
    assert appliers.torture(made, seed) == []


def test_whatever_a_person_does_meanwhile_is_mended_within_three_runs(made: Bench) -> None:
    assert person.torture(made, "tests") == []


def test_the_fake_engine_says_and_lists_what_the_real_one_does(made: Bench) -> None:
    assert [found for _, several in agreement.batch(made, "tests", 40) for found in several] == []
