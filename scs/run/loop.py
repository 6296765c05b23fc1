"""Observe, plan, execute, until the plan is empty or nothing more can be done. The passes are also the retries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from scs.contract import errors
from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.model.desired import Desired
from scs.model.observed import Observed
from scs.model.outcome import Done, Failed, Outcome, Report, Skipped
from scs.model.plan import ActionId, Goals, Plan, PullImage, StartContainer
from scs.plan import invariants, reconcile
from scs.run import executor, health
from scs.run import observe as observation

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between passes in which nothing but transient failures happened; then the run gives up."""
LASTING = 2
"""How often one and the same action may be done in a run before it counts as not lasting."""


@dataclass(slots=True)
class _Journal:
    """What happened so far in a run."""

    outcomes: list[Outcome] = field(default_factory=list)
    done: Counter[ActionId] = field(default_factory=Counter)
    given_up: dict[ActionId, str] = field(default_factory=dict)
    pauses: int = 0


def look(desired: Desired, goals: Goals, world: World) -> tuple[Observed, Plan]:
    """One observation and the plan that follows from it. Changes nothing."""
    observed = observation.observe(desired, goals, world)
    plan = reconcile.plan(desired, observed, goals)
    invariants.hold(plan, desired, observed, goals)
    return observed, plan


def reconcile_all(desired: Desired, goals: Goals, world: World, reporter: Reporter) -> Report:
    """Brings the world to what is asked for, and reports everything that was done, failed, skipped or is blocked."""
    journal = _Journal()
    while True:
        try:
            _, plan = look(desired, goals, world)
        except (errors.Retry, errors.EngineUnavailable) as error:
            if not journal.outcomes or not _pause(journal, world):
                raise
            del error
            continue
        if not journal.outcomes:
            reporter.planned(plan)
        _give_up_what_does_not_last(plan, journal, world, reporter)
        if not [action for action in plan.actions if action.id not in journal.given_up]:
            if any(one.waiting for one in plan.blocked) and _pause(journal, world):
                continue
            return _report(journal, plan)
        outcomes = executor.execute(plan, desired, world, reporter, journal.given_up)
        goals = _record(outcomes, journal, goals)
        if not _may_go_on(outcomes, journal, world):
            return _report(journal, plan)


def _may_go_on(outcomes: tuple[Outcome, ...], journal: _Journal, world: World) -> bool:
    """Whether another pass can bring anything. Waits first where something may go away by itself."""
    progress = any(isinstance(one, Done) for one in outcomes)
    if progress:
        journal.pauses = 0
    if _interrupted(outcomes):
        return False
    if any(isinstance(one, Failed) and one.kind != "permanent" for one in outcomes):
        return _pause(journal, world)
    return progress


def _record(outcomes: tuple[Outcome, ...], journal: _Journal, goals: Goals) -> Goals:
    """Remembers how each action ended. Transient failures leave no trace until the run gives up."""
    for outcome in outcomes:
        match outcome:
            case Done(action=action):
                journal.done[action.id] += 1
                journal.outcomes.append(outcome)
                if isinstance(action.operation, PullImage):
                    goals = replace(goals, pulled=goals.pulled | {action.operation.image.tag})
            case Failed(action=action, why=why, kind="permanent"):
                journal.given_up[action.id] = why
                journal.outcomes.append(outcome)
            case Failed() | Skipped():
                journal.outcomes.append(outcome)
    return goals


def _give_up_what_does_not_last(plan: Plan, journal: _Journal, world: World, reporter: Reporter) -> None:
    for action in plan.actions:
        if journal.done[action.id] < LASTING or action.id in journal.given_up:
            continue
        name = action.target.name
        detail = health.last_lines(name, world) if isinstance(action.operation, StartContainer) else ""
        why = f"{action.says}: done {journal.done[action.id]} times, and asked for again because {action.cause}"
        failed = Failed(action=action, why=f"{name}: {why}", detail=detail)
        journal.given_up[action.id] = why
        journal.outcomes.append(failed)
        reporter.ended(failed)


def _report(journal: _Journal, plan: Plan) -> Report:
    """One outcome an action: the last word on it. What succeeded later is not told as failed."""
    final: dict[ActionId, Outcome] = {}
    for outcome in journal.outcomes:
        before = final.get(outcome.action.id)
        if isinstance(outcome, Skipped) and isinstance(before, (Done, Failed)):
            continue
        final.pop(outcome.action.id, None)
        final[outcome.action.id] = outcome
    outcomes = tuple(final.values())
    return Report(outcomes=outcomes, blocked=plan.blocked, kept=plan.kept, interrupted=_interrupted(outcomes))


def _pause(journal: _Journal, world: World) -> bool:
    """Waits a little longer each time; False when that was tried often enough, or the run is to stop."""
    if journal.pauses >= len(PAUSES):
        return False
    try:
        world.clock.sleep(PAUSES[journal.pauses])
    except errors.Interrupted:
        return False
    journal.pauses += 1
    return True


def _interrupted(outcomes: tuple[Outcome, ...]) -> bool:
    return any(isinstance(one, Skipped) and one.why == errors.STOPPED for one in outcomes)
