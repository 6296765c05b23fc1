"""What becomes of a replacement that an earlier run, or an earlier pass, left between old and new.

Names tell how far it came, as labels cannot be changed: the new one is made as NAME.next, the old one becomes
NAME.previous, the new one gets NAME, and the old one goes when the new one has been seen healthy.
"""

from __future__ import annotations

from dataclasses import dataclass

from scs.model.observed import ObservedContainer, Told
from scs.plan.obstacles import Held
from scs.plan.situation import Beside, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The new one has the name, or gets it; the old one goes when the new one is healthy."""

    cause: str
    told: tuple[Told, ...]
    new: ObservedContainer
    previous: ObservedContainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The new one, where there is one, goes out of the way, and the old one has its name and runs again.

    `keep` says that the new one stays, as the one that failed: one that nobody has tried shows nothing.
    """

    cause: str
    new: ObservedContainer | None
    old: ObservedContainer
    keep: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """The new one gets the name: the old one is gone."""

    cause: str
    new: ObservedContainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """One that nobody needs any more."""

    cause: str
    old: ObservedContainer


Handover = Finish | Undo | Promote | Discard


def take_back(name: str, situation: Situation) -> Undo | None:
    """How to end a replacement without going on; None where the new one has proved itself, or there is none."""
    current, beside = situation.existing.get(name), situation.beside(name)
    cause = situation.goals.failed.get(name) or "the run ends before it is finished"
    if beside.previous is not None:
        if current is not None and _proved(current, situation):
            return None
        new, old = current or beside.next, beside.previous
    elif beside.next is not None and current is not None:
        new, old = beside.next, current
    else:
        return None
    tried = name in situation.goals.failed or (new is not None and new.state != "created")
    return Undo(cause=cause, new=new, old=old, keep=tried)


def unfinished(name: str, fits: bool, told: tuple[Told, ...], situation: Situation) -> Handover | Held | None:
    """What is to be done about it before anything else; None where nothing is left, or the plan goes on with it.

    `fits` says whether the new one is what is asked for now.
    """
    current, beside = situation.existing.get(name), situation.beside(name)
    if name in situation.goals.failed:
        return take_back(name, situation) or _leave(current, situation.goals.failed[name])
    if beside.previous is not None:
        return _with_previous(current, beside, beside.previous, fits, told, situation)
    if beside.next is None:
        return None
    if current is None and fits:
        return Promote(cause="the one that it was to replace is gone", new=beside.next)
    return None if fits else Discard(cause="an earlier run left it", old=beside.next)


def newest(name: str, situation: Situation) -> ObservedContainer | None:
    """The new one of a replacement that is not finished."""
    current, beside = situation.existing.get(name), situation.beside(name)
    if beside.previous is not None:
        return current or beside.next
    return beside.next


def _with_previous(
    current: ObservedContainer | None,
    beside: Beside,
    previous: ObservedContainer,
    fits: bool,
    told: tuple[Told, ...],
    situation: Situation,
) -> Handover:
    if current is not None and _proved(current, situation):
        return Discard(cause="the new one is healthy", old=previous)
    new = current or beside.next
    if new is not None and fits:
        return Finish(cause="an earlier run began to replace it", told=told, new=new, previous=previous)
    cause = "an earlier run began to replace it, and something else is asked for now"
    return Undo(cause=cause if new is not None else "an earlier run set it aside", new=new, old=previous)


def _proved(current: ObservedContainer, situation: Situation) -> bool:
    return current.state == "running" and current.id in situation.observed.run_folder.verified


def _leave(current: ObservedContainer | None, why: str) -> Held | None:
    return None if current is None else Held(why=f"its change failed, and what ran before stays: {why}")
