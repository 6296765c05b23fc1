"""The plan that takes a manifest's objects away: dependants before their providers, data only where it is named."""

from __future__ import annotations

from dataclasses import replace

from scs.model.observed import ObservedContainer, SeenVolume
from scs.model.plan import Action, ActionId, Blocked
from scs.model.service import FromRole, Required
from scs.model.steps import Change
from scs.model.storage import Volume
from scs.plan import lifecycle, networks, ownership, provisioning, volumes
from scs.plan.situation import Situation, action_id

WHY = lifecycle.Why(change=Change.REMOVE, cause="it is to be destroyed")


def plan_destruction(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...], tuple[str, ...]]:
    """Actions, blocked and kept. Volumes stay unless `goals.delete_data` names their key."""
    listing = situation.observed.listing
    ours = (*ownership.one_offs(situation.desired.identity, listing), *situation.ours)
    doomed = tuple(one for one in ours if not situation.goals.only or one.role in situation.goals.only)
    actions: list[Action] = []
    for old in doomed:
        after, grace = _dependants(old, situation), _grace(old, situation)
        actions += lifecycle.stop_and_remove(old, WHY, after=after, grace=grace, downtime="it is removed")
    removed = tuple(action_id("remove", one.name) for one in doomed)
    actions += _notes(situation, removed)
    if situation.goals.only:
        return tuple(actions), (), ()
    network_actions, blocked_networks = _networks(situation, removed)
    volume_actions, blocked_volumes, kept = _volumes(situation, removed)
    return (*actions, *network_actions, *volume_actions), (*blocked_networks, *blocked_volumes), kept


def _notes(situation: Situation, removed: tuple[ActionId, ...]) -> tuple[Action, ...]:
    """A manifest that is brought up again finds nothing of what its jobs did."""
    desired, only = situation.desired, situation.goals.only
    why = replace(WHY, kind="job")
    return tuple(
        lifecycle.forget(job, desired.identity.name(job, 1), why, after=removed)
        for job in sorted(situation.observed.job_notes)
        if not only or job in only
    )


def _dependants(old: ObservedContainer, situation: Situation) -> tuple[ActionId, ...]:
    """The removals of containers that need this one's role, which go first."""
    return tuple(
        action_id("remove", container.name)
        for container in situation.desired.everything
        if old.role in _needed_roles(container.requires) or old.role in {one.role for one in container.after}
    )


def _needed_roles(requires: tuple[Required, ...]) -> frozenset[str]:
    sources = (one.source for one in requires if not one.optional)
    return frozenset(one.role for one in sources if isinstance(one, FromRole) and one.service is None)


def _grace(old: ObservedContainer, situation: Situation) -> float:
    wish = next((one for one in situation.desired.everything if one.name == old.replica), None)
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
    """Volumes after the containers, and after the volumes that lie in them; what goes with another needs no step."""
    taken = {
        inner.volume.name
        for one in situation.desired.volumes
        if _takes_data(situation.volume(one.name))
        for inner in _inside(one, situation)
    }
    actions: list[Action] = []
    blocked: list[Blocked] = []
    kept: list[str] = []
    for volume in reversed(situation.desired.volumes):
        seen = situation.volume(volume.name)
        named = volume.key in situation.goals.delete_data
        obstacle = provisioning.not_possible(seen) or _unnamed_inside(seen, situation)
        if obstacle is not None:
            blocked += () if named and volume.name in taken else (obstacle,)
            continue
        inner = _inside(volume, situation)
        after = (*removed, *(step for one in inner for step in provisioning.step_ids(one)))
        actions += provisioning.actions(seen, WHY.cause, after=after)
        if not named:
            kept.append(volumes.kept_volume(seen))
    return tuple(actions), tuple(blocked), tuple(filter(None, kept))


def _inside(volume: Volume, situation: Situation) -> tuple[SeenVolume, ...]:
    """The volumes that lie in it, and those that lie in them."""
    inner = (one for one in situation.desired.volumes if one.parent == volume.name)
    return tuple(seen for one in inner for seen in (situation.volume(one.name), *_inside(one, situation)))


def _takes_data(seen: SeenVolume) -> bool:
    return any(step.data_at_risk for step in provisioning.steps_of(seen.steps))


def _unnamed_inside(seen: SeenVolume, situation: Situation) -> Blocked | None:
    """Data goes because its own volume is named, not because that lies in one that is."""
    named = situation.goals.delete_data
    inner = (one for one in _inside(seen.volume, situation) if volumes.kept_volume(one))
    unnamed = [one.volume.key for one in inner if one.volume.key not in named]
    if not unnamed or not _takes_data(seen):
        return None
    return Blocked(
        target=provisioning.target(seen),
        why=f"volume {unnamed[0]} lies in it and would go with it: say --delete-data {unnamed[0]} too if it may go",
    )
