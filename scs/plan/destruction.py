"""The plan that takes a manifest's objects away: dependants before their providers, data only where it is named."""

from __future__ import annotations

from scs.model.observed import ObservedContainer
from scs.model.plan import Action, ActionId, Blocked
from scs.model.service import FromRole, Required
from scs.model.steps import Change
from scs.plan import lifecycle, networks, ownership, provisioning, volumes
from scs.plan.situation import Situation, action_id

WHY = lifecycle.Why(change=Change.REMOVE, cause="it is to be destroyed")


def plan_destruction(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...], tuple[str, ...]]:
    """Actions, blocked and kept. Volumes stay unless `goals.delete_data` names their key."""
    listing = situation.observed.listing
    ours = (*ownership.one_offs(situation.desired.identity, listing), *situation.existing.values())
    doomed = tuple(one for one in ours if not situation.goals.only or one.role in situation.goals.only)
    actions: list[Action] = []
    for old in doomed:
        actions += lifecycle.stop_and_remove(old, WHY, after=_dependants(old, situation), grace=_grace(old, situation))
    removed = tuple(action_id("remove", one.name) for one in doomed)
    if situation.goals.only:
        return tuple(actions), (), ()
    network_actions, blocked_networks = _networks(situation, removed)
    volume_actions, blocked_volumes, kept = _volumes(situation, removed)
    return (*actions, *network_actions, *volume_actions), (*blocked_networks, *blocked_volumes), kept


def _dependants(old: ObservedContainer, situation: Situation) -> tuple[ActionId, ...]:
    """The removals of containers that need this one's role, which go first."""
    return tuple(
        action_id("remove", container.name)
        for container in situation.desired.containers
        if old.role in _needed_roles(container.requires) or old.role in {one.role for one in container.after}
    )


def _needed_roles(requires: tuple[Required, ...]) -> frozenset[str]:
    sources = (one.source for one in requires if not one.optional)
    return frozenset(one.role for one in sources if isinstance(one, FromRole) and one.service is None)


def _grace(old: ObservedContainer, situation: Situation) -> float:
    wish = next((one for one in situation.desired.containers if one.name == old.name), None)
    return wish.process.stop_grace if wish is not None else 10.0


def _networks(situation: Situation, removed: tuple[ActionId, ...]) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for seen in situation.observed.networks.values():
        obstacle = provisioning.not_possible(seen)
        on_it = networks.on_network(seen, situation.observed.listing.containers)
        stranger = next((one.name for one in on_it if action_id("remove", one.name) not in removed), "")
        if obstacle is not None:
            blocked.append(obstacle)
        elif stranger and provisioning.steps_of(seen.steps):
            why = f"container {stranger} is on it: disconnect that first"
            blocked.append(Blocked(target=provisioning.target(seen), why=why))
        else:
            actions += provisioning.actions(seen, WHY.cause, after=removed)
    return tuple(actions), tuple(blocked)


def _volumes(
    situation: Situation, removed: tuple[ActionId, ...]
) -> tuple[tuple[Action, ...], tuple[Blocked, ...], tuple[str, ...]]:
    """Volumes after the containers, and after the volumes that lie in them."""
    actions: list[Action] = []
    blocked: list[Blocked] = []
    kept: list[str] = []
    for volume in reversed(situation.desired.volumes):
        seen = situation.volume(volume.name)
        obstacle = provisioning.not_possible(seen)
        if obstacle is not None:
            blocked.append(obstacle)
            continue
        inner = [situation.volume(one.name) for one in situation.desired.volumes if one.parent == volume.name]
        after = (*removed, *(step for one in inner for step in provisioning.step_ids(one)))
        actions += provisioning.actions(seen, WHY.cause, after=after)
        if volume.key not in situation.goals.delete_data and volumes.holds_data(seen):
            kept.append(f"volume {volume.key} is kept with its data (--delete-data {volume.key} deletes it)")
    return tuple(actions), tuple(blocked), tuple(kept)
