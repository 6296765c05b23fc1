"""A replacement that fails, is interrupted or dies half-way: what ran before runs again, and nothing is left behind."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scs.contract import errors
from scs.contract.engine import Creation
from scs.model.container import Attachment, Process, Update
from scs.model.desired import Desired
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop
from tests.fakes.engine import FakeEngine
from tests.fakes.surroundings import Surroundings
from tests.run import manifests
from tests.run.test_crash import Died, Mortal

START_FIRST = Update()
STOP_FIRST = Update(order="stop-first")
NAME = "dev-blog-db-1"


class Refusing(Mortal):
    """Refuses one call for containers whose environment holds BAD."""

    def __init__(self, folder: Path, call: str = "") -> None:
        super().__init__(folder)
        self.refused = call
        self.bad: set[str] = set()

    def create_container(self, creation: Creation) -> str:
        bad = "BAD" in creation.container.process.env
        if bad and self.refused == "create":
            raise errors.Failure("no such device")
        made = super().create_container(creation)
        self.bad |= {made, creation.name} if bad else set()
        return made

    def connect(self, container: str, attachment: Attachment) -> None:
        if self.refused == "connect" and container in self.bad:
            raise errors.Failure("address already in use")
        super().connect(container, attachment)

    def start(self, container: str) -> None:
        if self.refused == "start" and self._container(container).id in self.bad:
            raise errors.Failure("port is already allocated")
        super().start(container)
        if self.refused == "await" and self._container(container).id in self.bad:
            self._put_container(replace(self._container(container), state="exited", status="Exited (1) now"))


def blog(update: Update = START_FIRST, **env: str) -> Desired:
    """A database on two networks, so that there is something to connect."""
    nets = (manifests.network("n1"), manifests.network("n2"))
    db = manifests.container("db", networks=nets, provides=(manifests.MYSQL,), process=Process(env=env), update=update)
    return Desired(identity=manifests.BLOG, networks=nets, containers=(db,))


def run(wish: Desired, around: Surroundings) -> Report:
    return loop.reconcile_all(wish, Goals(), around.world, around.reporter)


def states(engine: FakeEngine) -> dict[str, str]:
    return {one.name: one.state for one in engine.listing.containers}


def ran(around: Surroundings, name: str = NAME) -> str:
    found = around.engine.listing.container(name)
    assert found is not None
    assert found.state == "running"
    return found.id


@pytest.mark.parametrize("update", [START_FIRST, STOP_FIRST], ids=["start-first", "stop-first"])
@pytest.mark.parametrize("call", ["create", "connect", "start", "await"])
def test_a_change_that_fails_leaves_what_ran_before(call: str, update: Update, tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Refusing(tmp_path, call))
    run(blog(update), around)
    before = ran(around)
    report = run(blog(update, BAD="1"), around)
    assert ran(around) == before
    assert report.stands
    assert len(report.failed) == 1
    kept = {} if call == "create" else {f"{NAME}.failed"}
    assert set(states(around.engine)) == {NAME, *kept}
    around.engine.calls.clear()
    assert run(blog(update), around).converged
    assert around.engine.calls == []


@pytest.mark.parametrize("update", [START_FIRST, STOP_FIRST], ids=["start-first", "stop-first"])
def test_a_good_change_after_a_failed_one_leaves_nothing_beside_it(update: Update, tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Refusing(tmp_path, "await"))
    run(blog(update), around)
    before = ran(around)
    for _ in range(2):
        assert run(blog(update, BAD="1"), around).stands
    assert states(around.engine) == {NAME: "running", f"{NAME}.failed": "exited"}
    assert run(blog(update, GOOD="1"), around).converged
    assert states(around.engine) == {NAME: "running"}
    assert ran(around) != before


def test_the_engine_starts_what_failed_never_again_and_what_came_back_always(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Refusing(tmp_path, "await"))
    run(blog(STOP_FIRST), around)
    run(blog(STOP_FIRST, BAD="1"), around)
    policies = {one.name: around.engine.made[one.id][1].policy for one in around.engine.listing.containers}
    assert policies == {NAME: "unless-stopped", f"{NAME}.failed": "no"}


def test_start_first_never_stops_the_old_one_before_the_new_one_is_healthy(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Refusing(tmp_path, "await"))
    run(blog(), around)
    before = ran(around)
    around.engine.calls.clear()
    run(blog(BAD="1"), around)
    assert f"stop {before}" not in around.engine.calls
    assert not any(call.startswith(f"rename {before}") for call in around.engine.calls)


def test_an_interrupted_change_is_taken_back(tmp_path: Path) -> None:
    class Stopping(Refusing):
        def start(self, container: str) -> None:
            super().start(container)
            around.clock.stopped = True

    around = Surroundings(tmp_path, Refusing(tmp_path))
    run(blog(STOP_FIRST), around)
    before = ran(around)
    around.engine.__class__ = Stopping
    report = run(blog(STOP_FIRST, NEW="1"), around)
    assert report.interrupted
    assert report.stands
    assert ran(around) == before
    assert states(around.engine) == {NAME: "running", f"{NAME}.failed": "exited"}


class Halting(Mortal):
    """At its k-th call that changes something, once: Ctrl-C is pressed, or the engine refuses."""

    halt: Callable[[], None]

    def mortally(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == -1:
                self.halt()
            return call(*arguments, **named)

        return made


def refuse() -> None:
    raise errors.Failure("refused on purpose")


@pytest.mark.parametrize("update", [START_FIRST, STOP_FIRST], ids=["start-first", "stop-first"])
@pytest.mark.parametrize("refused", [False, True], ids=["interrupted", "refused"])
def test_a_change_that_is_halted_at_any_call_leaves_one_that_runs(
    refused: bool, update: Update, tmp_path: Path
) -> None:
    for k in itertools.count():
        around = Surroundings(tmp_path / str(k), engine := Halting(tmp_path / str(k)))
        engine.halt = refuse if refused else functools.partial(setattr, around.clock, "stopped", True)
        run(blog(update), around)
        engine.left = k
        report = run(blog(update, NEW="1"), around)
        if engine.left >= 0:
            assert k > 3
            break
        engine.left, around.clock.stopped = -1, False
        assert states(engine)[NAME] == "running", f"halted {k}: {report}"
        assert engine.made[ran(around)][1].policy == "unless-stopped", f"halted {k}"
        assert refused or "created" not in states(engine).values(), f"halted {k}: kept what nobody tried"
        assert run(blog(update, NEW="1"), around).converged


def test_the_first_replica_that_fails_stops_the_others(tmp_path: Path) -> None:
    def wish(**env: str) -> Desired:
        one = blog(START_FIRST, **env)
        return replace(one, containers=tuple(replace(one.containers[0], number=number) for number in (1, 2, 3)))

    around = Surroundings(tmp_path, Refusing(tmp_path, "await"))
    run(wish(), around)
    before = {one.name: one.id for one in around.engine.listing.containers}
    report = run(wish(BAD="1"), around)
    assert {name: ran(around, name) for name in before} == before
    assert [str(one) for one in report.blocked if "db-3" in one.target.name] == [
        "blocked  container dev-blog-db-3: the change of dev-blog-db-1 failed, and it stays as it is"
    ]


def test_the_first_replica_that_fails_stops_no_others_where_the_manifest_says_so(tmp_path: Path) -> None:
    def wish(**env: str) -> Desired:
        one = blog(Update(on_failure="continue"), **env)
        good = replace(one.containers[0], number=2, process=Process(env={"GOOD": "1"} if env else {}))
        return replace(one, containers=(one.containers[0], good))

    around = Surroundings(tmp_path, Refusing(tmp_path, "await"))
    run(wish(), around)
    before = {one.name: one.id for one in around.engine.listing.containers}
    run(wish(BAD="1"), around)
    assert ran(around) == before[NAME]
    assert ran(around, "dev-blog-db-2") != before["dev-blog-db-2"]


def with_internal_network(**env: str) -> Desired:
    one = blog(START_FIRST, **env)
    return replace(one, networks=(manifests.network("n1", internal=True), one.networks[1]))


def test_a_run_ends_when_what_ran_before_went_with_its_network(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, Refusing(tmp_path, "create"))
    run(blog(), around)
    report = run(with_internal_network(BAD="1"), around)
    assert [one.action.id for one in report.failed] == [f"create {NAME}"]
    assert not report.stands
    assert states(around.engine) == {}


def test_a_network_that_cannot_be_replaced_keeps_nobody_else_from_changing(tmp_path: Path) -> None:
    class Walled(Refusing):
        def create_network(self, *arguments: Any) -> None:
            raise errors.Failure("no free address")

    def wish(one: Desired, **env: str) -> Desired:
        return replace(one, containers=(*one.containers, manifests.container("far", process=Process(env=env))))

    around = Surroundings(tmp_path, Refusing(tmp_path))
    run(wish(blog()), around)
    before = ran(around, "dev-blog-far-1")
    around.engine.__class__ = Walled
    report = run(wish(with_internal_network(), NEW="1"), around)
    assert [one.action.id for one in report.failed] == ["create network dev-blog-n1"]
    assert ran(around, "dev-blog-far-1") != before


@pytest.mark.parametrize("update", [START_FIRST, STOP_FIRST], ids=["start-first", "stop-first"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("then", ["old", "new", "other"])
@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_a_change_that_died_at_any_call_is_finished_or_undone(
    bad: bool, then: str, after: bool, update: Update, tmp_path: Path
) -> None:
    wishes = {"old": blog(update), "new": blog(update, NEW="1"), "other": blog(update, OTHER="1")}
    for k in itertools.count():
        engine = Refusing(tmp_path / str(k), "await")
        around = Surroundings(tmp_path / str(k), engine)
        run(wishes["old"], around)
        engine.left, engine.after = k, after
        try:
            run(blog(update, BAD="1") if bad else wishes["new"], around)
        except Died:
            engine.left = -1
        else:
            assert k > 3
            break
        assert run(wishes[then], around).converged, f"died {k}"
        assert {name for name, state in states(engine).items() if not name.endswith(".failed")} == {NAME}
        assert ran(around)
        engine.calls.clear()
        run(wishes[then], around)
        assert engine.calls == [], f"died {k}"
