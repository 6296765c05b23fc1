"""Volumes: each after the one that it lies in, and none made again beneath a container that still has the old one."""

from __future__ import annotations

from typing import assert_never

from scs.model import labels
from scs.model.observed import SeenVolume
from scs.model.plan import Action, Blocked
from scs.model.steps import Absent, Do, Refused, Waiting
from scs.plan import parts, provisioning
from scs.plan.situation import Situation


def plan_volumes(situation: Situation) -> tuple[tuple[Action, ...], tuple[Blocked, ...]]:
    """Each volume after the one that it lies in."""
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for seen in situation.volumes:
        obstacle = provisioning.not_possible(seen) or _vanished(seen, situation)
        if obstacle is not None:
            blocked.append(obstacle)
            continue
        parent = seen.volume.parent
        after = provisioning.step_ids(situation.volume(parent)) if parent is not None else ()
        actions += provisioning.actions(seen, provisioning.cause(seen), after=after)
    return tuple(actions), tuple(blocked)


def kept_volumes(situation: Situation) -> tuple[str, ...]:
    """What left the manifest and holds data, as sentences."""
    wanted = {volume.name for volume in situation.desired.volumes}
    return tuple(
        f"volume {one.name} is no longer in the manifest; its data is kept ('docker volume rm {one.name}' deletes it)"
        for one in situation.observed.listing.volumes
        if labels.identity(one.labels) == situation.desired.identity and one.name not in wanted
    )


def kept_volume(seen: SeenVolume) -> str:
    """What stays behind of a volume that is let go, and what --delete-data would do. Empty when nothing does."""
    key = seen.volume.key
    match seen.deletion:
        case Do(steps=()):
            return ""
        case Do(steps=steps):
            data = " with its data" if any(step.data_at_risk for step in steps) else ""
            return f"volume {key} is kept{data} (--delete-data {key} deletes it)"
        case Waiting(why=why) | Refused(why=why):
            return f"volume {key} is kept with its data: {why}"
        case _:
            assert_never(seen.deletion)


def _vanished(seen: SeenVolume, situation: Situation) -> Blocked | None:
    """A volume that is gone beneath a running container: what that still holds open may be the last copy."""
    if not isinstance(seen.observation, Absent) or not provisioning.steps_of(seen.steps):
        return None
    for container in situation.desired.everything:
        old = situation.existing.get(container.name)
        uses = any(mount.volume == seen.volume.name for mount in container.mounts)
        if uses and old is not None and old.state == "running" and parts.stays(container, old):
            return Blocked(
                target=provisioning.target(seen),
                why=f"it is gone, and {old.name}, which runs, was started with it: what that still has open may be the "
                f"last copy. Save it, stop {old.name}, then apply again",
            )
    return None
