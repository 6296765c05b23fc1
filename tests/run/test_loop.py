"""Whole runs over the engine in memory: they converge, end, and say what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provisioners.docker_volume import DockerVolume
from scs.contract import errors
from scs.contract.context import Context
from scs.contract.engine import Creation, ExecResult
from scs.model.container import Process
from scs.model.desired import Desired
from scs.model.image import ReferencedImage
from scs.model.observed import Listing
from scs.model.outcome import Failed, Report
from scs.model.plan import Goals
from scs.model.service import Publish
from scs.model.steps import Observation, Step
from scs.model.storage import Volume
from scs.run import loop
from tests.fakes.engine import FakeEngine
from tests.fakes.surroundings import Surroundings
from tests.run import manifests


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def run(desired: Desired, around: Surroundings, goals: Goals | None = None) -> Report:
    return loop.reconcile_all(desired, goals or Goals(), around.world, around.reporter)


def states(around: Surroundings) -> dict[str, str]:
    return {one.name: one.state for one in around.engine.listing.containers}


def test_a_first_run_brings_everything_up(around: Surroundings) -> None:
    report = run(manifests.blog(), around)
    assert states(around) == {"dev-blog-db-1": "running", "dev-blog-web-1": "running"}
    assert report.converged
    assert [one.name for one in around.engine.listing.volumes] == ["dev-blog-data"]


def test_a_second_run_makes_no_call_that_changes_anything(around: Surroundings) -> None:
    run(manifests.blog(), around)
    around.engine.calls.clear()
    around.host.probes.clear()
    report = run(manifests.blog(), around)
    assert around.engine.calls == []
    assert around.host.probes == []
    assert report == Report()


def test_a_container_knows_its_requirement_from_its_files(around: Surroundings, tmp_path: Path) -> None:
    run(manifests.blog(), around)
    told = tmp_path / "run/dev/blog/dev-blog-web-1/inside/requires/mysql.json"
    assert json.loads(told.read_text()) == {
        "requirement": "mysql",
        "endpoints": [{"host": "dev-blog-db-1", "port": 3306, "address": "dev-blog-db-1:3306"}],
    }


def test_what_was_stopped_by_hand_runs_again(around: Surroundings) -> None:
    run(manifests.blog(), around)
    around.engine.stop("dev-blog-db-1", 0)
    assert run(manifests.blog(), around).converged
    assert states(around)["dev-blog-db-1"] == "running"


def test_a_failed_pull_skips_what_needs_it_and_nothing_else(tmp_path: Path) -> None:
    class NoRegistry(FakeEngine):
        def pull(self, reference: str) -> Iterator[str]:
            raise errors.Failure(f"no registry has {reference}")

    around = Surroundings(tmp_path, NoRegistry())
    desired = manifests.blog()
    missing = replace(desired.containers[0], image=ReferencedImage(reference="gone:1"))
    alone = manifests.container("alone")
    wish = replace(desired, containers=(alone, missing, desired.containers[1]))
    report = run(wish, around)
    assert states(around)["dev-blog-alone-1"] == "running"
    assert [one.why for one in report.failed] == ["no registry has gone:1"]
    assert {str(one.action.target) for one in report.skipped} >= {"container dev-blog-db-1"}
    assert "dev-blog-db-1" not in states(around)


def test_an_unhealthy_container_fails_with_its_last_words(around: Surroundings) -> None:
    around.host.sick["172.18.0.3"] = "GET / on port 80 answers 500"
    report = run(manifests.blog(), around)
    assert [(one.why, one.detail) for one in report.failed] == [
        ("dev-blog-web-1 is not healthy after 75 s: GET / on port 80 answers 500", "dev-blog-web-1 says hello")
    ]


def test_the_next_run_looks_at_health_again_when_it_was_not_seen(around: Surroundings) -> None:
    around.host.sick["172.18.0.3"] = "connection refused"
    run(manifests.blog(), around)
    around.host.sick.clear()
    assert run(manifests.blog(), around).converged
    around.host.probes.clear()
    run(manifests.blog(), around)
    assert around.host.probes == []


class Ending(FakeEngine):
    """An engine whose containers end as soon as they are started."""

    def start(self, container: str) -> None:
        super().start(container)
        self.stop(container, 0)


def test_a_container_that_ends_again_and_again_is_reported_and_not_started_for_ever(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Ending())
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("job"),)), around)
    assert [(one.why, one.detail) for one in report.failed] == [
        (
            "dev-blog-job-1: start it: done 2 times, and asked for again because it does not run: "
            "Exited (0) 1 second ago",
            "dev-blog-job-1 says hello",
        )
    ]


class Restless(FakeEngine):
    """An engine that has started the container once more by itself at each of so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks
        self.seen = 0

    def restarts(self, container: str) -> int | None:
        self.seen = min(self.seen + 1, self.looks)
        return self.seen


