"""From verdicts to actions: what happens to each container, and what is held because of another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from scs.model.container import Container
from scs.model.fields import Field
from scs.model.observed import ObservedContainer
from scs.model.plan import Action, Blocked
from scs.model.service import FromRole
from scs.model.steps import Change
from scs.plan import files, handover, jobs, lifecycle, order, parts, release, renewal, replacement, verdict
from scs.plan.adjusting import Adjust
from scs.plan.handover import Discard, Finish, Promote, Undo
from scs.plan.lifecycle import Making, Why
from scs.plan.obstacles import Held
from scs.plan.release import Release, Verdicts
from scs.plan.replacement import Before
from scs.plan.situation import Situation
from scs.plan.verdict import Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """All that the plan says about containers."""

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    kept: tuple[str, ...] = ()


def plan_containers(situation: Situation) -> Chapter:
    """Every selected container, and those that nobody wants any more."""
    judged = {one.name: _judge(one, situation) for one in situation.selected}
    found = release.release(judged, situation)
    verdicts = _held_by_others(judged, found, situation)
    actions: list[Action] = []
    blocked: list[Blocked] = []
    kept: list[str] = []
    for container in situation.selected:
        match verdicts[container.name]:
            case Left(why=why):
                kept.append(f"container {container.name}: {why}; it is left so (drift: report)")
            case Held(why=why, waiting=waiting, stands=stands):
                target = lifecycle.target(container)
                blocked.append(Blocked(target=target, why=why, waiting=waiting, stands=stands))
            case jobs.Run() | jobs.Await() | jobs.Completed() as decided:
                actions += jobs.actions(container, decided, situation)
            case decided:
                actions += _actions(container, decided, found, situation)
    held = release.held_removals(actions, found, verdicts, situation) if situation.goals.prune else {}
    removals = _removals(actions, held, found, situation)
    return Chapter(actions=(*actions, *removals), blocked=(*blocked, *held.values()), kept=tuple(kept))


def _judge(container: Container, situation: Situation) -> verdict.Verdict | jobs.Verdict:
    return verdict.judge(container, situation) if container.job is None else jobs.judge(container, situation)


def _held_by_others(verdicts: Verdicts, found: Release, situation: Situation) -> Verdicts:
    """What has yet to start is held as well when a role or job that it needs is held, or does not run."""
    result = dict(verdicts)
    while True:
        before = dict(result)
        for container in situation.selected:
            decided = result[container.name]
            if isinstance(decided, (verdict.Create, verdict.Replace, verdict.Start, jobs.Run)):
                result[container.name] = (
                    release.held(container, decided, found, result, situation)
                    or _missing_provider(container, result, situation)
                    or _failed_replica(container, decided, situation)
                    or decided
                )
            elif isinstance(decided, verdict.Keep):
                result[container.name] = _without_held_providers(container, decided, result, situation)
        if result == before:
            return result


def _missing_provider(container: Container, verdicts: Verdicts, situation: Situation) -> Held | None:
    for need in order.needs(container):
        for name in situation.provider_names(need.role):
            decided = verdicts.get(name)
            if isinstance(decided, Held):
                return Held(why=f"{need.says} {name}, which is held: {decided.why}", waiting=decided.waiting)
            if isinstance(decided, Undo):
                return Held(why=f"{need.says} {name}, whose change failed")
            if isinstance(decided, jobs.Await) and decided.earlier:
                return Held(why=f"{need.says} {name}, of which an earlier run has to end first", waiting=True)
            old = situation.existing.get(name)
            if decided is None and (old is None or old.state != "running"):
                return Held(why=f"{need.says} {name}, which does not run and is not part of this run (--only)")
    return None


def _failed_replica(container: Container, decided: object, situation: Situation) -> Held | None:
    """The first replica whose change fails stops the change of the others."""
    if not isinstance(decided, verdict.Replace) or container.update.on_failure == "continue":
        return None
    names = situation.provider_names(container.role)
    failed = next((name for name in names if name in situation.goals.failed), "")
    return Held(why=f"the change of {failed} failed, and it stays as it is") if failed else None


def _without_held_providers(
    container: Container, decided: verdict.Keep, verdicts: Verdicts, situation: Situation
) -> verdict.Keep:
    """It is not told of endpoints that will not answer: what it knows stays until they do."""
    if not decided.told:
        return decided
    roles = {one.name: one.source.role for one in container.requires if isinstance(one.source, FromRole)}
    told = tuple(
        one
        for one in decided.told
        if not any(
            isinstance(verdicts.get(name), Held) for name in situation.provider_names(roles.get(one.requirement, ""))
        )
    )
    held = {one.requirement for one in decided.told} - {one.requirement for one in told}
    renewed = tuple(one for one in decided.files if not held & set(one.requires))
    return replace(decided, told=told, files=renewed)


def plan_undo(situation: Situation) -> tuple[Action, ...]:
    """Takes back the replacements that are not finished, and nothing else."""
    return tuple(
        action
        for one in situation.selected
        if (decided := handover.take_back(one.name, situation)) is not None
        for action in replacement.undo(one, decided, situation.beside(one.name))
    )


def _actions(
    container: Container, decided: verdict.Verdict, found: Release, situation: Situation
) -> tuple[Action, ...]:
    match decided:
        case Finish() | Undo() | Promote() | Discard():
            return _handover(container, decided, situation)
        case verdict.Replace(manner=manner):
            beside = situation.beside(container.name)
            made = replacement.replace(container, decided, beside, _before(container, found, situation))
            made = (replace(made[0], fields=_fields(container, decided.old, situation)), *made[1:])
            if manner.order != "remove-first":
                return made
            folder = container.name
        case Held() | Left():
            return ()
        case verdict.Keep(told=(), files=()):
            made, folder = (), _folder(container, situation)
        case _:
            folder = _folder(container, situation)
            made = _plain(container, decided, folder, situation)
    existing = situation.existing.get(container.name)
    verified = existing is not None and existing.id in situation.observed.run_folder.verified
    return (*made, *lifecycle.await_healthy(container, folder, made, verified=verified))


def _handover(container: Container, decided: handover.Handover, situation: Situation) -> tuple[Action, ...]:
    """What an earlier run or pass left half done comes to an end."""
    beside = situation.beside(container.name)
    match decided:
        case Finish(new=new, told=told):
            needs = replacement.Needs(
                networks=verdict.unattached(container, new, situation),
                files=files.missing(container, new, told, situation),
            )
            return replacement.finish(container, decided, beside, needs)
        case Undo():
            return replacement.undo(container, decided, beside)
        case Promote():
            return replacement.promote(container.name, decided)
        case Discard():
            return replacement.discard(container, decided)


def _fields(container: Container, old: ObservedContainer, situation: Situation) -> tuple[Field, ...]:
    return parts.fields_of(container, old, situation.observed.records.get(old.id))


def _folder(container: Container, situation: Situation) -> str:
    existing = situation.existing.get(container.name)
    return container.name if existing is None else existing.folder


def _plain(
    container: Container,
    decided: verdict.Create | Adjust | verdict.Start | verdict.Unpause | verdict.Keep,
    folder: str,
    situation: Situation,
) -> tuple[Action, ...]:
    """What takes one container and no other in its place."""
    ready = order.before_start(container, situation)
    gotten = order.before_create(container, situation)
    match decided:
        case verdict.Create(cause=cause, told=told):
            why = Why(change=Change.CREATE, cause=cause)
            making = Making(container=container, name=container.name, folder=folder, told=told, why=why)
            made = lifecycle.create(making, gotten)
            return (*made, lifecycle.start(making, (*(one.id for one in made), *ready)))
        case verdict.Start(cause=cause, told=told, missing=missing, files=absent):
            why = Why(change=Change.RESTART, cause=cause)
            making = Making(container=container, name=container.name, folder=folder, told=told, why=why, files=absent)
            made = lifecycle.connect(making, missing)
            return (*made, lifecycle.start(making, (*(one.id for one in made), *gotten, *ready)))
        case verdict.Unpause(cause=cause):
            return lifecycle.unpause(container, Why(change=Change.UPDATE, cause=cause))
        case Adjust():
            old = situation.existing[container.name]
            return lifecycle.adjust(container, old, decided, gotten)
        case verdict.Keep(told=told, files=renewed, known=known, edited=edited):
            tellings = lifecycle.tell(container, folder, told, ready)
            first = (*ready, *(one.id for one in tellings))
            id_there = situation.existing[container.name].id
            files_now = renewal.Renewal(id=id_there, files=renewed, told=known, edited=edited)
            earlier = order.earlier(container, situation)
            return (*tellings, *renewal.put(container, folder, files_now, first, earlier))


def _before(container: Container, found: Release, situation: Situation) -> Before:
    """A new container that a failed job keeps from taking its place would only have to be removed again."""
    ended = release.before_stop(container, found, situation)
    return Before(
        gotten=(*order.before_create(container, situation), *ended),
        ready=order.before_start(container, situation),
        turn=(*order.before_stop(container, situation), *ended),
    )


def _removals(
    actions: Sequence[Action], held: Collection[str], found: Release, situation: Situation
) -> tuple[Action, ...]:
    if not situation.goals.prune:
        return ()
    return tuple(
        action
        for old in situation.leftovers
        if old.name not in held
        for action in lifecycle.stop_and_remove(
            old,
            Why(change=Change.REMOVE, cause=_why_left(old, situation)),
            after=(
                *order.before_removal(old, actions, situation),
                *release.before_removal(old, actions, found, situation),
            ),
            downtime="it is removed",
        )
    )


def _why_left(old: ObservedContainer, situation: Situation) -> str:
    if order.role_is_gone(old, situation):
        return f"{'job' if old.is_job else 'role'} {old.role} is no longer in the manifest"
    replicas = len(situation.desired.called(old.role))
    return f"{old.role} has {replicas} replica{'s' if replicas > 1 else ''} now"
