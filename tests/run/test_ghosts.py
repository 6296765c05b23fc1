"""Whole runs over an engine in memory that has lost track of processes: they are ended first, or hold things up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scs.contract import errors
from scs.model.desired import Desired
from scs.model.ghosts import Mounted
from scs.model.observed import Observed, ObservedContainer
from scs.model.operations import EndGhost
from scs.model.outcome import Report
from scs.model.plan import Goals, Plan
from scs.plan import reconcile
from scs.run import ghosts, loop
from tests.fakes.engine import FakeEngine
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

DB = "dev-blog-db-1"
GONE = "c" * 64


class Losing(FakeEngine):
    """An engine that never starts some containers again, or takes them for ended only until it is asked again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(volumes_folder=folder / "volumes")
        self.lost: set[str] = set()
        self.always = False
        self.looks_before_start: dict[str, int] = {}
        """Of starts that are under way: how often somebody may look at containers until one shows."""

    def containers(self) -> tuple[ObservedContainer, ...]:
        for container, left in self.looks_before_start.items():
            self.looks_before_start[container] = left - 1
            if left == 1:
                self.start(container)
        return super().containers()

    def start(self, container: str) -> None:
        identifier = self._container(container).id
        if identifier in self.lost or (self.always and self._container(container).name.startswith(DB)):
            self._called("start", container)
            raise errors.LostTask(f"cannot start container {container}: the engine has lost track of it")
        super().start(container)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path, Losing(tmp_path))


def run(desired: Desired, around: Surroundings, goals: Goals | None = None) -> Report:
    return loop.reconcile_all(desired, goals or Goals(), around.world, around.reporter)


def engine(around: Surroundings) -> Losing:
    assert isinstance(around.engine, Losing)
    return around.engine


def db(around: Surroundings) -> str:
    found = around.engine.listing.container(DB)
    assert found is not None
    return found.id


def lose(around: Surroundings, *processes: int) -> str:
    """The engine takes the database for ended, and it lives."""
    run(manifests.blog(), around)
    around.engine.stop(DB, 0)
    around.host.processes[db(around)] = processes
    around.engine.calls.clear()
    around.host.looks = 0
    return db(around)


def test_a_ghost_is_ended_and_its_container_started_again(around: Surroundings) -> None:
    lost = lose(around, 7)
    report = run(manifests.blog(), around)
    assert report.converged
    assert around.host.processes == {}
    assert db(around) == lost
    assert [one.action.says for one in report.done][:2] == [f"end process 7 of container {lost[:12]}", "start it"]


def test_a_run_that_changes_nothing_looks_for_no_process(around: Surroundings) -> None:
    run(manifests.blog(), around)
    around.host.looks = 0
    assert run(manifests.blog(), around) == Report()
    assert around.host.looks == 0


def test_a_ghost_that_cannot_be_ended_keeps_its_container_from_being_started(around: Surroundings) -> None:
    lost = lose(around, 7, 9)
    around.host.stubborn.add(lost)
    report = run(manifests.blog(), around)
    assert [one.why for one in report.failed] == [
        "dev-blog-db-1: its processes outlive a kill -9: see what they wait for with 'ps -o pid,stat,wchan -p 7,9'; a "
        "device or file server that does not answer, or the freezer, then apply again"
    ]
    assert "start dev-blog-db-1" not in around.engine.calls


def test_what_somebody_started_meanwhile_is_not_ended(around: Surroundings) -> None:
    """Right after the plan was made."""
    lost = lose(around, 7)
    around.engine.start(lost)
    with pytest.raises(errors.Retry, match=r"^dev-blog-db-1 is running by now: somebody else started it$"):
        ghosts.end(EndGhost(id=lost, name=DB), around.world)
    assert around.host.processes == {lost: (7,)}


def test_a_start_that_is_under_way_is_given_time_to_show(around: Surroundings) -> None:
    lost = lose(around, 7)
    engine(around).looks_before_start[lost] = ghosts.LOOKS
    with pytest.raises(errors.Retry):
        ghosts.end(EndGhost(id=lost, name=DB), around.world)
    assert around.host.processes == {lost: (7,)}


def test_a_container_that_the_engine_never_starts_again_is_made_anew_in_the_same_run(around: Surroundings) -> None:
    lost = lose(around)
    around.host.processes.clear()
    engine(around).lost.add(lost)
    assert run(manifests.blog(), around).converged
    assert db(around) != lost
    assert {one.name: one.state for one in around.engine.listing.containers}[DB] == "running"
    assert around.world.records.lost() == frozenset()


