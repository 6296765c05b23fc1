"""Some thousand faults on the fake engine, and proof that what is wrong would be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scs.model.outcome import Report
from scs.run import loop
from tests.fakes.engine import FakeEngine
from tests.torture import inline, memory
from tests.torture.memory import Small
from tests.torture.spoiled import Spoil
from tests.torture.verdict import Finding

pytestmark = pytest.mark.torture
SEED = "tests.2"


@pytest.mark.parametrize("seed", ["tests.a", "tests.b"])
def test_after_any_fault_in_memory_the_world_is_as_if_nothing_had_been(seed: str) -> None:
    points, findings = 0, list[Finding]()
    for count, found in memory.batch(seed, 700):
        points += count
        findings += found
    assert points >= 700
    assert "\n".join(map(str, findings)) == ""


def test_the_same_seed_is_the_same_torture() -> None:
    def listed() -> object:
        with inline.quick():
            return Small(SEED).start.listing, Small(SEED).change

    assert listed() == listed()


@pytest.fixture
def small() -> Iterator[Small]:
    with inline.quick():
        yield Small(SEED)


def wrongs(small: Small) -> set[str]:
    fired, problems = small.point(Spoil(how="die-after", at=0))
    assert fired
    return {wrong for wrong, _ in problems}


def test_a_run_that_ends_in_an_unforeseen_error_is_seen(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(engine: FakeEngine) -> object:
        raise KeyError("a mistake")

    monkeypatch.setattr(FakeEngine, "list", broken)
    fired, problems = small.point(Spoil(how="drop", at=0))
    assert {wrong for wrong, _ in problems} == {"traceback"}
    assert not fired


def test_a_run_that_does_not_get_there_is_seen(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    true = loop.reconcile_all
    reports = iter([None])

    def once(*arguments: Any) -> Report:
        """The run with the fault is a true one; what comes after it does nothing."""
        return true(*arguments) if next(reports, 0) is None else Report(trouble="no more")

    monkeypatch.setattr(loop, "reconcile_all", once)
    assert "not converged" in wrongs(small)


def test_what_is_missing_and_what_is_left_over_are_seen(small: Small) -> None:
    assert wrongs(small) == set()
    there = next(iter(small.end))
    del small.end[there]
    small.end["volume that is nowhere"] = 1
    assert wrongs(small) == {"lost", "leaked"}


def test_a_foreign_thing_that_changed_and_a_volume_that_went_are_seen(small: Small) -> None:
    small.restore()
    small.engine.stop("stranger", 0)
    small.engine.listing = replace(small.engine.listing, volumes=())
    assert {wrong for wrong, _ in small._kept()} == {"foreign", "lost"}
