"""Observe, plan, execute, until the plan is empty or nothing more can be done. The passes are also the retries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from scs.contract import errors
from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.observed import Observed
from scs.model.operations import BuildImage, CreateContainer, PullImage, StartContainer
from scs.model.outcome import Done, Failed, Outcome, Report, Skipped
from scs.model.plan import Action, ActionId, Goals, Plan
from scs.model.steps import Change
from scs.plan import invariants, reconcile
from scs.run import executor, ghosts, health, notes
from scs.run import observe as observation

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between passes in which nothing but transient failures happened; then the run gives up."""
LASTING = 2
"""How often one and the same action may be done in a run before it counts as not lasting."""
SETTLE_SECONDS = 1.0
"""How long a start without a check has to be past, and no restart by the engine seen, before it counts as running."""


@dataclass(slots=True)
class _Start:
    """A start of a container without a check: since when it ran, and how often the engine had started it again by then.

    None while it does not run.
    """

    action: Action
    since: float
    restarts: int | None = 0


@dataclass(slots=True)
class _Journal:
    """What happened so far in a run."""

    outcomes: list[Outcome] = field(default_factory=list)
    done: Counter[ActionId] = field(default_factory=Counter)
    given_up: dict[ActionId, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seen: Observed = field(default_factory=Observed)
    pauses: int = 0
    starts: dict[str, _Start] = field(default_factory=dict)
    interrupted: bool = False


def look(desired: Desired, goals: Goals, world: World) -> tuple[Observed, Plan]:
    """One observation and the plan that follows from it. Changes nothing."""
    observed = observation.observe(desired, goals, world)
    plan = reconcile.plan(desired, observed, goals)
    closer = _closer(plan, desired, observed, world)
    if closer is not observed:
        observed, plan = closer, reconcile.plan(desired, closer, goals)
    invariants.hold(plan, desired, observed, goals)
    return observed, plan


def _closer(plan: Plan, desired: Desired, observed: Observed, world: World) -> Observed:
    """The same world, with what only some plans depend on: ghosts, and the room on disks."""
    observed = ghosts.look(plan, desired, observed, world)
    made = {type(one.operation) for one in plan.actions}
    if CreateContainer not in made:
        return observed
    return replace(observed, room=observation.rooms(observed, world, builds=BuildImage in made))


def reconcile_all(desired: Desired, goals: Goals, world: World, reporter: Reporter) -> Report:
    """Brings the world to what is asked for, and reports everything that was done, failed, skipped or is blocked.

    However the run ends: a replacement that is not finished by then is taken back, and what ran before runs again.
    """
    journal = _Journal()
    report = _forward(desired, goals, world, reporter, journal)
    if report.converged:
        notes.keep(desired, goals, journal.seen.listing, journal.outcomes, world)
        return report
    if not any(one.action.change is Change.REPLACE for one in report.outcomes):
        return report
    back = _back(desired, goals, world, reporter, journal)
    return replace(report, outcomes=(*report.outcomes, *back))


def _forward(desired: Desired, goals: Goals, world: World, reporter: Reporter, journal: _Journal) -> Report:
    plan = Plan()
    while True:
        try:
            journal.seen, plan = look(desired, goals, world)
        except errors.EffectError as error:
            if not journal.outcomes:
                raise
            if isinstance(error, (errors.Retry, errors.EngineUnavailable)) and _pause(journal, world):
                continue
            return replace(_report(journal, plan), trouble=error.why)
        if not journal.outcomes:
            reporter.planned(plan)
        _give_up_what_does_not_last(plan, journal, world, reporter)
        if not [action for action in plan.actions if action.id not in journal.given_up]:
            if _settle(journal, world, reporter) or (_may_change_by_itself(plan) and _pause(journal, world)):
                continue
            return _report(journal, plan)
        outcomes = executor.execute(plan, desired, world, reporter, journal.given_up)
        goals = _record(outcomes, journal, goals, world)
        if not _may_go_on(outcomes, plan, journal, world):
            return _report(journal, plan)


def _back(desired: Desired, goals: Goals, world: World, reporter: Reporter, journal: _Journal) -> tuple[Outcome, ...]:
    """Takes back what is not finished. Nobody can stop this but by a second Ctrl-C; the next run would do the same."""
    world = replace(world, clock=world.clock.undisturbed())
    goals = replace(goals, undo=True, failed=journal.failed)
    outcomes: list[Outcome] = []
    for pause in (*PAUSES, 0.0):
        try:
            _, plan = look(desired, goals, world)
            if not plan.actions:
                break
            tried = executor.execute(plan, desired, world, reporter, {})
            outcomes += tried
            if any(isinstance(one, Done) for one in tried):
                continue
        except errors.EffectError:
            pass
        world.clock.sleep(pause)
    return tuple({one.action.id: one for one in outcomes}.values())


def _may_go_on(outcomes: tuple[Outcome, ...], plan: Plan, journal: _Journal, world: World) -> bool:
    """Whether another pass can bring anything. Waits first where something may go away by itself."""
    progress = any(isinstance(one, Done) or (isinstance(one, Failed) and one.of_replacement) for one in outcomes)
    if progress:
        journal.pauses = 0
    if journal.interrupted:
        return False
    if any(isinstance(one, Failed) and one.kind != "permanent" for one in outcomes):
        return _pause(journal, world)
    return progress or (_may_change_by_itself(plan) and _pause(journal, world))


def _may_change_by_itself(plan: Plan) -> bool:
    return any(one.waiting for one in plan.blocked)


def _record(outcomes: tuple[Outcome, ...], journal: _Journal, goals: Goals, world: World) -> Goals:
    """Remembers how each action ended; the goals of the next pass know what was pulled."""
    for outcome in outcomes:
        journal.outcomes.append(outcome)
        match outcome:
            case Done(action=action):
                journal.done[action.id] += 1
                if isinstance(action.operation, PullImage):
                    goals = replace(goals, pulled=goals.pulled | {action.operation.image.tag})
                if isinstance(action.operation, StartContainer) and _goes_on(action.operation.container):
                    journal.starts[action.target.name] = _Start(action=action, since=world.clock.monotonic())
            case Failed(action=action, why=why, kind="permanent"):
                journal.given_up[action.id] = why
                if action.target.kind == "job" or outcome.of_replacement:
                    journal.failed[action.target.name] = why
                    goals = replace(goals, failed=dict(journal.failed))
            case Skipped(why=errors.STOPPED):
                journal.interrupted = True
            case _:
                pass
    return goals


def _goes_on(container: Container) -> bool:
    """Whether that it runs is all that will be known of it."""
    return not container.checks and container.job is None


def _give_up_what_does_not_last(plan: Plan, journal: _Journal, world: World, reporter: Reporter) -> None:
    for action in plan.actions:
        if journal.done[action.id] < LASTING or action.id in journal.given_up:
            continue
        name = action.target.name
        detail = health.last_lines(name, world) if isinstance(action.operation, StartContainer) else ""
        why = f"{action.says}: done {journal.done[action.id]} times, and asked for again because {action.cause}"
        _end(Failed(action=action, why=f"{name}: {why}", detail=detail), journal, reporter)


def _report(journal: _Journal, plan: Plan) -> Report:
    """One outcome an action, the last word on it; what the last plan no longer asks for has not failed."""
    asked = {action.id for action in plan.actions}
    final: dict[ActionId, Outcome] = {}
    for outcome in journal.outcomes:
        identifier = outcome.action.id
        before = final.get(identifier)
        if isinstance(outcome, Skipped) and isinstance(before, (Done, Failed)):
            continue
        final.pop(identifier, None)
        match outcome:
            case Failed(action=action, kind="uncertain") if identifier not in asked:
                final[identifier] = Done(action=action)  # the reply was lost, the effect was not
            case Failed(kind="transient") | Skipped() if identifier not in asked:
                pass
            case _:
                final[identifier] = outcome
    return Report(
        outcomes=tuple(final.values()),
        blocked=plan.blocked,
        kept=plan.kept,
        interrupted=journal.interrupted,
        seen=journal.seen,
    )


def _settle(journal: _Journal, world: World, reporter: Reporter) -> bool:
    """Waits until each start has lasted, without another by the engine; True when another look is due."""
    journal.starts = {name: one for name, one in journal.starts.items() if one.action.id not in journal.given_up}
    if not journal.starts:
        return False
    left = SETTLE_SECONDS - (world.clock.monotonic() - max(one.since for one in journal.starts.values()))
    if left > 0 and not _sleep(left, journal, world):
        return False
    try:
        now = {name: world.engine.restarts(name) for name in journal.starts}
    except errors.EffectError:
        return _pause(journal, world)  # the look that follows meets the same engine, and says what is wrong with it
    restless = {name: one for name, one in journal.starts.items() if now[name] is None or now[name] != one.restarts}
    if not restless or _pause(journal, world):
        journal.starts = {name: _again(one, name, world) for name, one in restless.items()}
        return True
    if journal.interrupted:
        return False
    for name, one in restless.items():
        why = f"{name} does not go on running: the engine starts it again and again"
        _end(Failed(action=one.action, why=why, detail=health.last_lines(name, world)), journal, reporter)
    journal.starts = {}
    return False


def _again(start: _Start, name: str, world: World) -> _Start:
    """From now on."""
    try:
        restarts = world.engine.restarts(name)
    except errors.EffectError:
        restarts = None
    return _Start(action=start.action, since=world.clock.monotonic(), restarts=restarts)


def _end(failed: Failed, journal: _Journal, reporter: Reporter) -> None:
    journal.given_up[failed.action.id] = failed.why
    journal.outcomes.append(failed)
    reporter.ended(failed)


def _pause(journal: _Journal, world: World) -> bool:
    """Waits a little longer each time; False when that was tried often enough, or the run is to stop."""
    if journal.pauses >= len(PAUSES):
        return False
    journal.pauses += 1
    return _sleep(PAUSES[journal.pauses - 1], journal, world)


def _sleep(seconds: float, journal: _Journal, world: World) -> bool:
    try:
        world.clock.sleep(seconds)
    except errors.Interrupted:
        journal.interrupted = True
        return False
    return True
