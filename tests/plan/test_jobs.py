"""Plans with jobs, compared as text: whether one has to run, and what waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from scs.model import labels
from scs.model.container import After, Container, Job, Restart
from scs.model.desired import Desired
from scs.model.files import ContainerFile, Fixed, OnChange
from scs.model.identity import Digest
from scs.model.image import ReferencedImage
from scs.model.observed import JobNote, Observed, ObservedContainer, ObservedImage, State
from scs.model.plan import Goals
from scs.model.secret import Fingerprint, SecretUse
from scs.model.service import Endpoint
from scs.model.steps import Change, Do, Step, Unknown
from tests.plan import worlds as w

DB = w.container("db", provides=(w.MYSQL,))
WEB = w.container("web")
DB_ENDPOINT = (Endpoint(host="dev-blog-db-1", port=3306),)
OTHER = Digest("v1:" + "0" * 64)
NAME = "dev-blog-migrate-1"


def job(name: str = "migrate", inputs: Mapping[str, str] | None = None, **extra: Any) -> Container:
    return w.container(name, restart=Restart(policy="no"), job=Job(inputs=inputs or {}), **extra)


MIGRATE = job()


def blog(*containers: Container, jobs: tuple[Container, ...] = (MIGRATE,)) -> Desired:
    return replace(w.desired(*containers), jobs=jobs)


def ran(wish: Container, code: int | None = 0, state: State = "exited", **extra: Any) -> ObservedContainer:
    status = f"Exited ({code}) 3 minutes ago" if code is not None else ""
    made = w.running(wish, state, status=status, **extra)
    return replace(made, labels={**made.labels, labels.JOB: "true"})


def note(wish: Container, **changes: Any) -> Mapping[str, JobNote]:
    return {wish.role: replace(JobNote(digest=wish.digest, image_id=w.IMAGE_ID), **changes)}


def world(*containers: ObservedContainer, **extra: Any) -> Observed:
    return w.world(*containers, **extra)


def text(wish: Desired, there: Observed, goals: Goals = w.APPLY) -> list[str]:
    return str(w.plan(wish, there, goals)).splitlines()


def runs(cause: str) -> list[str]:
    return [
        f"create   job {NAME}: create it from bb:1 (because {cause})",
        f"create   job {NAME}: start it (because {cause})",
        f"create   job {NAME}: wait until it has ended (because {cause})",
    ]


def test_a_job_that_has_not_run_yet_is_made_started_and_waited_for() -> None:
    assert text(blog(), world()) == runs("it has not run yet")


@pytest.mark.parametrize("there", [(), (ran(MIGRATE),), (ran(MIGRATE, 1),)], ids=["pruned", "kept", "tried by hand"])
def test_a_job_that_is_noted_as_done_does_not_run_again(there: tuple[ObservedContainer, ...]) -> None:
    assert w.plan(blog(), world(*there, job_notes=note(MIGRATE))).empty


def test_a_job_that_ended_well_while_nobody_looked_is_only_noted() -> None:
    assert text(blog(), world(ran(MIGRATE))) == [
        f"update   job {NAME}: wait until it has ended (because it has ended, and that was not noted yet)"
    ]


@pytest.mark.parametrize(
    ("there", "cause"),
    [
        (ran(MIGRATE, 1), "its last run exited with 1"),
        (ran(MIGRATE, None), "the engine did not see how its last run ended"),
        (ran(MIGRATE, state="created"), "it was created and not started"),
        (ran(job(inputs={"schema": "1"})), "its inputs changed"),
        (ran(MIGRATE, image_id="sha256:0"), "bb:1 is another image now"),
    ],
)
def test_a_job_runs_again_and_says_why(there: ObservedContainer, cause: str) -> None:
    wish = blog(jobs=(job(inputs={"schema": "2"}),)) if "inputs" in cause else blog()
    assert text(wish, world(there)) == [f"create   job {NAME}: remove it (because {cause})", *runs(cause)]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"digest": OTHER}, "what was asked for changed since its last run"),
        ({"image_id": "sha256:0"}, "bb:1 is another image now"),
    ],
)
def test_a_note_of_other_content_lets_it_run(changes: Mapping[str, str], cause: str) -> None:
    assert text(blog(), world(job_notes=note(MIGRATE, **changes))) == runs(cause)


def test_an_image_that_the_engine_has_no_longer_is_no_reason_to_run_it_again() -> None:
    assert w.plan(blog(), world(images=(), job_notes=note(MIGRATE))).empty


SECRET = SecretUse(secret="password", path="password")


@pytest.mark.parametrize("now", [Fingerprint("2"), Unknown(why="secret password: it is gone")], ids=["other", "lost"])
@pytest.mark.parametrize("noted", [True, False], ids=["noted", "only its container is there"])
def test_another_value_of_a_secret_runs_no_job_again(now: Fingerprint | Unknown, noted: bool) -> None:
    wish = job(secrets=(SECRET,))
    there = ran(wish)
    made_with = {**there.labels, labels.SECRETS: '{"password": "1"}'}
    notes = note(wish) if noted else {}
    seen = world(replace(there, labels=made_with), job_notes=notes, secrets={"password": now})
    assert [line for line in text(blog(jobs=(wish,)), seen) if not line.startswith("update")] == []


def test_a_job_whose_secret_cannot_be_had_is_blocked_until_it_can() -> None:
    wish = job(secrets=(SECRET,))
    seen = world(secrets={"password": Unknown(why="secret password: it is gone")})
    assert text(blog(jobs=(wish,)), seen) == [f"blocked  job {NAME}: secret password: it is gone"]


def test_another_file_runs_a_job_again_and_one_that_is_ignored_does_not() -> None:
    def with_file(content: str, on_change: OnChange) -> Container:
        return job(files=(ContainerFile(path="/etc/a", content=Fixed(text=content), on_change=on_change),))

    expected: tuple[tuple[OnChange, set[str]], ...] = (("recreate", {"its files changed"}), ("ignore", set()))
    for on_change, causes in expected:
        was, now = with_file("1", on_change), with_file("2", on_change)
        plan = w.plan(blog(jobs=(now,)), world(ran(was), job_notes=note(was)))
        assert {one.cause for one in plan.actions} == causes


def test_a_failed_run_of_other_content_is_cleared_away_when_the_content_that_is_done_is_back() -> None:
    failed = ran(job(inputs={"schema": "2"}), 1)
    assert text(blog(), world(failed, job_notes=note(MIGRATE))) == [
        f"remove   job {NAME}: remove it (because something else was asked for by then)"
    ]


def test_a_job_that_runs_is_waited_for() -> None:
    assert text(blog(), world(ran(MIGRATE, state="running"))) == [
        f"update   job {NAME}: wait until it has ended (because it runs since an earlier apply)"
    ]


def test_a_job_that_is_paused_goes_on() -> None:
    assert text(blog(), world(ran(MIGRATE, state="paused"))) == [
        f"update   job {NAME}: let it run on (because it runs since an earlier apply)",
        f"update   job {NAME}: wait until it has ended (because it runs since an earlier apply)",
    ]


def test_what_waits_for_a_job_waits_for_the_run_of_what_is_asked_for_now() -> None:
    web = replace(WEB, after=(After(role="migrate", condition="completed"),))
    there = world(ran(job(inputs={"schema": "1"}), state="running"), w.old_digest(w.running(DB), "process"))
    assert text(blog(DB, web), there) == [
        f"update   job {NAME}: wait until its earlier run has ended (because it runs since an earlier apply)",
        f"waiting  container dev-blog-db-1: nothing is replaced before job {NAME} has ended well: "
        "an earlier run of it has to end first",
        f"waiting  container dev-blog-web-1: starts after {NAME}, of which an earlier run has to end first",
    ]


def test_a_container_starts_after_the_job_that_it_waits_for_and_the_job_after_what_it_requires() -> None:
    migrate = job(requires=(w.NEEDS_MYSQL,))
    web = replace(WEB, after=(After(role="migrate", condition="completed"),))
    starts = [line for line in text(blog(DB, web, jobs=(migrate,)), world()) if ": start" in line or "wait" in line]
    assert [line.partition(" (")[0] for line in starts] == [
        "create   container dev-blog-db-1: start it",
        f"create   job {NAME}: start it",
        f"create   job {NAME}: wait until it has ended",
        "create   container dev-blog-web-1: start it",
    ]


def after(wish: Desired, there: Observed, action: str) -> set[str]:
    """All that has to be done before the action."""
    actions = {one.id: one for one in w.plan(wish, there).actions}
    found: set[str] = set()
    waiting = [one for name, one in actions.items() if name == action]
    assert waiting
    while waiting:
        for one in waiting.pop().after:
            found.add(one)
            waiting.append(actions[one])
    return found


def test_nothing_is_replaced_before_the_jobs_have_ended_but_what_they_need() -> None:
    migrate = job(requires=(w.NEEDS_MYSQL,))
    there = world(w.old_digest(w.running(DB), "process"), w.old_digest(w.running(WEB), "process"))
    wish = blog(DB, WEB, jobs=(migrate,))
    assert f"await {NAME}" in after(wish, there, "start dev-blog-web-1")
    assert "await dev-blog-db-1" in after(wish, there, f"start {NAME}")


def test_two_jobs_that_need_one_role_each_do_not_make_these_wait_for_one_another() -> None:
    other = w.container("other", provides=(w.MYSQL,))
    needs_other = replace(w.NEEDS_MYSQL, source=replace(w.NEEDS_MYSQL.source, role="other"))  # type: ignore[type-var]  # it has a source
    wish = blog(DB, other, jobs=(job("one", requires=(w.NEEDS_MYSQL,)), job("two", requires=(needs_other,))))
    there = world(w.old_digest(w.running(DB), "process"), w.old_digest(w.running(other), "process"))
    assert "await dev-blog-other-1" in after(wish, there, "start dev-blog-two-1")


FAILED = Goals(failed={NAME: "it exited with 1"})


def test_a_job_that_failed_holds_every_replacement_and_what_waits_for_it() -> None:
    web = replace(WEB, after=(After(role="migrate", condition="completed"),))
    there = world(w.old_digest(w.running(DB), "process"), ran(MIGRATE, 1))
    assert text(blog(DB, web), there, FAILED) == [
        f"blocked  container dev-blog-db-1: nothing is replaced before job {NAME} has ended well: it exited with 1",
        f"blocked  container dev-blog-web-1: starts after {NAME}, which is held: it exited with 1",
        f"blocked  job {NAME}: it exited with 1",
    ]
    stands = [one.target.name for one in w.plan(blog(DB, web), there, FAILED).blocked if one.stands]
    assert stands == ["dev-blog-db-1"]


def test_a_job_that_left_the_manifest_is_called_a_job_while_it_is_held() -> None:
    there = world(ran(job("former"), None, "running"))
    assert f"blocked  job dev-blog-former-1: nothing is removed before job {NAME} has ended well: it exited with 1" in (
        text(blog(DB), there, FAILED)
    )


def test_a_job_that_failed_holds_nothing_that_is_new_and_does_not_wait_for_it() -> None:
    assert text(blog(DB), world(), FAILED)[:1] == [
        "create   container dev-blog-db-1: create it from bb:1 (because it does not exist)"
    ]


def test_a_role_that_left_the_manifest_runs_until_the_jobs_have_ended_well() -> None:
    old = w.running(w.container("front"))
    assert f"await {NAME}" in after(blog(WEB), world(old), "stop dev-blog-front-1")
    assert text(blog(WEB), world(old), FAILED) == [
        f"blocked  container dev-blog-web-1: containers of former roles stay before job {NAME} has ended well: "
        "it exited with 1",
        f"blocked  job {NAME}: it exited with 1",
        f"blocked  container dev-blog-front-1: nothing is removed before job {NAME} has ended well: it exited with 1",
    ]


def test_a_role_that_left_the_manifest_goes_first_where_a_job_needs_what_comes_in_its_place() -> None:
    wish = blog(DB, jobs=(job(requires=(w.NEEDS_MYSQL,)),))
    assert "remove dev-blog-front-1" in after(wish, world(w.running(w.container("front"))), f"start {NAME}")


def test_a_network_that_is_made_again_is_left_by_all_even_where_a_job_is_on_it() -> None:
    again = Do(
        steps=(
            Step(operation="remove", says="remove it", change=Change.REPLACE, exclusive=True),
            Step(operation="create", says="create it", change=Change.REPLACE),
        )
    )
    there = world(w.running(WEB), networks=[w.seen(w.NETWORK, steps=again)])
    assert "remove dev-blog-web-1" in after(blog(WEB), there, f"start {NAME}")


def test_a_job_that_left_the_manifest_is_removed() -> None:
    assert text(blog(jobs=()), world(ran(MIGRATE), job_notes=note(MIGRATE))) == [
        f"remove   job {NAME}: remove it (because job migrate is no longer in the manifest)"
    ]


def test_a_container_of_a_role_that_had_the_jobs_name_is_stopped_and_makes_room() -> None:
    cause = "it has not run yet"
    assert text(blog(), world(w.running(WEB, name=NAME, labels=w.running(w.container("migrate")).labels))) == [
        f"create   job {NAME}: stop it (because {cause})",
        f"create   job {NAME}: remove it (because {cause})",
        *runs(cause),
    ]


def test_a_name_that_somebody_else_has_blocks_the_job() -> None:
    there = world(ObservedContainer(id="x", name=NAME))
    assert text(blog(), there) == [
        f"blocked  job {NAME}: the name is taken by a container that is not of dev/blog: "
        f"rename or remove it ('docker rm {NAME}')"
    ]


def test_only_a_role_is_with_the_jobs_that_it_waits_for() -> None:
    first, other = job("first"), job("other")
    migrate = job(after=(After(role="first", condition="completed"),))
    web = replace(WEB, after=(After(role="migrate", condition="completed"),))
    wish = blog(DB, web, jobs=(first, migrate, other))
    found = {one.target.name for one in w.plan(wish, world(), Goals(only=frozenset({"web"}))).actions}
    assert found == {"dev-blog-first-1", NAME, "dev-blog-web-1"}


def test_the_image_of_a_job_is_obtained_before_the_record_of_its_earlier_run_goes() -> None:
    migrate = replace(MIGRATE, image=ReferencedImage(reference="bb:2"))
    assert "pull bb:2" in after(blog(jobs=(migrate,)), world(ran(MIGRATE)), f"remove {NAME}")
    image = ObservedImage(id="sha256:2", tags=("bb:2",))
    assert f"remove {NAME}" in after(blog(jobs=(migrate,)), world(ran(MIGRATE), images=(image,)), f"create {NAME}")


def test_destroy_removes_jobs_before_what_they_need_and_forgets_that_they_are_done() -> None:
    migrate = job(requires=(w.NEEDS_MYSQL,))
    there = world(w.running(DB), ran(migrate), job_notes=note(migrate))
    assert text(blog(DB, jobs=(migrate,)), there, Goals(destroy=True))[:4] == [
        f"remove   job {NAME}: remove it (because it is to be destroyed)",
        "remove   container dev-blog-db-1: stop it (because it is to be destroyed; down: it is removed)",
        "remove   container dev-blog-db-1: remove it (because it is to be destroyed)",
        f"remove   job {NAME}: forget that it was done (because it is to be destroyed)",
    ]
