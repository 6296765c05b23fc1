"""Random manifests with jobs, one after the other: each converges, and a job that fails stops nothing that runs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scs.model.container import After, Container, Job, Process, Restart
from scs.model.desired import Desired
from scs.model.plan import Goals
from scs.model.service import FromRole
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

NAMES = ("a", "b", "c", "d", "e")
"""Roles or jobs, as it comes, from manifest to manifest. What stands later may need what stands before."""


@st.composite
def wishes(draw: st.DrawFn) -> Desired:
    nets = [manifests.network(key, internal=draw(st.booleans())) for key in ("n1", "n2")]
    containers: list[Container] = []
    jobs: list[Container] = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2)):
        roles, done = sorted({one.role for one in containers}), sorted(one.role for one in jobs)
        requires = [
            replace(manifests.NEEDS_MYSQL, name=one, source=FromRole(role=one, provided="mysql"))
            for one in draw(st.lists(st.sampled_from(roles), unique=True, max_size=2) if roles else st.just([]))
        ]
        after = draw(st.lists(st.sampled_from(done), unique=True) if done else st.just([]))
        common: dict[str, Any] = {
            "networks": tuple(nets[: draw(st.integers(1, 2))]),
            "requires": tuple(requires),
            "after": tuple(After(role=one, condition="completed") for one in after),
            "process": Process(env={"V": draw(st.sampled_from("12"))}),
        }
        if draw(st.booleans()):
            jobs.append(manifests.container(name, job=Job(), restart=Restart(policy="no"), **common))
        else:
            common["provides"] = (manifests.MYSQL,)
            containers += [manifests.container(name, number, **common) for number in range(1, draw(st.integers(2, 3)))]
    return Desired(
        identity=manifests.BLOG,
        networks=tuple(nets),
        containers=tuple(sorted(containers, key=lambda one: (one.role, one.number))),
        jobs=tuple(sorted(jobs, key=lambda one: one.role)),
    )


def ids(around: Surroundings) -> set[str]:
    return {one.id for one in around.engine.listing.containers if one.state == "running"}


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(history=st.lists(wishes(), min_size=1, max_size=4), fails=st.lists(st.booleans(), min_size=4, max_size=4))
def test_every_manifest_with_jobs_converges_whatever_was_there(history: list[Desired], fails: list[bool]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(Path(folder))
        engine = around.engine
        for wish, failing in zip(history, fails, strict=False):
            goals = Goals(allow_empty=True)
            if failing:
                engine.exit_codes = {one.name: 1 for one in wish.jobs}
                loop.reconcile_all(wish, goals, around.world, around.reporter)
            engine.exit_codes = {}
            report = loop.reconcile_all(wish, goals, around.world, around.reporter)
            assert report.converged, (report.failed, report.skipped, report.blocked)
            running = {one.name for one in engine.listing.containers if one.state == "running"}
            assert running == {one.name for one in wish.containers}
            engine.calls.clear()
            loop.reconcile_all(wish, goals, around.world, around.reporter)
            assert engine.calls == []


@st.composite
def releases(draw: st.DrawFn) -> tuple[Desired, Desired]:
    """A manifest, and another on the same networks that has a job which nothing needs and which needs nothing."""
    before, after = draw(wishes()), draw(wishes())
    job = manifests.container("zeta", networks=before.networks[:1], job=Job(), restart=Restart(policy="no"))
    nets = {one.name: one for one in before.networks}
    same = [
        replace(one, attachments=tuple(replace(at, identity=nets[at.network].digest) for at in one.attachments))
        for one in after.containers
    ]
    return before, replace(after, networks=before.networks, containers=tuple(same), jobs=(job,))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(release=releases())
def test_a_job_that_fails_stops_nothing_that_runs(release: tuple[Desired, Desired]) -> None:
    before, after = release
    jobs = {one.role for one in before.jobs}
    after = replace(after, containers=tuple(replace(one, after=()) for one in after.containers if one.role not in jobs))
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(Path(folder))
        goals = Goals(allow_empty=True)
        assert loop.reconcile_all(before, goals, around.world, around.reporter).converged
        ran = ids(around)
        around.engine.exit_codes = {after.jobs[0].name: 1}
        report = loop.reconcile_all(after, goals, around.world, around.reporter)
        assert not report.converged
        assert ran <= ids(around)
