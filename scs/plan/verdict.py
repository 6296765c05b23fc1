"""What is to become of one container, and why. No order and no action yet."""

from __future__ import annotations

from dataclasses import dataclass

from scs.model.container import Attachment, Container
from scs.model.files import ContainerFile
from scs.model.observed import ObservedContainer, Told
from scs.model.storage import EngineNetwork
from scs.plan import adjusting, endpoints, files, handover, manner, obstacles, parts, reasons
from scs.plan.adjusting import Adjust
from scs.plan.handover import Discard, Handover, Promote, Undo
from scs.plan.manner import Manner
from scs.plan.obstacles import Held
from scs.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    cause: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """`made` is the new one where an earlier run or pass has made it already, `missing` and `files` what that lacks."""

    cause: str
    told: tuple[Told, ...]
    old: ObservedContainer
    manner: Manner
    made: ObservedContainer | None = None
    missing: tuple[Attachment, ...] = ()
    files: tuple[ContainerFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """`missing` are networks that it is still to be connected to, `files` those to be put into it first."""

    cause: str
    told: tuple[Told, ...]
    missing: tuple[Attachment, ...] = ()
    files: tuple[ContainerFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpause:
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """It runs as asked; `told` is what it has yet to be told, `files` those to be renewed in it.

    `known` is all that they may be made from, `edited` the paths of those that somebody changed by hand.
    """

    told: tuple[Told, ...] = ()
    files: tuple[ContainerFile, ...] = ()
    known: tuple[Told, ...] = ()
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """It is other than asked for, by hand, and the manifest asks for no more than to be told."""

    why: str


Verdict = Left | Create | Replace | Adjust | Start | Unpause | Keep | Held | Handover


def judge(container: Container, situation: Situation) -> Verdict:
    """The verdict on one container. What keeps it from being made or started holds it, never one that runs as asked."""
    old = situation.existing.get(container.name)
    told, unmet = requirements(container, situation)
    new = handover.newest(container.name, situation)
    fits = new is not None and _fits(container, new, told, situation)
    verdict = handover.unfinished(container.name, fits, told, situation) or _wish(container, old, told, situation)
    left = _left(container, old, verdict, situation)
    if left is not None:
        return left
    if isinstance(verdict, Adjust):
        return obstacles.beyond_the_host(container, situation.observed) or verdict
    if isinstance(verdict, (Keep, Unpause, Held, Undo, Promote, Discard)):
        return verdict
    makes = isinstance(verdict, Create) or (isinstance(verdict, Replace) and verdict.made is None)
    obstacle = obstacles.obstacle(container, situation)
    if obstacle is None and makes:
        obstacle = obstacles.no_room(container, situation.observed)
    return obstacle or unmet or verdict


def _left(container: Container, old: ObservedContainer | None, verdict: Verdict, situation: Situation) -> Left | None:
    """What is not changed back where the manifest says `drift: report`."""
    if old is None or situation.desired.drift == "repair":
        return None
    if parts.asked_anew(container, old, situation.observed.records.get(old.id)):
        return None
    match verdict:
        case Adjust(fields=fields):
            why = adjusting.by_hand(fields)
        case Replace(cause=cause) if cause.startswith(adjusting.BY_HAND):
            why = cause
        case Unpause(cause=cause):
            why = cause
        case Start(cause=cause) if old.state != "created":
            why = cause
        case Keep(told=(), files=(), known=told) if edits := files.edited(container, old, told, situation):
            why = adjusting.by_hand(one for edit in edits for one in edit.fields)
        case _:
            return None
    return Left(why=why)


def requirements(container: Container, situation: Situation) -> tuple[tuple[Told, ...], Held | None]:
    """What its requirements resolve to, and the first that is neither met nor optional."""
    told: list[Told] = []
    held: Held | None = None
    for required in container.requires:
        match endpoints.resolve(required, container, situation.desired, situation.observed):
            case endpoints.Resolved(endpoints=found):
                told.append(Told(requirement=required.name, endpoints=found))
            case endpoints.Unmet(why=why, waiting=waiting) if not required.optional:
                held = held or Held(why=f"requires {required.name}: {why}", waiting=waiting)
            case endpoints.Unmet():
                told.append(Told(requirement=required.name, endpoints=()))
    return tuple(told), held


def taken(container: Container, situation: Situation) -> Held | None:
    """Whether somebody else has the name."""
    foreign = situation.observed.listing.container(container.name)
    if foreign is None:
        return None
    return Held(
        why=f"the name is taken by a container that is not of {container.identity}: "
        f"rename or remove it ('docker rm {foreign.name}')"
    )


def _wish(container: Container, old: ObservedContainer | None, told: tuple[Told, ...], situation: Situation) -> Verdict:
    if old is None:
        return taken(container, situation) or Create(cause="it does not exist", told=told)
    adjusted = adjusting.adjust(container, old, situation)
    cause = next(reasons.to_replace(container, old, adjusted, told, situation), "")
    made = situation.beside(container.name).next
    if cause:
        return Replace(
            cause=cause,
            told=told,
            old=old,
            manner=manner.manner(container, old, situation),
            made=made,
            missing=() if made is None else unattached(container, made, situation),
            files=() if made is None else files.missing(container, made, told, situation),
        )
    if made is not None:
        return Discard(cause="an earlier run left it", old=made)
    return adjusted if isinstance(adjusted, Adjust) else _by_state(container, old, told, situation)


def _fits(container: Container, new: ObservedContainer, told: tuple[Told, ...], situation: Situation) -> bool:
    return not any(reasons.to_replace(container, new, adjusting.adjust(container, new, situation), told, situation))


def _by_state(container: Container, old: ObservedContainer, told: tuple[Told, ...], situation: Situation) -> Verdict:
    match old.state:
        case "running":
            renewed = files.changed(container, old, told, situation)
            restored = files.to_restore(container, old, told, situation)
            return Keep(
                told=reasons.news(old, told, situation),
                files=files.together(renewed, restored),
                known=told,
                edited=frozenset(one.path for one in restored),
            )
        case "paused":
            return Unpause(cause="it is paused")
        case "restarting":
            return Held(why=f"it ends again and again: {old.status}; see 'scs logs {container.name}'", waiting=True)
        case "removing":
            return Held(why="the engine is removing it", waiting=True)
        case "created":
            cause = "it was created and not started"
        case _:
            cause = f"it does not run: {old.status or old.state}"
    return Start(
        cause=cause,
        told=told,
        missing=unattached(container, old, situation),
        files=files.missing(container, old, told, situation),
    )


def unattached(container: Container, there: ObservedContainer, situation: Situation) -> tuple[Attachment, ...]:
    """The networks that a created container has yet to be connected to."""
    attached = {one.network for one in there.attachments}
    return tuple(
        one
        for one in container.attachments
        if isinstance(attaching := situation.network(one.network).attaching, EngineNetwork)
        and attaching.name not in attached
    )
