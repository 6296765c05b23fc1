"""Jobs as a run performs them: once for each content, noted, and nothing replaced when one fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scs.contract import errors
from scs.contract.engine import OneOff
from scs.model.container import After, Job, Process, Restart
from scs.model.desired import Desired
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop, one_off, status
from tests.fakes.engine import FakeEngine
from tests.fakes.surroundings import Surroundings
from tests.run import manifests
from tests.run.test_crash import Died, Mortal

JOB = "dev-blog-migrate-1"
WEB = "dev-blog-web-1"
COMPLETED = After(role="migrate", condition="completed")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def blog(schema: str = "1", *, timeout: float = 600.0, **env: str) -> Desired:
    """The blog, whose web server waits for a migration of the database."""
    first = manifests.blog()
    net = first.networks
    once = Job(inputs={"schema": schema}, timeout=timeout)
    restart = Restart(policy="no")
    migrate = manifests.container("migrate", networks=net, requires=(manifests.NEEDS_MYSQL,), job=once, restart=restart)
    db, web = first.containers
    web = replace(web, after=(COMPLETED,), process=Process(env=env))
    return replace(first, containers=(db, web), jobs=(migrate,))


def run(wish: Desired, around: Surroundings, goals: Goals | None = None) -> Report:
    return loop.reconcile_all(wish, goals or Goals(), around.world, around.reporter)


def count(around: Surroundings, call: str) -> int:
    return around.engine.calls.count(call)


def prune(engine: FakeEngine) -> None:
    """`docker container prune`."""
    kept = tuple(one for one in engine.listing.containers if one.state == "running")
    engine.listing = replace(engine.listing, containers=kept)


def test_a_job_runs_once_and_a_second_apply_does_nothing(around: Surroundings) -> None:
    assert run(blog(), around).converged
    calls = around.engine.calls
    assert calls.index("start dev-blog-db-1") < calls.index(f"start {JOB}") < calls.index(f"start {WEB}")
    calls.clear()
    assert run(blog(), around) == Report()
    assert calls == []


def test_a_job_whose_container_was_cleared_away_does_not_run_again(around: Surroundings) -> None:
    run(blog(), around)
    prune(around.engine)
    assert run(blog(), around) == Report()
    assert count(around, f"start {JOB}") == 1


def test_a_job_whose_note_is_lost_does_not_run_again_while_its_container_is_there(around: Surroundings) -> None:
    run(blog(), around)
    around.world.jobs.forget(manifests.BLOG, "migrate")
    assert run(blog(), around).converged
    assert count(around, f"start {JOB}") == 1
    prune(around.engine)
    assert run(blog(), around) == Report()


def test_changed_inputs_run_it_again(around: Surroundings) -> None:
    run(blog(), around)
    assert run(blog("2"), around).converged
    assert count(around, f"start {JOB}") == 2
    assert run(blog("2"), around) == Report()


def ids(around: Surroundings) -> dict[str, str]:
    return {one.name: one.id for one in around.engine.listing.containers if one.state == "running"}


def test_a_job_that_fails_leaves_what_runs_and_shows_its_output(around: Surroundings) -> None:
    run(blog(), around)
    before = ids(around)
    around.engine.exit_codes[JOB] = 3
    report = run(blog("2", NEW="1"), around)
    assert ids(around) == before
    assert [(one.why, one.detail) for one in report.failed] == [(f"{JOB} exited with 3", f"{JOB} says hello")]
    assert report.stands
    assert {one.action.target.name for one in report.done} == {JOB}
    assert count(around, f"start {JOB}") == 2
    assert {one.name for one in around.engine.listing.containers} == {*before, JOB}


def test_a_job_that_failed_runs_again_with_the_next_apply_and_the_release_goes_on(around: Surroundings) -> None:
    run(blog(), around)
    before = ids(around)
    around.engine.exit_codes[JOB] = 3
    run(blog("2", NEW="1"), around)
    del around.engine.exit_codes[JOB]
    assert run(blog("2", NEW="1"), around).converged
    assert ids(around)[WEB] != before[WEB]
    assert run(blog("2", NEW="1"), around) == Report()


def test_a_job_that_fails_where_nothing_ran_before_is_a_plain_error(around: Surroundings) -> None:
    around.engine.exit_codes[JOB] = 1
    report = run(blog(), around)
    assert not report.stands
    assert [one.name for one in around.engine.listing.containers if one.state == "running"] == ["dev-blog-db-1"]


def test_a_job_that_cannot_start_is_tried_once(around: Surroundings) -> None:
    class Refusing(FakeEngine):
        def start(self, container: str) -> None:
            if container == JOB:
                self._called("start", container)
                raise errors.Failure("exec: migrate: not found")
            super().start(container)

    around.engine.__class__ = Refusing
    report = run(blog(), around)
    assert [one.why for one in report.failed] == ["exec: migrate: not found"]
    assert count(around, f"start {JOB}") == 1


def test_a_job_that_takes_too_long_is_stopped_and_has_failed(around: Surroundings) -> None:
    around.engine.exit_codes[JOB] = None
    began = around.clock.now
    report = run(blog(timeout=60.0), around)
    assert [one.why for one in report.failed] == [f"{JOB} did not end within 60 s and was stopped"]
    assert 60 <= around.clock.now - began < 70
    assert around.world.jobs.read(manifests.BLOG) == {}
    del around.engine.exit_codes[JOB]
    assert run(blog(timeout=60.0), around).converged
    assert count(around, f"start {JOB}") == 2


def test_a_run_that_is_stopped_leaves_the_job_to_itself_and_the_next_waits_for_it(around: Surroundings) -> None:
    class Stopping(FakeEngine):
        def start(self, container: str) -> None:
            super().start(container)
            around.clock.stopped = container == JOB

    around.engine.__class__ = Stopping
    around.engine.exit_codes[JOB] = None
    assert run(blog(), around).interrupted
    around.clock.stopped = False
    del around.engine.exit_codes[JOB]
    assert run(blog(), around).converged
    assert count(around, f"start {JOB}") == 1


def test_a_job_of_earlier_content_that_runs_still_is_waited_for_and_then_made_anew(around: Surroundings) -> None:
    around.engine.exit_codes[JOB] = None
    run(blog(timeout=1.0), around)
    old = around.engine.listing.container(JOB)
    assert old is None  # the fake's processes end with 0 when they are stopped
    del around.engine.exit_codes[JOB]
    run(blog(), around)
    ended = around.engine.listing.container(JOB)
    assert ended is not None
    around.engine._put_container(replace(ended, state="running", status="Up 1 second"))
    around.engine.calls.clear()
    assert run(blog("2"), around).converged
    assert around.engine.calls[:2] == [f"remove_container {ended.id}", f"create_container {JOB}"]


def test_destroy_lets_the_job_run_again(around: Surroundings) -> None:
    run(blog(), around)
    assert run(blog(), around, Goals(destroy=True)).converged
    assert around.world.jobs.read(manifests.BLOG) == {}
    run(blog(), around)
    assert count(around, f"start {JOB}") == 2


def story(name: str) -> tuple[Callable[[], Desired], Goals]:
    wish = {"fresh": blog, "changed": lambda: blog("2", NEW="1"), "destroyed": blog}[name]
    return wish, Goals(destroy=name == "destroyed")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["fresh", "changed", "destroyed"])
def test_a_run_that_died_at_any_call_runs_the_job_once(name: str, after: bool, tmp_path: Path) -> None:
    wish, goals = story(name)
    for k in itertools.count():
        engine = Mortal(tmp_path / str(k))
        around = Surroundings(tmp_path / str(k), engine)
        if name != "fresh":
            run(blog(), around)
        engine.calls.clear()
        engine.left, engine.after = k, after
        try:
            run(wish(), around, goals)
        except Died:
            engine.left = -1
        else:
            assert k > 1
            break
        died = f"{name}, died {k} {after}"
        assert run(wish(), around, goals).converged, died
        assert count(around, f"start {JOB}") == (0 if name == "destroyed" else 1), died
        engine.calls.clear()
        assert run(wish(), around, goals) == Report(kept=run(wish(), around, goals).kept), died
        assert engine.calls == [], died


def test_status_says_of_a_job_whether_it_is_done(around: Surroundings) -> None:
    assert [row.status for row in status.of_manifest(blog(), around.world).rows][-1] == ""
    run(blog(), around)
    (row,) = (one for one in status.of_manifest(blog(), around.world).rows if one.container == JOB)
    assert (row.role, row.kind) == ("migrate", "job")
    assert (row.state, row.status) == ("exited", "done 1 second ago")
    prune(around.engine)
    (row,) = (one for one in status.of_manifest(blog(), around.world).rows if one.container == JOB)
    assert (row.role, row.kind) == ("migrate", "job")
    assert (row.state, row.status[:8]) == ("absent", "done on ")
    around.engine.exit_codes[JOB] = 4
    run(blog("2"), around)
    (row,) = (one for one in status.of_manifest(blog("2"), around.world).rows if one.container == JOB)
    assert (row.state, row.status) == ("exited", "failed (4) 1 second ago")


def test_a_one_off_of_a_job_is_no_run_of_it(around: Surroundings) -> None:
    run(blog(), around)
    wish = OneOff(command=("sh",), terminal=False, stdin=False)
    name = one_off.create(blog(), "migrate", wish, around.world, around.reporter)
    assert name.startswith("dev-blog-migrate-run-")
    around.engine.calls.clear()
    assert run(blog(), around) == Report()
    assert around.engine.calls == []


def test_what_a_job_says_last_is_shown_once_while_it_runs(around: Surroundings) -> None:
    around.engine.exit_codes[JOB] = None
    run(blog(timeout=5.0), around)
    assert around.reporter.lines.count(f"{JOB} says hello") == 1


def test_only_a_role_that_waits_for_a_job_runs_that(around: Surroundings) -> None:
    run(blog(), around)
    assert run(blog("2", NEW="1"), around, Goals(only=frozenset({"web"}))).converged
    assert count(around, f"start {JOB}") == 2


def test_somebody_who_removes_a_job_while_it_runs_fails_it(around: Surroundings) -> None:
    class Removing(FakeEngine):
        def logs(self, container: str, *, tail: int) -> tuple[str, ...]:
            kept = tuple(one for one in self.listing.containers if one.name != JOB)
            self.listing = replace(self.listing, containers=kept)
            return ()

    around.engine.__class__ = Removing
    report = run(blog(), around)
    assert [one.why for one in report.failed] == [f"{JOB} is gone while its end was waited for: somebody removed it"]
