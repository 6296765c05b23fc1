"""The suite that every provisioner has to pass, those of third parties too; knows no type by name.

An author subclasses `VolumeSuite` or `NetworkSuite` and gives the fixture `fresh`, a function that returns a
new world (`passes.VolumeWorld`, `passes.NetworkWorld`) each time, in which nothing is left of earlier ones:

    class TestEbs(conformance.VolumeSuite):
        @pytest.fixture
        def fresh(self) -> Callable[[], passes.VolumeWorld]:
            return MyWorld

`VolumeDeeds` and `NetworkDeeds` are the parts of them in which something is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

import jsonschema
import pytest
from jsonschema.validators import Draft202012Validator

from scs.model import identity
from scs.model.steps import Absent, Do, Goal, Observation, Present, Refused, Unknown
from scs.model.storage import EngineNetwork, EngineVolume, HostPath, Network, NetworkMode, Spec, Tmpfs, Volume
from tests.provisioners import passes, watch

Thing = TypeVar("Thing", Volume, Network)
MOST_MOMENTS = 200


class _Given(Generic[Thing]):
    """The fixtures of every suite."""

    @pytest.fixture
    def fresh(self) -> Callable[[], passes.World[Thing]]:
        raise NotImplementedError("a suite needs the fixture `fresh`")

    @pytest.fixture
    def world(self, fresh: Callable[[], passes.World[Thing]]) -> passes.World[Thing]:
        return fresh()

    @pytest.fixture
    def thing(self, world: passes.World[Thing]) -> Thing:
        return world.prepare(world.spec())


class _Words(_Given[Thing]):
    """What it says: schema, preparing, deciding."""

    def test_the_schema_is_valid_and_names_its_type(self, world: passes.World[Thing]) -> None:
        schema = world.acting.schema
        Draft202012Validator.check_schema(schema)
        assert schema["properties"]["type"]["const"] == world.type
        assert "type" in schema["required"]

    def test_the_schema_refuses_keys_that_it_does_not_describe(self, world: passes.World[Thing]) -> None:
        schema = world.acting.schema
        options = {"type": world.type, **world.spec().options}
        assert not list(Draft202012Validator(schema).iter_errors(options))
        with pytest.raises(jsonschema.ValidationError):
            Draft202012Validator(schema).validate({**options, "no-such-key": 1})

    def test_the_schema_documents_every_option(self, world: passes.World[Thing]) -> None:
        silent = [name for name, one in world.acting.schema["properties"].items() if not one.get("description")]
        assert silent == []
        assert world.acting.schema.get("description")

    def test_every_example_of_the_schema_is_valid_and_can_be_prepared(self, world: passes.World[Thing]) -> None:
        schema = world.acting.schema
        assert schema["examples"]
        for example in schema["examples"]:
            Draft202012Validator(schema).validate(example)
            world.prepare(_with_options(world.spec(), {key: one for key, one in example.items() if key != "type"}))

    def test_preparing_looks_at_nothing_and_always_gives_the_same(self, world: passes.World[Thing]) -> None:
        spec = world.spec()
        first = world.prepare(spec)
        with watch.looks() as looks:
            second = world.prepare(spec)
        assert looks == []
        assert first == second
        assert (first.identity, first.key, first.type) == (spec.identity, spec.key, spec.type)
        assert identity.well_formed(first.digest)

    def test_the_order_of_keys_does_not_matter(self, world: passes.World[Thing]) -> None:
        spec = world.spec()
        turned = world.prepare(_with_options(spec, _turned(spec.options)))
        assert turned == world.prepare(spec)

    def test_what_is_prepared_is_json(self, thing: Thing) -> None:
        assert json.loads(json.dumps(thing.options)) == thing.options

    def test_extension_keys_change_nothing(self, world: passes.World[Thing]) -> None:
        spec = world.spec()
        assert world.prepare(_with_options(spec, {**spec.options, "x-note": "mine"})) == world.prepare(spec)

    @pytest.mark.parametrize("goal", Goal)
    def test_what_could_not_be_seen_is_refused(self, world: passes.World[Thing], thing: Thing, goal: Goal) -> None:
        steps = world.acting.steps(thing, Unknown(why="the disk is on fire"), goal)
        assert isinstance(steps, Refused)
        assert "the disk is on fire" in steps.why

    @pytest.mark.parametrize("goal", Goal)
    def test_deciding_looks_at_nothing_and_always_gives_the_same(
        self, world: passes.World[Thing], thing: Thing, goal: Goal
    ) -> None:
        for seen in (
            world.acting.observe(thing, world.context()),
            passes.converge(world, thing, Goal.PRESENT),
        ):
            first = world.acting.steps(thing, seen, goal)
            with watch.looks() as looks:
                second = world.acting.steps(thing, _through_json(seen), goal)
            assert looks == []
            assert first == second

    @pytest.mark.parametrize("goal", Goal)
    def test_steps_have_names_of_their_own_and_tell_people_what_they_do(
        self, world: passes.World[Thing], thing: Thing, goal: Goal
    ) -> None:
        for seen in (
            world.acting.observe(thing, world.context()),
            passes.converge(world, thing, Goal.PRESENT),
        ):
            steps = passes.steps_of(world.acting.steps(thing, seen, goal))
            assert len({step.operation for step in steps}) == len(steps)
            for step in steps:
                assert step.says.strip()
                assert "\n" not in step.says
                assert not step.says.endswith(".")
                assert json.loads(json.dumps(step.arguments)) == step.arguments


class _Deeds(_Given[Thing]):
    """What it does: looking, performing, and again after a crash."""

    def test_looking_changes_nothing(self, world: passes.World[Thing], thing: Thing) -> None:
        for _ in ("absent", "present"):
            with watch.changes() as changes:
                world.acting.observe(thing, watch.read_only(world.context()))
            assert changes == []
            passes.converge(world, thing, Goal.PRESENT)

    def test_it_gets_there_and_then_has_nothing_to_do(self, world: passes.World[Thing], thing: Thing) -> None:
        seen = passes.converge(world, thing, Goal.PRESENT)
        assert isinstance(seen, Present)
        assert world.acting.steps(thing, world.acting.observe(thing, world.context()), Goal.PRESENT) == Do()

    def test_a_step_performed_twice_is_as_good_as_once(self, world: passes.World[Thing], thing: Thing) -> None:
        for goal in (Goal.PRESENT, Goal.RELEASED, Goal.PRESENT):
            for step in passes.steps_of(world.acting.steps(thing, world.acting.observe(thing, world.context()), goal)):
                world.acting.perform(thing, step, world.context())
                world.acting.perform(thing, step, world.context())
            assert world.acting.steps(thing, world.acting.observe(thing, world.context()), goal) == Do()

    def test_a_crash_between_steps_is_healed_by_the_next_run(self, fresh: Callable[[], passes.World[Thing]]) -> None:
        for goal in (Goal.PRESENT, Goal.RELEASED):
            for count in range(passes.longest(fresh(), goal) + 1):
                world = fresh()
                thing = world.prepare(world.spec())
                if goal is not Goal.PRESENT:
                    passes.converge(world, thing, Goal.PRESENT)
                steps = passes.steps_of(world.acting.steps(thing, world.acting.observe(thing, world.context()), goal))
                for step in steps[:count]:
                    world.acting.perform(thing, step, world.context())
                passes.converge(world, thing, goal)

    def test_a_crash_before_or_after_any_call_is_healed_by_the_next_run(
        self, fresh: Callable[[], passes.World[Thing]]
    ) -> None:
        for goal in (Goal.PRESENT, Goal.RELEASED):
            for moment in range(1, MOST_MOMENTS):
                world = fresh()
                thing = world.prepare(world.spec())
                if goal is not Goal.PRESENT:
                    passes.converge(world, thing, Goal.PRESENT)
                    world.put_data(thing)
                survived = passes.crash(world, thing, goal, moment)
                passes.converge(world, thing, goal)
                assert world.has_data(thing) or goal is Goal.PRESENT
                if survived:
                    break
            else:
                raise AssertionError(f"more than {MOST_MOMENTS} calls to get from nothing to {goal.value}")


class VolumeDeeds(_Deeds[Volume]):
    """What volumes do, and never do to data."""

    def test_letting_go_keeps_the_data(self, world: passes.VolumeWorld, thing: Volume) -> None:
        passes.converge(world, thing, Goal.PRESENT)
        world.put_data(thing)
        passes.converge(world, thing, Goal.RELEASED)
        assert world.has_data(thing)
        passes.converge(world, thing, Goal.PRESENT)
        assert world.has_data(thing)

    def test_making_it_again_keeps_the_data(self, world: passes.VolumeWorld, thing: Volume) -> None:
        steps = passes.steps_of(
            world.provisioner.steps(thing, world.provisioner.observe(thing, world.context()), Goal.PRESENT)
        )
        passes.converge(world, thing, Goal.PRESENT)
        world.put_data(thing)
        for step in steps:
            world.provisioner.perform(thing, step, world.context())
        assert world.has_data(thing)

    def test_deleting_data_is_refused_or_said_aloud(self, world: passes.VolumeWorld, thing: Volume) -> None:
        passes.converge(world, thing, Goal.PRESENT)
        world.put_data(thing)
        seen = world.provisioner.observe(thing, world.context())
        steps = world.provisioner.steps(thing, seen, Goal.DELETED)
        for step in passes.steps_of(steps):
            world.provisioner.perform(thing, step, world.context())
        assert world.has_data(thing) or any(step.data_at_risk for step in passes.steps_of(steps))

    def test_deleting_ends(self, world: passes.VolumeWorld, thing: Volume) -> None:
        seen = passes.converge(world, thing, Goal.PRESENT)
        if not isinstance(world.provisioner.steps(thing, seen, Goal.DELETED), Refused):
            passes.converge(world, thing, Goal.DELETED)

    def test_a_container_gets_something_of_what_is_there(self, world: passes.VolumeWorld, thing: Volume) -> None:
        seen = passes.converge(world, thing, Goal.PRESENT)
        assert isinstance(seen, Present)
        first = world.provisioner.binding(thing, seen)
        with watch.looks() as looks:
            second = world.provisioner.binding(thing, seen)
        assert looks == []
        assert first == second
        assert isinstance(first, (HostPath, EngineVolume, Tmpfs))

    def test_the_scope_is_one_of_three(self, world: passes.VolumeWorld, thing: Volume) -> None:
        assert {world.provisioner.scope, thing.scope} <= {"host", "zone", "any"}


class NetworkDeeds(_Deeds[Network]):
    """What networks do."""

    def test_letting_go_and_deleting_are_the_same(self, world: passes.NetworkWorld, thing: Network) -> None:
        for seen in (
            world.provisioner.observe(thing, world.context()),
            passes.converge(world, thing, Goal.PRESENT),
        ):
            released = world.provisioner.steps(thing, seen, Goal.RELEASED)
            assert released == world.provisioner.steps(thing, seen, Goal.DELETED)

    def test_how_containers_get_onto_it_needs_no_look(self, world: passes.NetworkWorld, thing: Network) -> None:
        first = world.provisioner.attaching(thing)
        with watch.looks() as looks:
            second = world.provisioner.attaching(thing)
        assert looks == []
        assert first == second
        assert isinstance(first, (EngineNetwork, NetworkMode))


class VolumeSuite(_Words[Volume], VolumeDeeds):
    """Everything, for a type of volume."""


class NetworkSuite(_Words[Network], NetworkDeeds):
    """Everything, for a type of network."""


def _through_json(seen: Observation) -> Observation:
    """Facts are data: nothing else may come through."""
    if isinstance(seen, Present):
        return Present(facts=json.loads(json.dumps(seen.facts)))
    return Absent(facts=json.loads(json.dumps(seen.facts))) if isinstance(seen, Absent) else seen


def _with_options(spec: Spec, options: Mapping[str, Any]) -> Spec:
    return replace(spec, options=options)


def _turned(value: Any) -> Any:
    """Every map the other way round."""
    if not isinstance(value, Mapping):
        return value
    return {key: _turned(value[key]) for key in reversed(list(value))}
