"""A run that dies before or after any of its calls, and worlds that people and random manifests leave behind."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scs.model.container import Container, Process
from scs.model.desired import Desired
from scs.model.observed import ObservedContainer
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.model.service import FromRole
from scs.run import loop
from tests.fakes.engine import FakeEngine
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

MUTATING = (
    "create_container", "connect", "start", "unpause", "stop", "rename", "update", "disconnect", "remove_container",
    "exec", "create_network", "remove_network", "create_volume", "remove_volume", "pull",
)  # fmt: skip
PASSES = 3


class Died(BaseException):
    """The process is no more: no handler of scs may see it."""


class Mortal(FakeEngine):
    """Kills the run before or after its k-th call that changes something."""

    def __init__(self, folder: Path) -> None:
        super().__init__(volumes_folder=folder / "volumes")
        self.left = -1
        self.after = False

    def mortally(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == -1 and not self.after:
                raise Died
            result = call(*arguments, **named)
            if self.left == -1:
                raise Died
            return result

        return made

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in MUTATING and super().__getattribute__("left") >= 0:
            return self.mortally(found)
        return found


def run(desired: Desired, around: Surroundings, goals: Goals | None = None) -> Report:
    return loop.reconcile_all(desired, goals or Goals(), around.world, around.reporter)


def changed() -> Desired:
    """The blog with a changed database, a second web server, and without its volume's old neighbour."""
    first = manifests.blog(process=Process(env={"CHANGED": "1"}))
    web = first.containers[1]
    return replace(first, containers=(*first.containers, replace(web, number=2)))


def removed() -> Desired:
    one = manifests.blog()
    return replace(one, containers=one.containers[:1])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", ["fresh", "changed", "removed", "destroyed"])
def test_a_run_that_died_at_any_call_is_finished_by_the_next(story: str, after: bool, tmp_path: Path) -> None:
    wish = {"fresh": manifests.blog, "changed": changed, "removed": removed, "destroyed": manifests.blog}[story]()
    goals = Goals(destroy=story == "destroyed")
    for k in itertools.count():
        engine = Mortal(tmp_path / str(k))
        around = Surroundings(tmp_path / str(k), engine)
        if story != "fresh":
            run(manifests.blog(), around)
        engine.left, engine.after = k, after
        try:
            run(wish, around, goals)
        except Died:
            engine.left = -1
        else:
            assert k > 1
            break
        assert run(wish, around, goals).converged, f"{story}, died {k} {after}"
        engine.calls.clear()
        run(wish, around, goals)
        assert engine.calls == [], f"{story}, died {k} {after}"


ROLES = ("a", "b", "c")


@st.composite
def wishes(draw: st.DrawFn) -> Desired:
    """Any manifest of up to three roles with replicas, volumes, networks, and requirements of earlier roles."""
    keys = draw(st.lists(st.sampled_from(["n1", "n2"]), unique=True, min_size=1))
    nets = [manifests.network(key, internal=draw(st.booleans())) for key in keys]
    data = manifests.volume()
    containers: list[Container] = []
    for role in draw(st.lists(st.sampled_from(ROLES), unique=True, min_size=1)):
        needed = draw(st.sampled_from([None, *sorted({one.role for one in containers})]))
        on_change = draw(st.sampled_from([None, ("/bin/reload",)]))
        requires = (
            (replace(manifests.NEEDS_MYSQL, source=FromRole(role=needed, provided="mysql"), on_change=on_change),)
            if needed
            else ()
        )
        common: dict[str, Any] = {
            "networks": tuple(nets[: draw(st.integers(1, len(nets)))]),
            "volumes": (data,) if draw(st.booleans()) else (),
            "provides": (manifests.MYSQL,),
            "requires": requires,
            "process": Process(env={"V": draw(st.sampled_from("12"))}),
        }
        replicas = draw(st.integers(1, 2))
        containers += [manifests.container(role, number + 1, **common) for number in range(replicas)]
    ordered = tuple(sorted(containers, key=lambda one: (one.role, one.number)))
    return Desired(identity=manifests.BLOG, networks=tuple(nets), volumes=(data,), containers=ordered)


def meddle(around: Surroundings, what: str, which: int) -> None:
    """Something that a person does at the keyboard."""
    engine = around.engine
    mine = [one for one in engine.listing.containers if one.name.startswith("dev-blog-")]
    if not mine:
        return
    one = mine[which % len(mine)]
    match what:
        case "stop":
            engine.stop(one.id, 0)
        case "rm":
            engine.stop(one.id, 0)
            engine.remove_container(one.id)
        case "pause" if one.state == "running":
            engine._put_container(replace(one, state="paused"))
        case _:
            pass


STRANGER = ObservedContainer(id="f" * 64, name="stranger", state="running", status="Up 9 days")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=st.lists(
        st.tuples(wishes(), st.sampled_from(["stop", "rm", "pause", ""]), st.integers(0, 5)), min_size=1, max_size=4
    )
)
def test_from_any_state_one_run_converges_and_the_next_does_nothing(
    history: list[tuple[Desired, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(Path(folder))
        engine = around.engine
        engine.listing = replace(engine.listing, containers=(STRANGER,))
        for wish, what, which in history:
            report = run(wish, around)
            assert report.converged, (report.failed, report.blocked)
            calls = len(engine.calls)
            assert run(wish, around) == replace(Report(), kept=report.kept)
            assert len(engine.calls) == calls
            running = {one.name for one in engine.listing.containers if one.state == "running"}
            assert running == {one.name for one in wish.containers} | {"stranger"}
            assert engine.listing.container("stranger") == STRANGER
            meddle(around, what, which)