def test_what_was_lost_is_known_to_the_run_after_one_that_died(around: Surroundings) -> None:
    lost = lose(around)
    around.host.processes.clear()
    around.world.records.lose(lost)
    assert run(manifests.blog(), around).converged
    assert f"start {DB}" not in around.engine.calls[: around.engine.calls.index(f"create_container {DB}.next")]
    assert db(around) != lost


def test_an_engine_that_loses_whatever_it_starts_ends_the_run(around: Surroundings) -> None:
    lose(around)
    around.host.processes.clear()
    engine(around).always = True
    report = run(manifests.blog(), around)
    assert not report.converged
    assert len([one for one in around.engine.calls if one.startswith("create_container")]) <= 3


def stranger(around: Surroundings, *mounts: Mounted) -> None:
    """The database was removed by hand, and something writes to its volume."""
    lost = lose(around)
    around.host.processes = {GONE: (7,)}
    around.engine.remove_container(lost)
    around.engine.calls.clear()
    volume = around.engine.listing.volumes[0].mountpoint
    around.host.mounts[7] = (Mounted(path=volume, target="/data", writable=True), *mounts)


def run_folder(around: Surroundings, folder: str = DB) -> Mounted:
    above = around.world.delivery.above(manifests.BLOG)
    return Mounted(path=f"{above}/{folder}/inside", target="/run/scs", writable=False)


@pytest.mark.parametrize("folder", [DB, f"{DB}.b"])
def test_a_removed_container_of_ours_that_lives_is_ended_before_its_successor_is_made(
    around: Surroundings, folder: str
) -> None:
    stranger(around, run_folder(around, folder))
    report = run(manifests.blog(), around)
    assert report.converged
    assert around.host.processes == {}
    assert report.done[0].action.says == f"end process 7 of container {GONE[:12]}"


def test_a_writer_that_nothing_proves_ours_is_left_alone_and_blocks(around: Surroundings) -> None:
    stranger(around)
    report = run(manifests.blog(), around)
    assert [str(one.target) for one in report.blocked] == [f"container {DB}"]
    assert "process 7 of container cccccccccccc" in report.blocked[0].why
    assert around.host.processes == {GONE: (7,)}
    assert around.engine.calls == []


def test_what_was_made_since_the_engine_was_asked_is_no_stranger(around: Surroundings) -> None:
    run(manifests.blog(), around)
    wish = manifests.blog()
    around.engine.stop(DB, 0)
    around.engine.remove_container(DB)
    observed, plan = loop.look(wish, Goals(), around.world)
    volume = around.engine.listing.volumes[0].mountpoint
    later = ObservedContainer(id=GONE, name="backup")
    around.engine.listing = replace(around.engine.listing, containers=(*around.engine.listing.containers, later))
    around.host.processes = {GONE: (7,)}
    around.host.mounts[7] = (Mounted(path=volume, target="/data", writable=True),)
    assert ghosts.look(plan, wish, observed, around.world).lost.ghosts == {}


def test_a_reader_of_a_volume_blocks_nobody(around: Surroundings) -> None:
    stranger(around)
    around.host.mounts[7] = (replace(around.host.mounts[7][0], writable=False),)
    assert run(manifests.blog(), around).converged
    assert around.host.processes == {GONE: (7,)}


def test_processes_within_a_container_of_the_engine_are_its_own(around: Surroundings) -> None:
    """An engine in a container has containers that this one does not have."""
    stranger(around)
    web = around.engine.listing.container("dev-blog-web-1")
    assert web is not None
    around.host.processes[web.id] = (6, 7)
    assert run(manifests.blog(), around).converged
    assert around.host.processes[GONE] == (7,)


def test_a_plan_is_made_again_only_where_something_was_found(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[Plan] = []
    plan = reconcile.plan

    def planned(desired: Desired, observed: Observed, goals: Goals) -> Plan:
        plans.append(plan(desired, observed, goals))
        return plans[-1]

    run(manifests.blog(), around)
    around.engine.stop(DB, 0)
    monkeypatch.setattr(reconcile, "plan", planned)
    loop.look(manifests.blog(), Goals(), around.world)
    assert len(plans) == 1
    around.host.processes[db(around)] = (7,)
    loop.look(manifests.blog(), Goals(), around.world)
    assert len(plans) == 3
