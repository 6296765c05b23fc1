"""What has to come before what: the edges between the actions of containers and of what they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scs.model.container import Condition, Container
from scs.model.observed import ObservedContainer, SeenNetwork, SeenVolume
from scs.model.operations import AwaitHealthy, CreateContainer, StartContainer, TellContainer
from scs.model.plan import Action, ActionId
from scs.model.service import FromRole
from scs.plan import provisioning
from scs.plan.situation import Situation, action_id

STARTED = ("start", "unpause", "create")
LAST = ("await", *STARTED)
"""The operations after which a container is as it should be, the surest first."""
ENDED = ("await",)
UNTIL: Mapping[Condition, tuple[str, ...]] = {"started": STARTED, "healthy": LAST, "completed": ENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A role or job of this manifest that a container waits for; `says` leads to its name in a sentence."""

    role: str
    says: str
    until: tuple[str, ...] = LAST


def needs(container: Container) -> tuple[Need, ...]:
    """The roles that it waits for; optional requirements wait for nobody."""
    required = [
        Need(role=one.source.role, says=f"requires {one.name} of")
        for one in container.requires
        if not one.optional and isinstance(one.source, FromRole) and one.source.service is None
    ]
    after = [Need(role=one.role, says="starts after", until=UNTIL[one.condition]) for one in container.after]
    return (*required, *after)


def before_start(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """Everything about the roles that it needs."""
    return tuple(
        action_id(operation, name)
        for need in needs(container)
        for name in situation.provider_names(need.role)
        for operation in need.until
    )


def before_create(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """What has to be there (image, volumes, networks), or gone (containers of former roles)."""
    leaving = tuple(action_id("remove", one.name) for one in situation.leftovers if role_is_gone(one, situation))
    return (*obtained(container, situation), *leaving)


def obtained(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """Its image, volumes and networks."""
    return (*_image_and_volumes(container, situation), *_steps(_networks(container, situation)))


def before_stop(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """Everything is obtained before anything stops, one service of a chain is down at a time, replicas go in turn.

    But all containers on a network that is made again have to leave it together.
    """
    if leaves_a_network(container, situation):
        return before_clearing(container, situation)
    return (
        *obtained(container, situation),
        *before_start(container, situation),
        *_earlier_replicas(container, situation),
    )


def before_clearing(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """What has to be there before what stands in its place goes; a network that is made again comes only after that."""
    if leaves_a_network(container, situation):
        return _image_and_volumes(container, situation)
    return obtained(container, situation)


def leaves_a_network(container: Container, situation: Situation) -> bool:
    """Whether it is, or is to be, on a network that is made again."""
    existing = situation.existing.get(container.name)
    attached = {one.network for one in container.attachments}
    attached |= {one.network for one in existing.attachments} if existing is not None else set()
    return not attached.isdisjoint(situation.remade_networks)


def earlier(container: Container, situation: Situation) -> tuple[str, ...]:
    """Replicas go in turn, no more at a time than `update` says, so that one always answers: those before this one."""
    names = situation.provider_names(container.role)
    return names[: max(0, names.index(container.name) + 1 - container.update.parallel)]


def before_removal(old: ObservedContainer, actions: Iterable[Action], situation: Situation) -> tuple[ActionId, ...]:
    """Containers of former roles wait for what replaces them to be obtained; replicas too many until all know of it."""
    if any(one.network in situation.remade_networks for one in old.attachments):
        return ()
    if role_is_gone(old, situation):
        return tuple(
            step
            for action in actions
            if isinstance(action.operation, CreateContainer)
            for step in _image_and_volumes(action.operation.container, situation)
        )
    return tuple(action.id for action in actions if _informs(action, old.role, situation))


def role_is_gone(old: ObservedContainer, situation: Situation) -> bool:
    return not situation.desired.called(old.role)


def _informs(action: Action, role: str, situation: Situation) -> bool:
    """Whether the action lets a container know of another set of this role's endpoints."""
    if isinstance(action.operation, TellContainer):
        return True
    if not isinstance(action.operation, (StartContainer, AwaitHealthy)):
        return False
    container = next((one for one in situation.selected if one.name == action.target.name), None)
    sources = [one.source for one in container.requires] if container is not None else []
    return any(isinstance(one, FromRole) and one.service is None and one.role == role for one in sources)


def _image_and_volumes(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    volumes = [situation.volume(mount.volume) for mount in container.mounts]
    return (action_id("pull", container.image.tag), action_id("build", container.image.tag), *_steps(volumes))


def _networks(container: Container, situation: Situation) -> list[SeenNetwork]:
    return [situation.network(one.network) for one in container.attachments]


def _steps(seen: Iterable[SeenVolume | SeenNetwork]) -> tuple[ActionId, ...]:
    return tuple(step for one in seen for step in provisioning.step_ids(one))


def _earlier_replicas(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    return tuple(action_id(operation, name) for name in earlier(container, situation) for operation in LAST)
