"""Volumes of type `docker`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioners import ownership
from provisioners.docker_volume import DockerVolume
from scs.contract import errors
from scs.model import labels
from scs.model.identity import Identity
from scs.model.observed import ObservedContainer
from scs.model.problem import InvalidSpec
from scs.model.steps import Change, Do, Goal, Present, Refused, Step, Steps
from scs.model.storage import EngineVolume, Volume
from tests.fakes.context import context
from tests.fakes.engine import FakeEngine
from tests.provisioners.worlds import spec

DOCKER = DockerVolume()
CREATE = Step(operation="create", says="create the engine's volume dev-blog-db")
REMOVE = Step(
    operation="remove",
    says="delete the engine's volume dev-blog-db with its data",
    change=Change.REMOVE,
    exclusive=True,
    data_at_risk=True,
)
FOREIGN = (
    "the engine has a volume dev-blog-db already, made by something else than scs, not for dev/blog: give this volume "
    "another 'name', or save what is in the other and remove it with 'docker volume rm dev-blog-db'"
)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


def volume(**options: Any) -> Volume:
    return DOCKER.prepare(spec("docker", "db", options), None)


def steps(wanted: Volume, engine: FakeEngine, goal: Goal) -> Steps:
    return DOCKER.steps(wanted, DOCKER.observe(wanted, context(engine)), goal)


def made(engine: FakeEngine, wanted: Volume) -> None:
    DOCKER.perform(wanted, CREATE, context(engine))


def use(engine: FakeEngine, name: str, **marks: str) -> None:
    user = ObservedContainer(id=name * 8, name=name, labels=marks, volumes=("dev-blog-db",))
    engine.listing = replace(engine.listing, containers=(*engine.listing.containers, user))


def test_it_is_created_with_labels_that_say_whose_it_is(engine: FakeEngine) -> None:
    wanted = volume(driver_options={"size": 10, "ro": False})
    assert steps(wanted, engine, Goal.PRESENT) == Do(steps=(CREATE,))
    made(engine, wanted)
    (found,) = engine.listing.volumes
    assert (found.name, found.driver, dict(found.options)) == ("dev-blog-db", "local", {"ro": "false", "size": "10"})
    assert found.labels == {
        labels.ENVIRONMENT: "dev",
        labels.SERVICE: "blog",
        labels.KEY: "db",
        labels.TYPE: "docker",
        labels.DIGEST: wanted.digest,
    }
    assert steps(wanted, engine, Goal.PRESENT) == Do()


def test_its_name_can_be_chosen(engine: FakeEngine) -> None:
    wanted = volume(name="Precious.1")
    made(engine, wanted)
    assert [one.name for one in engine.listing.volumes] == ["Precious.1"]
    assert steps(wanted, engine, Goal.PRESENT) == Do()


def test_a_name_that_the_engine_would_not_take_is_refused() -> None:
    with pytest.raises(InvalidSpec) as caught:
        volume(name="a/b")
    assert caught.value.message == "'a/b' is not a name for a volume of the engine"
    assert caught.value.option == "name"


def test_a_default_that_is_written_out_changes_nothing() -> None:
    written = volume(name="dev-blog-db", driver="local", driver_options={})
    assert written == volume()
    assert written.digest == volume().digest


def test_a_volume_of_somebody_else_is_not_taken_for_ours(engine: FakeEngine) -> None:
    engine.add_volume("dev-blog-db")
    wanted = volume()
    assert steps(wanted, engine, Goal.PRESENT) == Refused(why=FOREIGN)
    assert steps(wanted, engine, Goal.RELEASED) == Do()
    assert steps(wanted, engine, Goal.DELETED) == Refused(
        why="volume dev-blog-db was made by something else than scs, not for dev/blog, so scs does not delete it: "
        "'docker volume rm dev-blog-db' does"
    )


def test_a_name_that_somebody_takes_at_the_last_moment_is_noticed(engine: FakeEngine) -> None:
    wanted, before = volume(), context(engine)
    engine.add_volume("dev-blog-db")
    with pytest.raises(errors.Refusal) as caught:
        DOCKER.perform(wanted, CREATE, before)
    assert caught.value.why == FOREIGN


def test_a_volume_of_another_manifest_is_named_as_such(engine: FakeEngine) -> None:
    other = replace(volume(), identity=Identity(environment="prod", service="shop"))
    engine.add_volume("dev-blog-db", labels=ownership.marks(other))
    refused = steps(volume(), engine, Goal.PRESENT)
    assert isinstance(refused, Refused)
    assert "made by scs for prod/shop, not for dev/blog" in refused.why


@pytest.mark.parametrize(
    "spoilt",
    [
        {labels.DIGEST: "v1:abc"},
        {labels.DIGEST: ""},
        {labels.TYPE: "ebs"},
        {labels.SERVICE: ""},
        {labels.ENVIRONMENT: "x"},
    ],
)
def test_labels_that_do_not_agree_prove_nothing(engine: FakeEngine, spoilt: dict[str, str]) -> None:
    wanted = volume()
    engine.add_volume("dev-blog-db", labels={**ownership.marks(wanted), **spoilt})
    assert isinstance(steps(wanted, engine, Goal.PRESENT), Refused)
    assert isinstance(steps(wanted, engine, Goal.DELETED), Refused)
    with pytest.raises(errors.Refusal):
        DOCKER.perform(wanted, REMOVE, context(engine))
    assert len(engine.listing.volumes) == 1


def test_other_options_are_refused_because_of_the_data(engine: FakeEngine) -> None:
    made(engine, volume())
    changed = volume(driver_options={"type": "nfs"})
    why = (
        "volume dev-blog-db was made with another driver or other options, which the engine cannot change, and it may "
        "hold data: undo the change in the manifest, or give the volume another 'name' and copy the data there"
    )
    assert steps(changed, engine, Goal.PRESENT) == Refused(why=why)
    with pytest.raises(errors.Refusal) as caught:
        made(engine, changed)
    assert caught.value.why == why


def test_copied_labels_are_somebody_elses_work(engine: FakeEngine) -> None:
    engine.add_volume("dev-blog-db", labels={**ownership.marks(volume()), labels.DIGEST: "copied"})
    assert steps(volume(), engine, Goal.PRESENT) == Refused(why=FOREIGN)


def test_deleting_says_that_data_is_at_risk(engine: FakeEngine) -> None:
    made(engine, volume())
    assert steps(volume(), engine, Goal.RELEASED) == Do()
    assert steps(volume(), engine, Goal.DELETED) == Do(steps=(REMOVE,))
    DOCKER.perform(volume(), REMOVE, context(engine))
    assert engine.listing.volumes == ()
    assert steps(volume(), engine, Goal.DELETED) == Do()


def test_a_volume_that_became_somebody_elses_meanwhile_is_not_deleted(engine: FakeEngine) -> None:
    made(engine, volume())
    before = context(engine)
    engine.remove_volume("dev-blog-db")
    engine.add_volume("dev-blog-db")
    with pytest.raises(errors.Refusal, match="so scs does not delete it"):
        DOCKER.perform(volume(), REMOVE, before)
    assert len(engine.listing.volumes) == 1


def test_a_volume_that_others_use_is_not_deleted(engine: FakeEngine) -> None:
    made(engine, volume())
    use(engine, "ours", **{labels.ENVIRONMENT: "dev", labels.SERVICE: "blog"})
    assert steps(volume(), engine, Goal.DELETED) == Do(steps=(REMOVE,))
    use(engine, "backup")
    assert steps(volume(), engine, Goal.DELETED) == Refused(
        why="volume dev-blog-db is used by backup, not of dev/blog: remove what uses it first"
    )


def test_a_look_asks_the_engine_nothing_more(engine: FakeEngine) -> None:
    made(engine, volume())
    here = context(engine)
    engine.listing = replace(engine.listing, volumes=())
    seen = DOCKER.observe(volume(), here)
    assert DOCKER.steps(volume(), seen, Goal.PRESENT) == Do()


def test_a_container_gets_it_by_name(engine: FakeEngine) -> None:
    made(engine, volume())
    seen = DOCKER.observe(volume(), context(engine))
    assert isinstance(seen, Present)
    assert DOCKER.binding(volume(), seen) == EngineVolume(name="dev-blog-db")
