"""A container that was changed as it is has labels of before: going back is seen all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scs.model.container import Resources
from scs.model.desired import Desired
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.run import manifests


def run(memory: int, around: Surroundings) -> Report:
    web = replace(manifests.container("web"), resources=Resources(memory=memory))
    wish = Desired(identity=manifests.BLOG, containers=(web,))
    return loop.reconcile_all(wish, Goals(), around.world, around.reporter)


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


def test_notes_of_containers_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    run(64 << 20, around)
    services = tmp_path / "run/dev/blog"
    (services / "dev-blog-gone-1/told").mkdir(parents=True)
    (services / "dev-blog-web-run-0123af").mkdir()
    assert run(64 << 20, around) == Report()
    assert sorted(one.name for one in services.iterdir()) == ["dev-blog-web-1", "dev-blog-web-run-0123af"]
