"""Runs a plan: what does not depend on each other in parallel, what depends on a failure not at all."""

from __future__ import annotations

import graphlib
import threading
import traceback
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

from scs.contract import errors
from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.model.desired import Desired
from scs.model.outcome import Done, Failed, Outcome, Skipped
from scs.model.plan import Action, ActionId, Plan
from scs.run import effects

WORKERS = 8
"""Engines serialise most of what changes something; more threads only wait."""


@dataclass(frozen=True, slots=True)
class _Voice:
    """Progress of one action, passed on to the reporter."""

    action: Action
    reporter: Reporter

    def say(self, line: str) -> None:
        self.reporter.says(self.action, line)


def execute(
    plan: Plan, desired: Desired, world: World, reporter: Reporter, given_up: Mapping[ActionId, str]
) -> tuple[Outcome, ...]:
    """The outcome of every action, in the order in which they ended. `given_up`: what is not tried again, and why.

    When a replacement fails, nothing more is begun: the next plan puts back what ran before.
    """
    actions = {action.id: action for action in plan.actions}
    lanes = {action.lane: threading.Lock() for action in plan.actions if action.lane}
    order = graphlib.TopologicalSorter({action.id: action.after for action in plan.actions})
    order.prepare()
    unfit: dict[ActionId, str] = dict(given_up)
    outcomes: list[Outcome] = []
    running: dict[Future[Outcome], ActionId] = {}
    failed = False
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="effect") as pool:
        while order.is_active() and not (failed and not running):
            for identifier in () if failed else order.get_ready():
                action = actions[identifier]
                reason = _unfit(action, unfit)
                if reason:
                    unfit[identifier] = reason
                    outcomes.append(_told(Skipped(action=action, why=reason), reporter))
                    order.done(identifier)
                else:
                    lane = lanes.get(action.lane, nullcontext())
                    running[pool.submit(_attempt, action, desired, world, reporter, lane)] = identifier
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                identifier = running.pop(future)
                outcome = future.result()
                if not isinstance(outcome, Done):
                    unfit[identifier] = f"{actions[identifier].says} of {actions[identifier].target} did not succeed"
                failed = failed or (isinstance(outcome, Failed) and outcome.of_replacement)
                outcomes.append(_told(outcome, reporter))
                order.done(identifier)
    return tuple(outcomes)


def _unfit(action: Action, unfit: Mapping[ActionId, str]) -> str:
    if action.id in unfit:
        return unfit[action.id]
    return next((f"it needs '{one}', which did not succeed" for one in action.after if one in unfit), "")


def _attempt(
    action: Action, desired: Desired, world: World, reporter: Reporter, lane: AbstractContextManager[object]
) -> Outcome:
    began = world.clock.monotonic()
    try:
        with lane:
            world.clock.sleep(0)
            reporter.started(action)
            effects.perform(action.operation, desired, world, _Voice(action, reporter))
    except errors.Interrupted as stop:
        return Skipped(action=action, why=stop.why)
    except errors.EffectError as error:
        return Failed(action=action, why=error.why, detail=error.detail, kind=_kind(error))
    except Exception as error:  # a plug-in's own mistake must not take the other actions down with it
        why = f"{type(error).__name__}: {error} (a mistake of scs or of a provisioner, please report it)"
        return Failed(action=action, why=why, detail=traceback.format_exc())
    return Done(action=action, seconds=world.clock.monotonic() - began)


def _kind(error: errors.EffectError) -> Literal["transient", "permanent", "uncertain"]:
    match error:
        case errors.Retry() | errors.EngineUnavailable():
            return "transient"
        case errors.Uncertain():
            return "uncertain"
        case _:
            return "permanent"


def _told(outcome: Outcome, reporter: Reporter) -> Outcome:
    reporter.ended(outcome)
    return outcome
