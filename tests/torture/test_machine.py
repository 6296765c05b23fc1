"""Manifests, faults and meddling in any order, in memory: three runs later all is as asked."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scs.contract import errors
from scs.model.desired import Desired
from scs.model.observed import ObservedContainer
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.plan import parts
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.torture import inline, wishes
from tests.torture.delivery import MemoryDelivery, MemoryRecords
from tests.torture.spoiled import HOWS, Died, How, Spoil, Spoiled

pytestmark = pytest.mark.torture
RUNS = 3
SEEDS = st.integers(0, 10_000)
STRANGER = ObservedContainer(id="f" * 64, name="stranger", volumes=("strange-vol",))


def shown(one: ObservedContainer) -> tuple[str, str, frozenset[str]]:
    """What has to be as the manifest says."""
    return one.name, one.state, frozenset(have.network for have in one.attachments)


class Machine(RuleBasedStateMachine):
    """One engine in memory; the manifest that was applied last is the one that counts."""

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        self.undo = ExitStack()
        self.undo.enter_context(inline.quick())
        self.engine = Spoiled()
        delivery = MemoryDelivery(self.engine.spoils)
        self.around = Surroundings(Path("/nonexistent"), self.engine)
        self.around.world = replace(self.around.world, delivery=delivery, records=MemoryRecords())
        self.engine.add_network("strange-net")
        self.engine.add_volume("strange-vol")
        self.engine.listing = replace(self.engine.listing, containers=(STRANGER,))
        self.foreign: tuple[object, ...] = (STRANGER, self.engine.listing.networks[-1], self.engine.listing.volumes[-1])
        self.volumes: set[str] = set()
        self.wish = wishes.wish(random.Random(seed))

    @rule(seed=SEEDS, change=st.booleans())
    def want(self, seed: int, change: bool) -> None:
        """Another manifest, or the same with one thing changed. It is not applied yet."""
        chosen = random.Random(seed)
        self.wish = wishes.tweaked(self.wish, chosen) if change else wishes.wish(chosen)

    @rule(how=st.sampled_from(HOWS), at=st.integers(0, 20))
    def disturbed(self, how: How, at: int) -> None:
        """A run in which a call goes wrong."""
        with self.engine.spoils.armed(Spoil(how=how, at=at), self.engine.listing):
            try:
                self.run(self.wish)
            except (Died, errors.EffectError):
                return

    @rule(which=st.integers(0, 20), what=st.sampled_from(("stop", "remove", "pause")))
    def meddle(self, which: int, what: str) -> None:
        """A person does something to one of scs's containers."""
        mine = [one for one in self.engine.listing.containers if one.name != STRANGER.name]
        if not mine:
            return
        one = mine[which % len(mine)]
        if what == "pause" and one.state == "running":
            self.engine._put_container(replace(one, state="paused"))
        elif what != "pause":
            self.engine.stop(one.id, 0)
        if what == "remove":
            self.engine.remove_container(one.id)

    @rule()
    def power_cut(self) -> None:
        """Nothing of scs's runs any more, and its run folder is gone."""
        for one in self.engine.listing.containers:
            if one.name != STRANGER.name and one.state != "created":
                self.engine.stop(one.id, 0)
        self.around.world = replace(self.around.world, delivery=MemoryDelivery(self.engine.spoils))

    @rule()
    def settle(self) -> None:
        """Within three runs it is as asked, and a further one makes no call."""
        report = Report()
        for _ in range(RUNS):
            report = self.run(self.wish)
            if report.converged:
                break
        assert report.converged, report
        there = [one for one in self.engine.listing.containers if one != STRANGER and one.slot != "failed"]
        assert {shown(one) for one in there} == {
            (one.name, "running", frozenset(at.network for at in one.attachments)) for one in self.wish.containers
        }
        made = {one.name: one for one in there}
        assert all(parts.stays(one, made[one.name]) for one in self.wish.containers)
        self.engine.calls.clear()
        self.run(self.wish)
        assert self.engine.calls == []

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "engine"):
            now = self.engine.listing
            there = {one.name for one in now.volumes}
            assert self.volumes <= there
            self.volumes = there
            assert all(one in (*now.containers, *now.networks, *now.volumes) for one in self.foreign)

    def run(self, wish: Desired) -> Report:
        self.engine.looks = 0
        return loop.reconcile_all(wish, Goals(), self.around.world, self.around.reporter)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            self.settle()
            self.undo.close()


def test_from_any_state_three_runs_get_there_and_nothing_is_lost_on_the_way() -> None:
    machine: Any = Machine
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(max_examples=150, stateful_step_count=20),
    )