def test_a_container_that_the_engine_has_to_start_again_and_again_has_failed(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Restless(1000))
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("job"),)), around)
    assert [(one.action.id, one.why, one.detail) for one in report.failed] == [
        (
            "start dev-blog-job-1",
            "dev-blog-job-1 does not go on running: the engine starts it again and again",
            "dev-blog-job-1 says hello",
        )
    ]


def test_a_container_that_stumbles_and_then_runs_is_done(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Restless(2))
    assert run(Desired(identity=manifests.BLOG, containers=(manifests.container("job"),)), around).converged


class Losing(FakeEngine):
    """An engine that makes containers and loses the reply."""

    def create_container(self, creation: Creation) -> str:
        super().create_container(creation)
        raise errors.Uncertain("the connection ended before the engine answered")


def test_a_lost_reply_is_looked_up_and_not_repeated(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Losing())
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("db"),)), around)
    assert report.converged
    assert {one.action.id for one in report.done} == {"start dev-blog-db-1", "create dev-blog-db-1"}
    assert states(around) == {"dev-blog-db-1": "running"}
    assert around.engine.calls.count("create_container dev-blog-db-1") == 1


class Restarting(FakeEngine):
    """An engine that refuses the first starts, as one that comes up does."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    def start(self, container: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise errors.Retry("the engine is starting")
        super().start(container)


def test_transient_failures_are_tried_again_with_growing_pauses(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Restarting(3))
    began = around.clock.now
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("db"),)), around)
    assert report.converged
    assert around.clock.now - began >= 0.5 + 1.0 + 2.0


def test_a_failure_that_does_not_go_away_ends_the_run(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Restarting(1000))
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("db"),)), around)
    assert [one.why for one in report.failed] == ["the engine is starting"]


def test_an_interrupted_run_says_what_was_not_done(around: Surroundings) -> None:
    around.clock.stopped = True
    report = run(manifests.blog(), around)
    assert report.interrupted
    assert {one.why for one in report.skipped} >= {errors.STOPPED}
    assert around.engine.calls == []


def test_a_change_replaces_and_keeps_the_volume(around: Surroundings) -> None:
    run(manifests.blog(), around)
    (Path(around.engine.listing.volumes[0].mountpoint) / "canary").write_text("here")
    before = around.engine.listing.container("dev-blog-db-1")
    assert run(manifests.blog(process=Process(env={"A": "1"})), around).converged
    after = around.engine.listing.container("dev-blog-db-1")
    assert before is not None
    assert after is not None
    assert before.id != after.id
    assert (Path(around.engine.listing.volumes[0].mountpoint) / "canary").read_text() == "here"


def test_destroy_leaves_data_and_nothing_else(around: Surroundings) -> None:
    run(manifests.blog(), around)
    report = run(manifests.blog(), around, Goals(destroy=True))
    assert report.converged
    assert around.engine.listing.containers == ()
    assert [one.name for one in around.engine.listing.networks if one.labels] == []
    assert [one.name for one in around.engine.listing.volumes] == ["dev-blog-data"]


def test_destroy_deletes_the_data_that_is_named(around: Surroundings) -> None:
    run(manifests.blog(), around)
    run(manifests.blog(), around, Goals(destroy=True, delete_data=frozenset({"data"})))
    assert around.engine.listing.volumes == ()


def test_another_replica_is_told_to_who_listens(around: Surroundings) -> None:
    one = manifests.blog()
    listening = replace(one.containers[1], requires=(replace(manifests.NEEDS_MYSQL, on_change=("/bin/reload",)),))
    one = replace(one, containers=(one.containers[0], listening))
    run(one, around)
    around.engine.calls.clear()
    more = replace(one, containers=(one.containers[0], replace(one.containers[0], number=2), listening))
    assert run(more, around).converged
    assert around.engine.calls[-1] == "exec dev-blog-web-1 /bin/reload"
    around.engine.calls.clear()
    assert run(more, around) == Report()


def test_a_failed_on_change_is_tried_again_by_the_next_run(around: Surroundings) -> None:
    one = manifests.blog()
    listening = replace(one.containers[1], requires=(replace(manifests.NEEDS_MYSQL, on_change=("/bin/reload",)),))
    one = replace(one, containers=(one.containers[0], listening))
    run(one, around)
    more = replace(one, containers=(one.containers[0], replace(one.containers[0], number=2), listening))
    around.engine.commands["dev-blog-web-1"] = lambda command: ExecResult(code=1, output="no such file")
    report = run(more, around)
    assert [(type(one), one.why, one.detail) for one in report.failed] == [
        (Failed, "dev-blog-web-1: on_change of mysql (/bin/reload) exited with 1: it still uses the old endpoints",
         "no such file")
    ]  # fmt: skip
    del around.engine.commands["dev-blog-web-1"]
    assert run(more, around).converged


class Refusing(FakeEngine):
    """An engine on which one container cannot be started."""

    def start(self, container: str) -> None:
        if container == "dev-blog-a-1":
            raise errors.Failure("exec format error")
        super().start(container)


def test_a_start_that_fails_keeps_nobody_else_from_starting(tmp_path: Path) -> None:
    auto = replace(manifests.HTTP, check=None, publish=Publish())
    around = Surroundings(tmp_path, Refusing())
    containers = tuple(manifests.container(role, provides=(auto,)) for role in ("a", "b"))
    report = run(Desired(identity=manifests.BLOG, containers=containers), around)
    assert states(around) == {"dev-blog-a-1": "created", "dev-blog-b-1": "running"}
    assert report.skipped == ()


class Dying(FakeEngine):
    """An engine that is gone once it has started something."""

    gone = False

    def start(self, container: str) -> None:
        super().start(container)
        self.gone = True

    def list(self) -> Listing:
        if self.gone:
            raise errors.EngineUnavailable("no engine answers")
        return super().list()


def test_an_engine_that_dies_later_does_not_take_the_report_with_it(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Dying())
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("a"),)), around)
    assert report.trouble == "no engine answers"
    assert not report.converged
    assert [one.action.id for one in report.done] == ["create dev-blog-a-1", "start dev-blog-a-1"]


def test_a_provisioner_that_cannot_look_leaves_unknown_and_blocks_only_its_users(around: Surroundings) -> None:
    class Blind(DockerVolume):
        def observe(self, volume: Volume, context: Context) -> Observation:
            raise errors.Retry("the server is mute")

    around.world = replace(around.world, volumes={"docker": Blind()})
    alone = manifests.container("alone")
    desired = manifests.blog()
    report = run(replace(desired, containers=(alone, *desired.containers)), around)
    assert states(around) == {"dev-blog-alone-1": "running"}
    assert "the server is mute" in report.blocked[0].why


def test_a_plug_ins_own_mistake_is_a_failure_like_others(around: Surroundings) -> None:
    class Careless(DockerVolume):
        def perform(self, volume: Volume, step: Step, context: Context) -> None:
            raise ZeroDivisionError("division by zero")

    around.world = replace(around.world, volumes={"docker": Careless()})
    report = run(manifests.blog(), around)
    assert [one.why for one in report.failed] == [
        "ZeroDivisionError: division by zero (a mistake of scs or of a provisioner, please report it)"
    ]


def test_what_ends_right_after_its_start_is_not_called_done(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    engine, clock = around.engine, around.clock
    sleep = clock.sleep

    def crash_meanwhile(seconds: float) -> None:
        sleep(seconds)
        if seconds and engine.listing.container("dev-blog-job-1"):
            engine.stop("dev-blog-job-1", 0)

    clock.sleep = crash_meanwhile  # type: ignore[method-assign]  # the world turns while scs sleeps
    report = run(Desired(identity=manifests.BLOG, containers=(manifests.container("job"),)), around)
    assert [one.action.id for one in report.failed] == ["start dev-blog-job-1"]
