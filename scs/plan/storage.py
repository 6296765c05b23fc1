"""Volumes and networks: their provisioners' steps as actions, and what has to be out of the way for them."""

from __future__ import annotations

from collections.abc import Iterable

from scs.model import labels
from scs.model.observed import ObservedContainer, SeenNetwork, SeenVolume
from scs.model.plan import Action, ActionId, Blocked, PerformNetworkStep, PerformVolumeStep, Target
from scs.model.steps import Absent, Change, Do, Present, Refused, Step, Steps, Waiting
from scs.model.storage import EngineNetwork, Tmpfs
from scs.plan import ownership
from scs.plan.situation import Situation, action_id


def step_ids(target: Target, steps: Steps) -> tuple[ActionId, ...]:
    """The ids of the actions that these steps become."""
    return tuple(action_id(one.operation, str(target)) for one in steps.steps) if isinstance(steps, Do) else ()


def plan_volumes(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    """Each volume after the one that it lies in."""
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for seen in situation.volumes:
        target = Target(kind="volume", name=seen.volume.name)
        obstacle = not_possible(target, seen.steps) or _vanished(seen, situation)
        if obstacle is not None:
            blocked.append(obstacle)
            continue
        parent = seen.volume.parent
        after = (
            step_ids(Target(kind="volume", name=parent), situation.volume(parent).steps) if parent is not None else ()
        )
        actions += volume_actions(seen, _cause(seen), after=after)
    return tuple(actions), tuple(blocked)


def plan_networks(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    """A network that is made again waits until the containers on it are gone; foreign ones on it block it."""
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for seen in situation.networks:
        target = Target(kind="network", name=seen.network.name)
        strangers = stranger_on(seen, situation) if seen.network.name in situation.remade_networks else ""
        obstacle = not_possible(target, seen.steps) or (
            Blocked(target=target, why=f"it has to be made again, and {strangers} is on it: disconnect that first")
            if strangers
            else None
        )
        if obstacle is not None:
            blocked.append(obstacle)
            continue
        removed = (action_id("remove", one.name) for one in _on_network(seen, situation.existing.values()))
        actions += network_actions(seen, _cause(seen), after=tuple(removed))
    return tuple(actions), tuple(blocked)


def plan_leftover_networks(situation: Situation) -> tuple[Action, ...]:
    """Networks that left the manifest go after the last container on them."""
    wanted = {network.name for network in situation.desired.networks}
    if situation.goals.only or not situation.goals.prune:
        return ()
    return tuple(
        action
        for name, seen in situation.observed.networks.items()
        if name not in wanted and isinstance(seen.steps, Do) and not stranger_on(seen, situation)
        for action in network_actions(
            seen,
            f"network {seen.network.key} is no longer in the manifest",
            after=tuple(action_id("remove", one.name) for one in _on_network(seen, situation.existing.values())),
        )
    )


def kept_volumes(situation: Situation) -> tuple[str, ...]:
    """What left the manifest and holds data, as sentences."""
    wanted = {volume.name for volume in situation.desired.volumes}
    identity = situation.desired.identity
    return tuple(
        f"volume {one.name} is no longer in the manifest; its data is kept ('docker volume rm {one.name}' deletes it)"
        for one in situation.observed.listing.volumes
        if (one.labels.get(labels.ENVIRONMENT), one.labels.get(labels.SERVICE))
        == (identity.environment, identity.service)
        and one.name not in wanted
    )


def volume_actions(seen: SeenVolume, cause: str, *, after: tuple[ActionId, ...] = ()) -> tuple[Action, ...]:
    target = Target(kind="volume", name=seen.volume.name)
    return _in_order(
        target,
        seen.steps,
        [PerformVolumeStep(volume=seen.volume, step=step) for step in _steps(seen.steps)],
        cause,
        after,
    )


def network_actions(seen: SeenNetwork, cause: str, *, after: tuple[ActionId, ...] = ()) -> tuple[Action, ...]:
    target = Target(kind="network", name=seen.network.name)
    return _in_order(
        target,
        seen.steps,
        [PerformNetworkStep(network=seen.network, step=step) for step in _steps(seen.steps)],
        cause,
        after,
    )


def not_possible(target: Target, steps: Steps) -> Blocked | None:
    if isinstance(steps, (Waiting, Refused)):
        return Blocked(target=target, why=steps.why, waiting=isinstance(steps, Waiting))
    return None


def stranger_on(seen: SeenNetwork, situation: Situation) -> str:
    """The name of a container on the network that is not of this manifest, empty when there is none."""
    mine = set(situation.existing) | {
        one.name for one in ownership.one_offs(situation.desired.identity, situation.observed.listing)
    }
    on_it = _on_network(seen, situation.observed.listing.containers)
    return next((f"container {one.name}" for one in on_it if one.name not in mine), "")


def holds_data(seen: SeenVolume) -> bool:
    """Whether something stays behind when its containers are gone."""
    return isinstance(seen.observation, Present) and not isinstance(seen.binding, Tmpfs)


def _in_order(
    target: Target,
    steps: Steps,
    operations: Iterable[PerformVolumeStep | PerformNetworkStep],
    cause: str,
    after: tuple[ActionId, ...],
) -> tuple[Action, ...]:
    actions: list[Action] = []
    before = after
    for identifier, operation in zip(step_ids(target, steps), operations, strict=True):
        step = operation.step
        actions.append(
            Action(
                id=identifier,
                target=target,
                operation=operation,
                says=step.says,
                change=step.change,
                cause=cause,
                downtime="nothing may use it meanwhile" if step.exclusive else "",
                data_at_risk=step.data_at_risk,
                after=before,
            )
        )
        before = (identifier,)
    return tuple(actions)


def _steps(steps: Steps) -> tuple[Step, ...]:
    return steps.steps if isinstance(steps, Do) else ()


def _cause(seen: SeenVolume | SeenNetwork) -> str:
    if isinstance(seen.observation, Absent):
        return "it does not exist"
    replaced = any(step.change is Change.REPLACE for step in _steps(seen.steps))
    return "what was asked for changed" if replaced else "it is not as asked for yet"


def _vanished(seen: SeenVolume, situation: Situation) -> Blocked | None:
    """A volume that is gone beneath a running container: what that still holds open may be the last copy."""
    target = Target(kind="volume", name=seen.volume.name)
    if not isinstance(seen.observation, Absent) or not _steps(seen.steps):
        return None
    for container in situation.desired.containers:
        old = situation.existing.get(container.name)
        uses = any(mount.volume == seen.volume.name for mount in container.mounts)
        if uses and old is not None and old.state == "running" and old.labels.get(labels.DIGEST) == container.digest:
            return Blocked(
                target=target,
                why=f"it is gone, and {old.name}, which runs, was started with it: what that still has open may be the "
                f"last copy. Save it, stop {old.name}, then apply again",
            )
    return None


def _on_network(seen: SeenNetwork, containers: Iterable[ObservedContainer]) -> tuple[ObservedContainer, ...]:
    name = seen.attaching.name if isinstance(seen.attaching, EngineNetwork) else ""
    return tuple(one for one in containers if any(attached.network == name for attached in one.attachments))
