"""From verdicts to actions: what happens to each container, in which order, and what is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scs.model.container import Container
from scs.model.observed import ObservedContainer
from scs.model.plan import Action, ActionId, Blocked, Target, TellContainer
from scs.model.service import FromRole
from scs.model.steps import Change
from scs.plan import lifecycle, storage, verdict
from scs.plan.lifecycle import LAST, Why
from scs.plan.obstacles import Held
from scs.plan.situation import Situation, action_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """All that the plan says about one container."""

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()


def plan_containers(situation: Situation) -> Chapter:
    """Every selected container, providers before those that require them."""
    verdicts = _held_by_others({one.name: verdict.judge(one, situation) for one in situation.selected}, situation)
    actions: list[Action] = []
    blocked: list[Blocked] = []
    for container in situation.selected:
        match verdicts[container.name]:
            case Held(why=why, waiting=waiting):
                blocked.append(Blocked(target=lifecycle.target(container.name), why=why, waiting=waiting))
            case decided:
                actions += _actions(container, decided, situation)
    return Chapter(actions=(*actions, *_removals(actions, situation)), blocked=tuple(blocked))


def _held_by_others(verdicts: Mapping[str, verdict.Verdict], situation: Situation) -> Mapping[str, verdict.Verdict]:
    """A container that has yet to start is held as well when a role that it needs is held or does not run."""
    result = dict(verdicts)
    for _ in range(len(result) + 1):
        before = dict(result)
        for container in situation.selected:
            if isinstance(result[container.name], (verdict.Create, verdict.Replace, verdict.Start)):
                reason = _missing_provider(container, result, situation)
                if reason is not None:
                    result[container.name] = reason
        if result == before:
            break
    return result


def _missing_provider(
    container: Container, verdicts: Mapping[str, verdict.Verdict], situation: Situation
) -> Held | None:
    for role, reason in _needs(container):
        for name in situation.provider_names(role):
            decided = verdicts.get(name)
            if isinstance(decided, Held):
                return Held(why=f"{reason} {name}, which is held: {decided.why}", waiting=decided.waiting)
            old = situation.existing.get(name)
            if decided is None and (old is None or old.state != "running"):
                return Held(why=f"{reason} {name}, which does not run and is not part of this run (--only)")
    return None


def _needs(container: Container) -> tuple[tuple[str, str], ...]:
    """The roles of this manifest that it waits for, each with the words that say so."""
    required = [
        (one.source.role, f"requires {one.name} of")
        for one in container.requires
        if not one.optional and isinstance(one.source, FromRole) and one.source.service is None
    ]
    return (*required, *((one.role, "starts after") for one in container.after))


def _actions(container: Container, decided: verdict.Verdict, situation: Situation) -> tuple[Action, ...]:
    ready = _ready(container, situation)
    match decided:
        case verdict.Create(cause=cause, told=told):
            why = Why(change=Change.CREATE, cause=cause)
            made = lifecycle.make(container, told, why, _gotten(container, situation), ready)
        case verdict.Replace(cause=cause, told=told, old=old):
            why = Why(change=Change.REPLACE, cause=cause)
            before = (*ready, *_obtained(container, situation), *_earlier_replicas(container, situation))
            made = (
                *lifecycle.stop_and_remove(old, why, after=before, grace=container.process.stop_grace),
                *lifecycle.make(container, told, why, _gotten(container, situation), ready),
            )
        case verdict.Start(cause=cause, told=told, missing=missing):
            made = lifecycle.start(container, told, Why(change=Change.RESTART, cause=cause), missing, ready)
        case verdict.Unpause(cause=cause):
            made = lifecycle.unpause(container, cause)
        case verdict.Keep(told=told):
            made = lifecycle.tell(container, told, ready)
        case Held():
            return ()
    old_one = situation.existing.get(container.name)
    verified = old_one is not None and old_one.id in situation.observed.run_folder.verified
    return (*made, *lifecycle.await_healthy(container, made, verified=verified))


def _ready(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """What has to end before it may start: everything about the roles that it needs."""
    return tuple(
        action_id(operation, name)
        for role, _ in _needs(container)
        for name in situation.provider_names(role)
        for operation in LAST
    )


def _gotten(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """What has to be there before it is made (image, volumes, networks), or gone (containers of former roles)."""
    leaving = tuple(action_id("remove", one.name) for one in situation.leftovers if _role_is_gone(one, situation))
    remade = situation.remade_networks
    again = tuple(
        step
        for one in container.attachments
        if one.network in remade
        for step in storage.step_ids(Target(kind="network", name=one.network), situation.network(one.network).steps)
    )
    return (*_obtained(container, situation), *again, *leaving)


def _obtained(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """The part of it that can be there before the old container stops: not a network that is taken down meanwhile."""
    remade = situation.remade_networks
    seen = [
        *((Target(kind="volume", name=one.volume), situation.volume(one.volume).steps) for one in container.mounts),
        *(
            (Target(kind="network", name=one.network), situation.network(one.network).steps)
            for one in container.attachments
            if one.network not in remade
        ),
    ]
    steps = tuple(step for target, answer in seen for step in storage.step_ids(target, answer))
    return (action_id("pull", container.image.tag), action_id("build", container.image.tag), *steps)


def _earlier_replicas(container: Container, situation: Situation) -> tuple[ActionId, ...]:
    """Replicas are replaced one after the other, so that one always answers."""
    earlier = [name for name in situation.provider_names(container.role)]
    names = earlier[: earlier.index(container.name)]
    return tuple(action_id(operation, name) for name in names for operation in LAST)


def _removals(actions: Iterable[Action], situation: Situation) -> tuple[Action, ...]:
    """Leftovers go at once where their role is gone; replicas too many go when everybody has been told."""
    if not situation.goals.prune:
        return ()
    told = tuple(one.id for one in actions if isinstance(one.operation, TellContainer))
    return tuple(
        action
        for old in situation.leftovers
        for action in lifecycle.stop_and_remove(
            old,
            Why(change=Change.REMOVE, cause=_why_left(old, situation)),
            after=() if _role_is_gone(old, situation) else told,
        )
    )


def _role_is_gone(old: ObservedContainer, situation: Situation) -> bool:
    return not situation.desired.role(old.role)


def _why_left(old: ObservedContainer, situation: Situation) -> str:
    if _role_is_gone(old, situation):
        return f"role {old.role} is no longer in the manifest"
    replicas = len(situation.desired.role(old.role))
    return f"{old.role} has {replicas} replica{'s' if replicas > 1 else ''} now"
