"""The whole plan of one pass: all its chapters, in one order, with what is blocked and what is kept."""

from __future__ import annotations

import dataclasses
import graphlib
from collections.abc import Iterable

from scs.model.desired import Desired
from scs.model.observed import Observed
from scs.model.plan import Action, ActionId, Blocked, CreateContainer, Goals, Plan, StartContainer, Target
from scs.plan import containers, destruction, images, situation, storage


def plan(desired: Desired, observed: Observed, goals: Goals) -> Plan:
    """The actions that take observed to desired, as far as can be seen now. Equal arguments give equal plans."""
    seen = situation.survey(desired, observed, goals)
    if goals.destroy:
        return _assemble(*destruction.plan_destruction(seen))
    if not desired.containers and seen.leftovers and goals.prune and not goals.allow_empty:
        return Plan(blocked=(_became_empty(seen),))
    volumes, blocked_volumes = storage.plan_volumes(seen)
    networks, blocked_networks = storage.plan_networks(seen)
    chapter = containers.plan_containers(seen)
    made = [one.operation.container for one in chapter.actions if isinstance(one.operation, CreateContainer)]
    pulls = images.pulls_always(seen.selected, goals)
    needed = images.plan_images(made, observed, goals)
    actions = (*pulls, *needed, *volumes, *networks, *chapter.actions, *storage.plan_leftover_networks(seen))
    return _assemble(actions, (*blocked_volumes, *blocked_networks, *chapter.blocked), _kept(seen))


def _assemble(actions: Iterable[Action], blocked: tuple[Blocked, ...], kept: tuple[str, ...]) -> Plan:
    """Drops edges to actions that are not in the plan, sorts by the others, and strings together what must not race."""
    known = {action.id: action for action in actions}
    linked = {
        identifier: dataclasses.replace(action, after=tuple(one for one in action.after if one in known))
        for identifier, action in known.items()
    }
    order = graphlib.TopologicalSorter({identifier: action.after for identifier, action in linked.items()})
    return Plan(actions=_unraced([linked[one] for one in order.static_order()]), blocked=blocked, kept=kept)


def _unraced(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Starts that let the engine pick host ports follow one another: engines hand one port to two when they race."""
    result: list[Action] = []
    previous: tuple[ActionId, ...] = ()
    for action in actions:
        if isinstance(action.operation, StartContainer) and any(
            one.publish is not None and not one.publish.port for one in action.operation.container.provides
        ):
            result.append(dataclasses.replace(action, after=tuple(dict.fromkeys((*action.after, *previous)))))
            previous = (action.id,)
        else:
            result.append(action)
    return tuple(result)


def _kept(seen: situation.Situation) -> tuple[str, ...]:
    unpruned = () if seen.goals.prune else tuple(f"container {one.name} is kept (--no-prune)" for one in seen.leftovers)
    return (*unpruned, *storage.kept_volumes(seen))


def _became_empty(seen: situation.Situation) -> Blocked:
    count = len(seen.leftovers)
    return Blocked(
        target=Target(kind="manifest", name=str(seen.desired.identity)),
        why=f"it asks for no container, and {count} of it exist{'s' if count == 1 else ''}: "
        f"if all shall go, say so with --allow-empty, or use 'scs destroy'",
    )
