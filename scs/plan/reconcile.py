"""The whole plan of one pass: all its chapters, in one order, with what is blocked and what is kept."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable
from dataclasses import replace

from scs.model.desired import Desired
from scs.model.observed import Observed, ObservedContainer
from scs.model.operations import CreateContainer
from scs.model.plan import Action, Blocked, Goals, Plan, Target
from scs.plan import containers, destruction, ghosts, images, networks, situation, volumes
from scs.plan.invariants import BrokenPlan


def plan(desired: Desired, observed: Observed, goals: Goals) -> Plan:
    """The actions that take observed to desired, as far as can be seen now. Equal arguments give equal plans."""
    return ghosts.cure(_plan(desired, observed, goals), observed)


def _plan(desired: Desired, observed: Observed, goals: Goals) -> Plan:
    seen = situation.survey(desired, observed, goals)
    if goals.undo:
        return _assemble(containers.plan_undo(seen), (), ())
    if goals.destroy:
        return _assemble(*destruction.plan_destruction(seen))
    if not desired.containers and _former_roles(seen) and goals.prune and not goals.allow_empty:
        return Plan(blocked=(_became_empty(seen),))
    chapter = containers.plan_containers(seen)
    while stuck := networks.stuck_networks(seen, chapter.actions):
        seen = replace(seen, stuck_networks={**seen.stuck_networks, **stuck})
        chapter = containers.plan_containers(seen)
    volume_actions, blocked_volumes = volumes.plan_volumes(seen)
    network_actions, blocked_networks = networks.plan_networks(seen)
    leftover_networks, kept_networks = networks.plan_leftover_networks(seen, chapter.actions)
    made = [one.operation.container for one in chapter.actions if isinstance(one.operation, CreateContainer)]
    pulls = images.pulls_always(seen.selected, goals)
    needed = images.plan_images(made, observed, goals)
    actions = (*pulls, *needed, *volume_actions, *network_actions, *chapter.actions, *leftover_networks)
    blocked = (*blocked_volumes, *blocked_networks, *chapter.blocked)
    return _assemble(actions, blocked, (*_kept(seen), *kept_networks, *chapter.kept))


def _assemble(actions: Iterable[Action], blocked: tuple[Blocked, ...], kept: tuple[str, ...]) -> Plan:
    """Drops edges to actions that are not in the plan, and sorts by the others."""
    known = {action.id: action for action in actions}
    linked = {
        identifier: action
        if all(one in known for one in action.after)
        else replace(action, after=tuple(one for one in action.after if one in known))
        for identifier, action in known.items()
    }
    order = graphlib.TopologicalSorter({identifier: action.after for identifier, action in linked.items()})
    try:
        return Plan(actions=tuple(linked[one] for one in order.static_order()), blocked=blocked, kept=kept)
    except graphlib.CycleError as error:
        raise BrokenPlan(f"these wait for one another: {', '.join(error.args[1])}") from error


def _kept(seen: situation.Situation) -> tuple[str, ...]:
    unpruned = () if seen.goals.prune else tuple(f"container {one.name} is kept (--no-prune)" for one in seen.leftovers)
    return (*unpruned, *volumes.kept_volumes(seen))


def _became_empty(seen: situation.Situation) -> Blocked:
    count = len(_former_roles(seen))
    return Blocked(
        target=Target(kind="manifest", name=str(seen.desired.identity)),
        why=f"it asks for no container, and {count} of it exist{'s' if count == 1 else ''}: "
        f"if all shall go, say so with --allow-empty, or use 'scs destroy'",
    )


def _former_roles(seen: situation.Situation) -> tuple[ObservedContainer, ...]:
    """What would go with the last container of a manifest; jobs have ended."""
    return tuple(one for one in seen.leftovers if not one.is_job)
