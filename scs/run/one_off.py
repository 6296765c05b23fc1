"""Makes the container of `scs run`: a role's image, volumes, environment and requirements with another command."""

from __future__ import annotations

import secrets
from dataclasses import replace

from scs.contract import errors
from scs.contract.engine import OneOff
from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.model import labels
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.observed import Observed
from scs.model.operations import CreateContainer
from scs.model.outcome import Failed
from scs.model.plan import Goals, Plan
from scs.model.steps import Present
from scs.plan import images, situation, verdict
from scs.run import effects, executor, files, observe
from scs.run import secrets as delivered


def create(desired: Desired, role: str, one_off: OneOff, world: World, reporter: Reporter) -> str:
    """The name of the new container, not yet started. Its image is built or pulled when it is missing."""
    replicas = desired.called(role)
    if not replicas:
        known = ", ".join(sorted({one.role for one in desired.everything}))
        raise errors.Refusal(f"{desired.identity} has no role '{role}'; it has: {known}")
    container = replicas[0]
    goals = Goals(only=frozenset({role}))
    observed = observe.observe(desired, goals, world)
    _obtain_image(container, desired, observed, world, reporter)
    _check_surroundings(container, observed)
    told, held = verdict.requirements(container, situation.survey(desired, observed, goals))
    if held is not None:
        raise errors.Refusal(f"{role} {held.why}")
    name = desired.identity.name(role, "run", secrets.token_hex(3))
    making = CreateContainer(container=container, name=name, folder=name, told=told)
    creation = effects.creation(making, desired, world)
    world.delivery.deliver(desired.identity, name, told)
    ours = {**creation.labels, labels.ONE_OFF: "true"}
    world.engine.create_container(replace(creation, labels=ours, one_off=one_off))
    for attachment in container.attachments[1:]:
        world.engine.connect(name, replace(attachment, address="", address6="", aliases=()))
    delivered.deliver(container, name, name, desired, world)
    files.put(name, container.files, told, world)
    return name


def remove(desired: Desired, name: str, world: World) -> None:
    world.engine.stop(name, 0)
    world.engine.remove_container(name)
    world.delivery.forget(desired.identity, name)


def _obtain_image(container: Container, desired: Desired, observed: Observed, world: World, reporter: Reporter) -> None:
    plan = Plan(actions=images.plan_images((container,), observed, Goals()))
    for outcome in executor.execute(plan, desired, world, reporter, {}):
        if isinstance(outcome, Failed):
            raise errors.Failure(outcome.why, detail=outcome.detail)


def _check_surroundings(container: Container, observed: Observed) -> None:
    seen = [
        *((f"volume {one.volume}", observed.volumes[one.volume].observation) for one in container.mounts),
        *((f"network {one.network}", observed.networks[one.network].observation) for one in container.attachments),
    ]
    for name, observation in seen:
        if not isinstance(observation, Present):
            why = getattr(observation, "why", "it does not exist")
            raise errors.Refusal(f"{name}: {why}; apply the manifest first")
