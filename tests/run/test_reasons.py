"""Why a container or job is as it is, over the engine in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scs.adapters import history_file
from scs.contract import errors
from scs.contract.history import History
from scs.model.container import Job
from scs.model.desired import Desired
from scs.model.plan import Goals
from scs.run import loop, reasons
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

WISH = Desired(identity=manifests.BLOG, jobs=(manifests.container("migrate", job=Job()),))
NAME = "dev-blog-migrate-1"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with closing(history_file.to_write(tmp_path / "history", set_aside=None)) as found:
        yield found


def test_a_job_is_told_of_before_it_has_run_and_after(tmp_path: Path, history: History) -> None:
    around = Surroundings(tmp_path)

    def pending(wish: Desired) -> tuple[str, ...] | None:
        (one,) = reasons.of_target("migrate", wish, around.world, history)
        assert one.container == NAME
        return one.pending

    assert pending(WISH) == (
        f"create   job {NAME}: create it from bb:1 (because it has not run yet)",
        f"create   job {NAME}: start it (because it has not run yet)",
        f"create   job {NAME}: wait until it has ended (because it has not run yet)",
    )
    assert loop.reconcile_all(WISH, Goals(), around.world, around.reporter).converged
    assert pending(WISH) == ()
    again = replace(WISH.jobs[0], job=Job(inputs={"schema": "2"}))
    (first, *_) = pending(replace(WISH, jobs=(again,))) or ()
    assert first == f"create   job {NAME}: remove it (because its inputs changed)"


def test_jobs_are_among_those_that_there_are(tmp_path: Path, history: History) -> None:
    with pytest.raises(errors.Refusal) as refused:
        reasons.of_target("nobody", WISH, Surroundings(tmp_path).world, history)
    assert str(refused.value) == f"no container of any manifest is meant by 'nobody'; there are: {NAME}"
