"""The sequences that put a new container in the place of an old one, keep a way back, and go it where they must."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from scs.model import aside
from scs.model.container import Attachment, Container
from scs.model.files import ContainerFile
from scs.model.observed import ObservedContainer
from scs.model.operations import AwaitHealthy
from scs.model.plan import Action, ActionId
from scs.model.steps import Change
from scs.plan import lifecycle, verdict
from scs.plan.handover import Discard, Finish, Promote, Undo
from scs.plan.lifecycle import Making, Why
from scs.plan.situation import Beside, action_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What comes first: `gotten` before it is created, `ready` before it starts, `turn` before anything stops."""

    gotten: tuple[ActionId, ...]
    ready: tuple[ActionId, ...]
    turn: tuple[ActionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a container that exists already still lacks before it can start."""

    networks: tuple[Attachment, ...]
    files: tuple[ContainerFile, ...]


def replace(container: Container, decided: verdict.Replace, beside: Beside, before: Before) -> tuple[Action, ...]:
    """In the order that the verdict has found possible."""
    if decided.manner.order == "remove-first":
        return _remove_first(container, decided, beside, before)
    why = Why(change=Change.REPLACE, cause=decided.cause)
    folder = decided.made.folder if decided.made is not None else aside.other_folder(container.name, decided.old.folder)
    stop_first = decided.manner.order == "stop-first"
    name = aside.beside(container.name, "next")
    making = Making(container=container, name=name, folder=folder, told=decided.told, why=why, files=decided.files)
    made = (
        lifecycle.create(making, before.gotten) if decided.made is None else lifecycle.connect(making, decided.missing)
    )
    ids = tuple(one.id for one in made)
    turn = (*ids, *before.turn)
    if stop_first:
        return (*made, *_stop_first(making, decided, beside, turn, before.ready))
    return (*made, *_start_first(making, decided, beside, (*turn, *before.ready)))


def finish(container: Container, decided: Finish, beside: Beside, needs: Needs) -> tuple[Action, ...]:
    """From where an earlier run stopped, up to the removal of the old one."""
    why = Why(change=Change.REPLACE, cause=decided.cause)
    new = decided.new
    making = Making(
        container=container, name=container.name, folder=new.folder, told=decided.told, why=why, files=needs.files
    )
    made = [lifecycle.rename(container.name, new.id, "", why, after=())] if new.slot else []
    made += lifecycle.connect(making, needs.networks)
    if new.state != "running":
        made.append(lifecycle.start(making, tuple(one.id for one in made)))
    made.append(_await(making, tuple(one.id for one in made)))
    return (*made, *_clean_up(container, decided.previous, beside, why))


def undo(container: Container, decided: Undo, beside: Beside) -> tuple[Action, ...]:
    """The new one out of the way and kept, the last that failed before it removed, the old one back."""
    why = Why(change=Change.RESTORE, cause=decided.cause)
    name = container.name
    actions: list[Action] = []
    new, old = decided.new, decided.old
    if new is not None and not decided.keep:
        actions += lifecycle.stop_and_remove(new, why)
    elif new is not None:
        actions += () if beside.failed is None else lifecycle.stop_and_remove(beside.failed, why)
        if new.alive:
            actions.append(lifecycle.stop(new, why, after=(), grace=10.0))
        actions.append(lifecycle.hold(new, why, after=tuple(one.id for one in actions)))
        actions.append(lifecycle.rename(name, new.id, "failed", why, after=(actions[-1].id,)))
    if old.slot:
        actions.append(lifecycle.rename(name, old.id, "", why, after=tuple(one.id for one in actions)))
    if not old.alive:
        actions.append(lifecycle.release(old, container.restart, why, after=tuple(one.id for one in actions)))
        actions.append(lifecycle.resume(name, old, why, after=(actions[-1].id,)))
    return tuple(actions)


def promote(name: str, decided: Promote) -> tuple[Action, ...]:
    return (lifecycle.rename(name, decided.new.id, "", Why(change=Change.REPLACE, cause=decided.cause), after=()),)


def discard(container: Container, decided: Discard) -> tuple[Action, ...]:
    change = Change.REPLACE if decided.old.slot == "previous" else Change.REMOVE
    why = Why(change=change, cause=decided.cause)
    return lifecycle.stop_and_remove(decided.old, why, grace=container.process.stop_grace)


def _stop_first(
    making: Making, decided: verdict.Replace, beside: Beside, turn: tuple[ActionId, ...], ready: tuple[ActionId, ...]
) -> tuple[Action, ...]:
    container, why, old = making.container, making.why, decided.old
    actions: list[Action] = []
    waiting = turn
    if old.alive:
        downtime = f"stop-first, as {decided.manner.why}"
        grace = container.process.stop_grace
        actions.append(lifecycle.stop(old, why, after=turn, grace=grace, downtime=downtime))
        waiting = (actions[-1].id,)
    actions.append(lifecycle.hold(old, why, after=waiting))
    actions.append(lifecycle.rename(container.name, old.id, "previous", why, after=(actions[-1].id,)))
    actions.append(lifecycle.rename(container.name, making.name, "", why, after=(actions[-1].id,)))
    named = dataclasses.replace(making, name=container.name)
    actions.append(lifecycle.start(named, (actions[-1].id, *ready)))
    actions.append(_await(named, (actions[-1].id,)))
    waiting = (actions[-1].id,)
    return (*actions, lifecycle.remove(old, why, after=waiting), *_forget_failed(beside, why, waiting))


def _start_first(
    making: Making, decided: verdict.Replace, beside: Beside, turn: tuple[ActionId, ...]
) -> tuple[Action, ...]:
    container, why, old = making.container, making.why, decided.old
    actions: list[Action] = []
    if decided.made is None or decided.made.state != "running":
        actions.append(lifecycle.start(making, turn))
        turn = (actions[-1].id,)
    actions.append(_await(making, turn))
    actions.append(lifecycle.rename(container.name, old.id, "previous", why, after=(actions[-1].id,)))
    actions.append(lifecycle.rename(container.name, making.name, "", why, after=(actions[-1].id,)))
    named = (actions[-1].id,)
    gone = lifecycle.stop_and_remove(old, why, after=named, grace=container.process.stop_grace)
    return (*actions, *gone, *_forget_failed(beside, why, named))


def _remove_first(container: Container, decided: verdict.Replace, beside: Beside, before: Before) -> tuple[Action, ...]:
    """No way back: what stands beside goes as well."""
    why = Why(change=Change.REPLACE, cause=decided.cause)
    grace = container.process.stop_grace
    downtime = f"remove-first, as {decided.manner.why}"
    gone = list(lifecycle.stop_and_remove(decided.old, why, after=before.turn, grace=grace, downtime=downtime))
    for one in (beside.next, beside.failed):
        gone += () if one is None else lifecycle.stop_and_remove(one, why, after=before.turn)
    making = Making(container=container, name=container.name, folder=container.name, told=decided.told, why=why)
    made = lifecycle.create(making, (*before.gotten, *(one.id for one in gone)))
    return (*gone, *made, lifecycle.start(making, (*(one.id for one in made), *before.ready)))


def _await(making: Making, after: Iterable[ActionId]) -> Action:
    container = making.container
    monitor = container.update.monitor
    operation = AwaitHealthy(name=making.name, folder=making.folder, checks=container.checks, monitor=monitor)
    return lifecycle.health(container.name, operation, making.why, after=after)


def _clean_up(container: Container, previous: ObservedContainer, beside: Beside, why: Why) -> tuple[Action, ...]:
    seen = (action_id("await", container.name),)
    gone = lifecycle.stop_and_remove(previous, why, after=seen, grace=container.process.stop_grace)
    return (*gone, *_forget_failed(beside, why, seen))


def _forget_failed(beside: Beside, why: Why, after: Iterable[ActionId]) -> tuple[Action, ...]:
    """The last that failed is of no use once another has taken its place."""
    return () if beside.failed is None else lifecycle.stop_and_remove(beside.failed, why, after=after)
