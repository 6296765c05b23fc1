"""Why a container is as it is: which run made it and because of what, and what an apply would do to it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from scs.contract import errors
from scs.contract.history import History, Run, Step
from scs.contract.journal import Trouble
from scs.contract.world import World
from scs.model import labels
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.observed import ObservedContainer
from scs.model.plan import Action, Blocked, Goals, Plan, Target
from scs.run import loop, releases, targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Of one container. `created` in seconds since the epoch, None where there is no such container.

    `made` and `run` are None where the history does not know; `pending` are the lines of the plan about it, None where
    nobody said what is asked for.
    """

    container: str
    created: int | None
    made: Step | None
    run: Run | None
    pending: tuple[str, ...] | None


def of_target(target: str, desired: Desired | None, world: World, history: History) -> tuple[Reason, ...]:
    """The reasons of every container that is meant, by name. Raises Refusal where none is.

    Without a manifest, what the last run asked for counts.
    """
    listing = world.engine.list()
    wishes = {desired.identity: desired} if desired else dict(_last_wishes(history, world))
    there = {one.name: one for one in targets.managed(listing) if desired is None or one.identity == desired.identity}
    meant = _meant(target, wishes, there)
    if not meant:
        known = ", ".join(sorted({*there, *(one.name for wish in wishes.values() for one in wish.everything)}))
        raise errors.Refusal(f"no container of any manifest is meant by '{target}'; there are: {known or 'none'}")
    plans = {identity: loop.look(wishes[identity], Goals(), world)[1] for identity in set(meant.values()) & set(wishes)}
    return tuple(_reason(name, there.get(name), plans.get(meant[name]), history) for name in sorted(meant))


def _meant(
    target: str, wishes: Mapping[Identity, Desired], there: Mapping[str, ObservedContainer]
) -> Mapping[str, Identity]:
    """Containers by name, whether they are there or asked for, each with its manifest."""
    found = {
        one.name: one.identity
        for wish in wishes.values()
        for one in wish.everything
        if target in targets.words(_as_listed(one))
    }
    seen = {name: one.identity for name, one in there.items() if one.identity and target in targets.words(one)}
    return {**found, **seen}


def _last_wishes(history: History, world: World) -> Iterator[tuple[Identity, Desired]]:
    """What each manifest was asked to be last, as far as this release can read it and knows its types."""
    for identity in {run.identity for run in history.runs()}:
        run = releases.last(history, identity)
        with suppress(Trouble):
            if run and _installed(wish := history.desired(run.number), world):
                yield identity, wish


def _installed(wish: Desired, world: World) -> bool:
    volumes, networks = {one.type for one in wish.volumes}, {one.type for one in wish.networks}
    return volumes <= set(world.volumes) and networks <= set(world.networks)


def _reason(name: str, container: ObservedContainer | None, plan: Plan | None, history: History) -> Reason:
    made = history.making(name, container.created) if container else None
    return Reason(
        container=name,
        created=container.created if container else None,
        made=made,
        run=history.run(made.run) if made else None,
        pending=None if plan is None else tuple(str(one) for one in _about(name, plan)),
    )


def _about(name: str, plan: Plan) -> tuple[Action | Blocked, ...]:
    meant = {Target(kind=kind, name=name) for kind in ("container", "job")}
    actions = tuple(one for one in plan.actions if one.target in meant)
    return (*actions, *(one for one in plan.blocked if one.target in meant))


def _as_listed(container: Container) -> ObservedContainer:
    """As the engine would list it, as far as names go."""
    identity = container.identity
    marks = {labels.ENVIRONMENT: identity.environment, labels.SERVICE: identity.service, labels.ROLE: container.role}
    return ObservedContainer(id="", name=container.name, labels={**marks, labels.NUMBER: str(container.number)})
