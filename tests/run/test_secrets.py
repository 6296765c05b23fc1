"""Secrets from the host into containers, over the engine in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scs.contract import errors
from scs.contract.engine import OneOff
from scs.model import labels
from scs.model.container import After, Job, Process
from scs.model.desired import Desired
from scs.model.operations import ResumeContainer
from scs.model.plan import Goals
from scs.model.secret import FromVariable, Secret, SecretUse
from scs.run import effects, loop, observe, one_off
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

CANARY = "kanarien-vogel"
USE = SecretUse(secret="db_password", path="mysql/password")
NAME = "dev-blog-web-1"


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    made = Surroundings(tmp_path)
    made.environ["DB_PASSWORD"] = CANARY
    return made


def desired(use: SecretUse = USE, process: Process | None = None) -> Desired:
    container = replace(manifests.container("web"), secrets=(use,), process=process or Process())
    secret = Secret(name="db_password", source=FromVariable(variable="DB_PASSWORD"))
    return Desired(identity=manifests.BLOG, containers=(container,), secrets=(secret,))


def apply(around: Surroundings, wish: Desired) -> str:
    """The summary of failures and of what is blocked; empty when all went well."""
    report = loop.reconcile_all(wish, Goals(), around.world, around.reporter)
    return "; ".join((*(one.why for one in report.failed), *(one.why for one in report.blocked)))


def rotate(around: Surroundings, value: str) -> None:
    around.environ["DB_PASSWORD"] = value
    around.renew_secrets()


def test_the_container_has_the_file_and_its_label_the_fingerprint(around: Surroundings, tmp_path: Path) -> None:
    assert apply(around, desired()) == ""
    file = tmp_path / "run/dev/blog" / NAME / "inside/secrets/mysql/password"
    assert file.read_text() == CANARY
    assert file.stat().st_mode & 0o777 == 0o400
    made = around.engine.listing.container(NAME)
    assert made is not None
    assert CANARY not in str(made)
    assert '"db_password"' in made.labels[labels.SECRETS]
    assert CANARY not in "\n".join(str(plan) for plan in around.reporter.plans)


def test_the_second_run_changes_nothing(around: Surroundings) -> None:
    apply(around, desired())
    around.engine.calls.clear()
    around.renew_secrets()
    assert apply(around, desired()) == ""
    assert around.engine.calls == []


def test_another_value_replaces_the_container(around: Surroundings, tmp_path: Path) -> None:
    apply(around, desired())
    rotate(around, "another-value")
    assert apply(around, desired()) == ""
    assert "replace  container dev-blog-web-1: create it from bb:1 (because its secret db_password was rotated)" in str(
        around.reporter.plans[-1]
    )
    made = around.engine.listing.container(NAME)
    assert made is not None
    file = tmp_path / "run/dev/blog" / made.folder / "inside/secrets/mysql/password"
    assert file.read_text() == "another-value"


def test_a_secret_that_cannot_be_had_leaves_alone_what_runs_as_asked_and_blocks_the_rest(around: Surroundings) -> None:
    apply(around, desired())
    del around.environ["DB_PASSWORD"]
    around.renew_secrets()
    around.engine.calls.clear()
    assert apply(around, desired()) == ""
    why = "secret db_password: the environment variable DB_PASSWORD is not set"
    assert apply(around, desired(process=Process(hostname="new"))) == why
    around.engine.stop(NAME, 0)
    assert apply(around, desired()) == why
    assert around.engine.calls == [f"stop {NAME}"]


def test_the_file_belongs_to_the_user_of_the_container(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr("os.fchown", lambda _handle, uid, gid: given.append((uid, gid)))
    around.engine.user = "app"
    around.engine.files["/etc/passwd"] = b"app:x:1234:1235::/:/bin/sh\n"
    assert apply(around, desired()) == ""
    assert set(given) == {(1234, 1235)}


def test_a_variable_is_set_only_where_it_is_asked_for(around: Surroundings) -> None:
    apply(around, desired())
    assert around.engine.created[-1].secrets == {}
    rotate(around, f"{CANARY}\n")
    apply(around, desired(replace(USE, env="MYSQL_PASSWORD")))
    assert around.engine.created[-1].secrets == {"MYSQL_PASSWORD": CANARY}
    assert CANARY not in repr(around.engine.created[-1])
    assert around.engine.created[-1].labels[labels.SECRET_VARIABLES] == '{"MYSQL_PASSWORD":"db_password"}'


def test_what_is_no_text_is_refused_as_a_variable(around: Surroundings) -> None:
    rotate(around, "\udcff\udcfe")
    wish = desired(replace(USE, env="MYSQL_PASSWORD"))
    assert apply(around, wish).startswith(
        "secret db_password: its value is not text, and cannot be in an environment variable"
    )


def test_a_one_off_container_has_the_secrets_of_its_role(around: Surroundings, tmp_path: Path) -> None:
    apply(around, desired())
    wish = OneOff(command=("true",), terminal=False, stdin=False)
    name = one_off.create(desired(), "web", wish, around.world, around.reporter)
    assert (tmp_path / "run/dev/blog" / name / "inside/secrets/mysql/password").read_text() == CANARY
    del around.environ["DB_PASSWORD"]
    around.renew_secrets()
    with pytest.raises(errors.Failure) as raised:
        one_off.create(desired(), "web", wish, around.world, around.reporter)
    assert raised.value.why == "secret db_password: the environment variable DB_PASSWORD is not set"


def test_an_old_container_that_runs_again_after_a_reboot_has_its_secrets(around: Surroundings, tmp_path: Path) -> None:
    apply(around, desired())
    around.engine.stop(NAME, 0)
    around.world.delivery.forget(manifests.BLOG, NAME)
    old = around.engine.listing.container(NAME)
    assert old is not None
    resume = ResumeContainer(id=old.id, name=NAME, folder=NAME)
    effects.perform(resume, desired(), around.world, observe.Mute())
    assert (tmp_path / "run/dev/blog" / NAME / "inside/secrets/mysql/password").read_text() == CANARY


def test_destroy_asks_for_no_secret(around: Surroundings) -> None:
    apply(around, desired())
    del around.environ["DB_PASSWORD"]
    around.renew_secrets()
    report = loop.reconcile_all(desired(), Goals(destroy=True), around.world, around.reporter)
    assert report.converged
    assert around.engine.listing.container(NAME) is None


def test_the_secret_of_a_job_that_a_chosen_role_waits_for_is_looked_at(around: Surroundings) -> None:
    """One that cannot be read would else fail in the middle, after the old record of the job is gone."""
    wish = desired()
    job = replace(wish.containers[0], role="migrate", job=Job())
    web = replace(wish.containers[0], secrets=(), after=(After(role="migrate", condition="completed"),))
    wish = replace(wish, containers=(web,), jobs=(job,))
    del around.environ["DB_PASSWORD"]
    _, plan = loop.look(wish, Goals(only=frozenset({"web"})), around.world)
    why = "secret db_password: the environment variable DB_PASSWORD is not set"
    assert str(plan).splitlines() == [
        f"blocked  container dev-blog-web-1: starts after dev-blog-migrate-1, which is held: {why}",
        f"blocked  job dev-blog-migrate-1: {why}",
    ]
