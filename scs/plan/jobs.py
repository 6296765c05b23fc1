"""Jobs: whether one has to run, why, and the actions for that; not what waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from scs.model import labels
from scs.model.container import Container, Job
from scs.model.observed import JobNote, ObservedContainer, Told
from scs.model.operations import AwaitEnd
from scs.model.plan import Action
from scs.model.steps import Change
from scs.plan import lifecycle, obstacles, order, parts, verdict, wording
from scs.plan.lifecycle import Making, Why
from scs.plan.obstacles import Held
from scs.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """It has to run; `former` are the containers that stand in its place."""

    cause: str
    told: tuple[Told, ...]
    former: tuple[ObservedContainer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """It runs, or has ended and nobody noted it; `earlier` is a run of what is no longer asked for."""

    cause: str
    paused: bool = False
    earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """It ended well; `former` are containers of other content, which nobody needs any more."""

    former: tuple[ObservedContainer, ...] = ()


Verdict = Run | Await | Completed | Held


def judge(job: Container, situation: Situation) -> Verdict:
    """What is to become of a job. One that runs is waited for, whatever it was made from."""
    if job.name in situation.goals.failed:
        return Held(why=situation.goals.failed[job.name])
    there = situation.existing.get(job.name)
    old = there if there is not None and there.is_job else None
    if old is not None and old.alive:
        earlier = old.labels.get(labels.DIGEST) != job.digest
        return Await(cause="it runs since an earlier apply", paused=old.state == "paused", earlier=earlier)
    if old is not None and old.state == "removing":
        return Held(why="the engine is removing it", waiting=True)
    if _noted(job, situation):
        return Completed(former=_former(job, situation))
    cause = _unfinished(job, old, situation)
    if not cause:
        return Await(cause="it has ended, and that was not noted yet")
    told, unmet = verdict.requirements(job, situation)
    obstacle = (verdict.taken(job, situation) if there is None else None) or obstacles.obstacle(job, situation)
    obstacle = obstacle or obstacles.no_room(job, situation.observed)
    former = tuple(one for one in situation.ours if one.replica == job.name)
    return obstacle or unmet or Run(cause=cause, told=told, former=former)


def actions(job: Container, decided: Run | Await | Completed, situation: Situation) -> tuple[Action, ...]:
    """Making it, starting it and waiting for its end, or what is left of that."""
    match decided:
        case Completed(former=former):
            why = Why(change=Change.REMOVE, cause="something else was asked for by then", kind="job")
            return tuple(action for one in former for action in lifecycle.stop_and_remove(one, why))
        case Await(cause=cause, paused=paused, earlier=earlier):
            why = Why(change=Change.UPDATE, cause=cause, kind="job")
            resumed = lifecycle.unpause(job, why) if paused else ()
            after = tuple(one.id for one in resumed)
            return (*resumed, lifecycle.await_end(_end(job, earlier=earlier), why, after=after))
        case Run():
            return _run(job, decided, situation)


def _run(job: Container, decided: Run, situation: Situation) -> tuple[Action, ...]:
    """Everything is obtained before the record of its earlier run goes."""
    why = Why(change=Change.CREATE, cause=decided.cause, kind="job")
    gotten = order.obtained(job, situation)
    clear = order.before_clearing(job, situation)
    gone = [action for one in decided.former for action in lifecycle.stop_and_remove(one, why, after=clear)]
    making = Making(container=job, name=job.name, folder=job.name, told=decided.told, why=why)
    made = lifecycle.create(making, (*gotten, *(one.id for one in gone)))
    started = lifecycle.start(making, (*(one.id for one in made), *order.before_start(job, situation)))
    return (*gone, *made, started, lifecycle.await_end(_end(job), why, after=(started.id,)))


def _end(job: Container, *, earlier: bool = False) -> AwaitEnd:
    timeout = (job.job or Job()).timeout
    return AwaitEnd(name=job.name, timeout=timeout, grace=job.process.stop_grace, earlier=earlier)


def _noted(job: Container, situation: Situation) -> bool:
    note = situation.observed.job_notes.get(job.role)
    return note is not None and note.digest == job.digest and not _other_image(job, note.image_id, situation)


def _other_image(job: Container, image_id: str, situation: Situation) -> bool:
    """An image that the engine no longer has is no reason to run the job again."""
    image = situation.observed.listing.image(job.image.tag)
    return image is not None and image.id != image_id


def _unfinished(job: Container, old: ObservedContainer | None, situation: Situation) -> str:
    """Why it has to run; empty when its container shows that it ended well."""
    if old is None:
        return _changed_since(job, situation.observed.job_notes.get(job.role))
    if old.labels.get(labels.DIGEST) != job.digest:
        return f"its {wording.listed(parts.changed(job, old))} changed"
    if _other_image(job, old.image_id, situation):
        return f"{job.image.tag} is another image now"
    if old.state == "created":
        return "it was created and not started"
    if old.exit_code is None:
        return "the engine did not see how its last run ended"
    return f"its last run exited with {old.exit_code}" if old.exit_code else ""


def _changed_since(job: Container, note: JobNote | None) -> str:
    if note is None:
        return "it has not run yet"
    same = note.digest == job.digest
    return f"{job.image.tag} is another image now" if same else "what was asked for changed since its last run"


def _former(job: Container, situation: Situation) -> tuple[ObservedContainer, ...]:
    """All that stand in its place but the container whose run is the record."""
    ours = (one for one in situation.ours if one.replica == job.name)
    return tuple(one for one in ours if not one.is_job or one.slot or one.labels.get(labels.DIGEST) != job.digest)
