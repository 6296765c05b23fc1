"""A container that was changed as it is has labels of before: going back is seen all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scs.model.container import Resources, Restart
from scs.model.desired import Desired, Drift
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.model.steps import Change
from scs.plan import drift as drifting
from scs.run import loop, observe
from tests.fakes.surroundings import Surroundings
from tests.run import manifests


def wish(memory: int, drift: Drift = "repair") -> Desired:
    web = replace(manifests.container("web"), resources=Resources(memory=memory))
    return Desired(identity=manifests.BLOG, containers=(web,), drift=drift)


def run(memory: int, around: Surroundings, drift: Drift = "repair") -> Report:
    return loop.reconcile_all(wish(memory, drift), Goals(), around.world, around.reporter)


def drifted(memory: int, around: Surroundings) -> tuple[list[str], tuple[str, ...]]:
    asked = wish(memory)
    found = drifting.drift(asked, observe.observe(asked, Goals(deep=True), around.world))
    return [str(one) for one in found.drifted], found.pending


def memory(around: Surroundings) -> int | None:
    live = around.engine.live("dev-blog-web-1")
    assert live is not None
    return live.memory


def test_limits_go_there_and_back_without_another_container(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    for wanted in (64 << 20, 96 << 20, 64 << 20):
        assert run(wanted, around).converged
        assert memory(around) == wanted
        around.engine.calls.clear()
        assert run(wanted, around) == Report()
        assert around.engine.calls == []
    assert "create_container dev-blog-web-1.next" not in around.engine.calls


def test_going_back_is_asked_for_and_no_change_by_hand(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    for wanted in (64 << 20, 96 << 20, 64 << 20):
        assert run(wanted, around, "report").converged
        assert memory(around) == wanted
    causes = [one.cause for plan in around.reporter.plans for one in plan.actions if one.change is Change.UPDATE]
    assert causes == ["its limits changed"] * 2


def test_a_network_that_is_asked_for_no_longer_is_left_again(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    nets = (manifests.network(), manifests.network("more"))
    for count in (1, 2, 1):
        web = manifests.container("web", networks=nets[:count])
        asked = Desired(identity=manifests.BLOG, networks=nets, containers=(web,), drift="report")
        assert loop.reconcile_all(asked, Goals(), around.world, around.reporter).converged
        (there,) = around.engine.listing.containers
        assert [one.network for one in there.attachments] == [one.name for one in nets[:count]]


def test_what_is_changed_by_hand_after_a_change_of_the_manifest_is_drift_and_not_pending(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    run(64 << 20, around)
    run(96 << 20, around)
    assert drifted(96 << 20, around) == ([], ())
    around.engine.update("dev-blog-web-1", Resources(memory=32 << 20), Restart())
    said = f"container dev-blog-web-1: resources.memory is {32 << 20}, not {96 << 20}"
    assert drifted(96 << 20, around) == ([said], ())
    assert drifted(80 << 20, around) == ([], ("dev-blog-web-1",))
    report = run(96 << 20, around, "report")
    why = f"it was changed by hand: resources.memory: {32 << 20} -> {96 << 20}"
    assert [one.why for one in report.blocked] == []
    assert memory(around) == 32 << 20
    assert why in "".join(around.reporter.plans[-1].kept)
    run(96 << 20, around)
    assert memory(around) == 96 << 20
    assert [one.cause for one in around.reporter.plans[-1].actions] == ["it was changed by hand"]


def test_notes_of_containers_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    run(64 << 20, around)
    services = tmp_path / "run/dev/blog"
    (services / "dev-blog-gone-1/told").mkdir(parents=True)
    (services / "dev-blog-web-run-0123af").mkdir()
    assert run(64 << 20, around) == Report()
    assert sorted(one.name for one in services.iterdir()) == ["dev-blog-web-1", "dev-blog-web-run-0123af"]
