"""Processes that the engine has lost track of: when to look for them, and their end before anything that they harm."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scs.model.desired import Desired
from scs.model.ghosts import Ghost
from scs.model.observed import Observed, ObservedContainer
from scs.model.operations import CreateContainer, EndGhost, RemoveContainer, ResumeContainer, StartContainer
from scs.model.plan import Action, ActionId, Plan
from scs.plan import ownership, wording
from scs.plan.situation import action_id

ENDED = ("created", "exited", "dead")
HARMED = (CreateContainer, StartContainer, ResumeContainer, RemoveContainer)
"""Beside a process that lives on, these make two of one replica, fail, or hide it from the engine for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a plan needs to know: whether these containers have ended, and whether somebody writes to these volumes."""

    containers: tuple[ObservedContainer, ...] = ()
    volumes: frozenset[str] = frozenset()


def asked(plan: Plan, desired: Desired, observed: Observed) -> Asked:
    """Nothing for a plan that begins, ends and removes nothing."""
    if not plan.actions:
        return Asked()
    replicas = {one.target.name for one in plan.actions if isinstance(one.operation, HARMED)}
    return Asked(
        containers=tuple(one for one in ended(desired, observed) if one.replica in replicas),
        volumes=frozenset().union(*(_written(one) for one in plan.actions)),
    )


def ended(desired: Desired, observed: Observed) -> tuple[ObservedContainer, ...]:
    """Our containers that do not run, as far as the engine knows."""
    identity, listing = desired.identity, observed.listing
    ours = (*ownership.replicas(identity, listing), *ownership.one_offs(identity, listing))
    return tuple(one for one in ours if one.state in ENDED)


def cure(plan: Plan, observed: Observed) -> Plan:
    """The same plan, with each ghost ended right before the first action that it would harm or be harmed by."""
    actions = plan.actions
    for _, ghost in sorted(observed.lost.ghosts.items()):
        if ghost.replica:
            actions = _before(actions, ghost)
    return replace(plan, actions=actions)


def _before(actions: tuple[Action, ...], ghost: Ghost) -> tuple[Action, ...]:
    harmed = [one for one in actions if _harms(one, ghost)]
    if not harmed:
        return actions
    first, ids = harmed[0], {one.id for one in harmed}
    kinds = {one.id: one.target.kind for one in actions}
    # A step of a volume may wait for the ghost to leave it.
    after = tuple(one for one in first.after if kinds[one] != "volume")
    made = _end(first, ghost, after)
    changed = tuple(replace(one, after=(*one.after, made.id)) if one.id in ids else one for one in actions)
    at = actions.index(first)
    return (*changed[:at], made, *changed[at:])


def _harms(action: Action, ghost: Ghost) -> bool:
    if isinstance(action.operation, HARMED) and action.target.name == ghost.replica:
        return True
    return not ghost.volumes.isdisjoint(_written(action))


def _end(first: Action, ghost: Ghost, after: tuple[ActionId, ...]) -> Action:
    several = len(ghost.processes) > 1
    numbers = wording.listed(tuple(map(str, ghost.processes)))
    return replace(
        first,
        id=action_id(f"end-{ghost.id[:12]}", ghost.replica),
        operation=EndGhost(id=ghost.id, name=ghost.replica),
        target=replace(first.target, name=ghost.replica),
        says=f"end process{'es' if several else ''} {numbers} of container {ghost.id[:12]}",
        cause=f"the engine lost track of {'them' if several else 'it'}",
        downtime="",
        after=after,
        lane="",
        fields=(),
    )


def _written(action: Action) -> frozenset[str]:
    """The volumes that a container could write to from then on."""
    match action.operation:
        case CreateContainer(container=container) | StartContainer(container=container):
            return frozenset(one.volume for one in container.mounts if not one.read_only)
        case _:
            return frozenset()
