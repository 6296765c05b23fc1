"""What volumes and networks have in common: their provisioners' steps as actions, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from scs.model.observed import SeenNetwork, SeenVolume
from scs.model.operations import PerformNetworkStep, PerformVolumeStep
from scs.model.plan import Action, ActionId, Blocked, Target
from scs.model.steps import Absent, Change, Do, Refused, Step, Steps, Waiting
from scs.plan.situation import action_id


def target(seen: SeenVolume | SeenNetwork) -> Target:
    if isinstance(seen, SeenVolume):
        return Target(kind="volume", name=seen.volume.name)
    return Target(kind="network", name=seen.network.name)


def step_ids(seen: SeenVolume | SeenNetwork) -> tuple[ActionId, ...]:
    """The ids of the actions that its steps become."""
    return tuple(action_id(one.operation, str(target(seen))) for one in steps_of(seen.steps))


def steps_of(steps: Steps) -> tuple[Step, ...]:
    return steps.steps if isinstance(steps, Do) else ()


def not_possible(seen: SeenVolume | SeenNetwork) -> Blocked | None:
    """What its provisioner waits for or refuses."""
    if isinstance(seen.steps, (Waiting, Refused)):
        return Blocked(target=target(seen), why=seen.steps.why, waiting=isinstance(seen.steps, Waiting))
    return None


def cause(seen: SeenVolume | SeenNetwork) -> str:
    """Why there are steps, where nothing else says it."""
    if isinstance(seen.observation, Absent):
        return "it does not exist"
    replaced = any(step.change is Change.REPLACE for step in steps_of(seen.steps))
    return "what was asked for changed" if replaced else "it is not as asked for yet"


def actions(seen: SeenVolume | SeenNetwork, because: str, *, after: Iterable[ActionId] = ()) -> tuple[Action, ...]:
    """Its steps in order, the first of them after these."""
    result: list[Action] = []
    before = tuple(after)
    for identifier, step in zip(step_ids(seen), steps_of(seen.steps), strict=True):
        operation = (
            PerformVolumeStep(volume=seen.volume, step=step)
            if isinstance(seen, SeenVolume)
            else PerformNetworkStep(network=seen.network, step=step)
        )
        action = Action(
            id=identifier,
            target=target(seen),
            operation=operation,
            says=step.says,
            change=step.change,
            cause=because,
            downtime="nothing may use it meanwhile" if step.exclusive else "",
            data_at_risk=step.data_at_risk,
            after=before,
        )
        result.append(action)
        before = (identifier,)
    return tuple(result)
