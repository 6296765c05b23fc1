"""What the conformance suite is told of the world of one type, and how it gets there; holds no test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from scs.contract.context import Context
from scs.contract.provisioner import NetworkProvisioner, VolumeProvisioner
from scs.model.steps import Do, Goal, Observation, Step, Steps
from scs.model.storage import Network, Spec, Volume
from tests.provisioners import watch

Thing = TypeVar("Thing", Volume, Network)
Thing_contra = TypeVar("Thing_contra", Volume, Network, contravariant=True)
PATIENCE = 4
"""Passes after which a goal has to be reached."""


class Provisioner(Protocol[Thing_contra]):
    """What both kinds have in common."""

    schema: ClassVar[Mapping[str, Any]]

    def observe(self, thing: Thing_contra, context: Context, /) -> Observation: ...

    def steps(self, thing: Thing_contra, seen: Observation, goal: Goal, /) -> Steps: ...

    def perform(self, thing: Thing_contra, step: Step, context: Context, /) -> None: ...


class World(ABC, Generic[Thing]):
    """One provisioner and one thing that it can really make here. `type` is the word that manifests use."""

    type: str

    @property
    @abstractmethod
    def acting(self) -> Provisioner[Thing]: ...

    @abstractmethod
    def spec(self) -> Spec:
        """What is to be made; always the same in one world."""

    @abstractmethod
    def prepare(self, spec: Spec) -> Thing: ...

    @abstractmethod
    def context(self) -> Context:
        """A new look at the world, with an hour's time."""

    def put_data(self, thing: Thing) -> None:
        """Leaves something in what is there that a person would miss."""

    def has_data(self, thing: Thing) -> bool:
        """Whether that is still there; true where nothing can be left."""
        return True


class VolumeWorld(World[Volume]):
    provisioner: VolumeProvisioner
    parent: Volume | None = None

    @property
    def acting(self) -> Provisioner[Volume]:
        return self.provisioner

    def prepare(self, spec: Spec) -> Volume:
        return self.provisioner.prepare(spec, self.parent)


class NetworkWorld(World[Network]):
    provisioner: NetworkProvisioner

    @property
    def acting(self) -> Provisioner[Network]:
        return self.provisioner

    def prepare(self, spec: Spec) -> Network:
        return self.provisioner.prepare(spec)


def converge(world: World[Thing], thing: Thing, goal: Goal) -> Observation:
    """Observes, decides, performs, until nothing is left to do; what was seen then."""
    for _ in range(PATIENCE):
        seen = world.acting.observe(thing, world.context())
        steps = world.acting.steps(thing, seen, goal)
        assert isinstance(steps, Do), f"{goal.value}: {steps}"
        if not steps.steps:
            return seen
        for step in steps.steps:
            world.acting.perform(thing, step, world.context())
    raise AssertionError(f"{goal.value} is not reached after {PATIENCE} passes")


def crash(world: World[Thing], thing: Thing, goal: Goal, moment: int) -> bool:
    """One pass that ends at a moment of its calls; whether it came to its end before that."""
    wire = watch.Tripwire(moment)
    try:
        seen = world.acting.observe(thing, wire.across(world.context()))
        for step in steps_of(world.acting.steps(thing, seen, goal)):
            world.acting.perform(thing, step, wire.across(world.context()))
    except watch.Crash:
        return False
    return True


def longest(world: World[Thing], goal: Goal) -> int:
    thing = world.prepare(world.spec())
    if goal is not Goal.PRESENT:
        converge(world, thing, Goal.PRESENT)
    return len(steps_of(world.acting.steps(thing, world.acting.observe(thing, world.context()), goal)))


def steps_of(steps: Steps) -> tuple[Step, ...]:
    return steps.steps if isinstance(steps, Do) else ()
