"""Networks: what has to leave them before they can be made again or go, and who stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scs.model import labels
from scs.model.observed import ObservedContainer, SeenNetwork
from scs.model.operations import DisconnectContainer, RemoveContainer
from scs.model.plan import Action, ActionId, Blocked
from scs.model.steps import Do
from scs.model.storage import EngineNetwork
from scs.plan import provisioning
from scs.plan.situation import Situation, action_id


def plan_networks(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    """A network that is made again waits until the containers on it are gone."""
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for seen in situation.networks:
        obstacle = provisioning.not_possible(seen)
        stuck = situation.stuck_networks.get(seen.network.name)
        if obstacle is not None:
            blocked.append(obstacle)
        elif stuck:
            blocked.append(Blocked(target=provisioning.target(seen), why=stuck))
        else:
            remade = seen.network.name in situation.remade_networks
            after = _removals_on(seen, situation) if remade else ()
            actions += provisioning.actions(seen, provisioning.cause(seen), after=after)
    return tuple(actions), tuple(blocked)


def stuck_networks(situation: Situation, actions: Iterable[Action]) -> Mapping[str, str]:
    """The networks that these actions would have made again although a container stays on them, with the reason."""
    remade = situation.remade_networks
    return {
        seen.network.name: f"it has to be made again, and container {staying} stays on it: disconnect that first"
        for seen in situation.networks
        if seen.network.name in remade and (staying := _staying(seen, situation, actions))
    }


def plan_leftover_networks(
    situation: Situation, actions: Iterable[Action]
) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Networks that left the manifest go after the last container on them. Sentences on those that stay."""
    if situation.goals.only:
        return (), ()
    planned: list[Action] = []
    kept: list[str] = []
    wanted = {network.name for network in situation.desired.networks}
    leftovers = {name: seen for name, seen in situation.observed.networks.items() if name not in wanted}
    for name, seen in leftovers.items():
        obstacle = provisioning.not_possible(seen)
        staying = _staying(seen, situation, actions)
        if not situation.goals.prune:
            kept.append(f"network {name} is kept (--no-prune)")
        elif obstacle is not None:
            kept.append(f"network {name} is no longer in the manifest and stays: {obstacle.why}")
        elif staying:
            kept.append(f"network {name} is no longer in the manifest and stays: container {staying} is on it")
        elif isinstance(seen.steps, Do):
            because = f"network {seen.network.key} is no longer in the manifest"
            planned += provisioning.actions(seen, because, after=_removals_on(seen, situation))
    return tuple(planned), (*kept, *_of_unknown_types(situation))


def on_network(seen: SeenNetwork, containers: Iterable[ObservedContainer]) -> tuple[ObservedContainer, ...]:
    """Which of these are attached to it."""
    name = seen.attaching.name if isinstance(seen.attaching, EngineNetwork) else ""
    return tuple(one for one in containers if any(attached.network == name for attached in one.attachments))


def _staying(seen: SeenNetwork, situation: Situation, actions: Iterable[Action]) -> str:
    """The name of a container on the network that none of these actions removes, empty when there is none."""
    name = seen.attaching.name if isinstance(seen.attaching, EngineNetwork) else ""
    leaving = {
        action.operation.id
        for action in actions
        if isinstance(action.operation, RemoveContainer)
        or (isinstance(action.operation, DisconnectContainer) and action.operation.network == name)
    }
    on_it = on_network(seen, situation.observed.listing.containers)
    # One that is stopped keeps no network.
    kept = {one.id for one in situation.ours if one.slot == "failed" or (one.is_job and one.state == "exited")}
    return next((one.name for one in on_it if one.id not in leaving | kept), "")


def _removals_on(seen: SeenNetwork, situation: Situation) -> tuple[ActionId, ...]:
    name = seen.attaching.name if isinstance(seen.attaching, EngineNetwork) else ""
    ways = ("remove", f"disconnect {name}")
    return tuple(action_id(way, one.name) for one in on_network(seen, situation.ours) for way in ways)


def _of_unknown_types(situation: Situation) -> tuple[str, ...]:
    """Networks with our labels of a type for which no provisioner is installed: nobody knows how to remove them."""
    known = {*situation.observed.networks, *(network.name for network in situation.desired.networks)}
    return tuple(
        f"network {one.name} is no longer in the manifest and stays: no provisioner of its type "
        f"'{one.labels.get(labels.TYPE, '')}' is installed"
        for one in situation.observed.listing.networks
        if labels.identity(one.labels) == situation.desired.identity and one.name not in known
    )
