"""Plans and reports as people and programs read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scs.cli import output
from scs.model.identity import Identity
from scs.model.outcome import Done, Failed, Report, Skipped
from scs.model.plan import Action, Blocked, Plan, Target
from scs.model.steps import Change

DONE_WORDS = {
    Change.CREATE: "created",
    Change.UPDATE: "updated",
    Change.RESTART: "started",
    Change.REPLACE: "replaced",
    Change.REMOVE: "removed",
    Change.RESTORE: "put back",
}


def show(identity: Identity, plan: Plan, to: Callable[[str], None] = output.say) -> None:
    """The plan as text, with a summary as its last line."""
    for action in plan.actions:
        to(str(action))
        for field in action.fields:
            to(f"{'':9}{field}")
    for blocked in plan.blocked:
        to(str(blocked))
    for line in plan.kept:
        to(f"kept     {line}")
    to(f"{identity}: {summary(plan)}")


def summary(plan: Plan) -> str:
    """How many objects each class of change touches, in one sentence."""
    if plan.empty:
        return "nothing to do"
    changes = [f"{plan.counts[change]} to {change.value}" for change in Change if change in plan.counts]
    waiting = [f"{len(plan.blocked)} blocked"] if plan.blocked else []
    return ", ".join((*changes, *waiting))


def as_json(identity: Identity, plan: Plan) -> Mapping[str, object]:
    return {
        "manifest": str(identity),
        "changes": {change.value: plan.counts.get(change, 0) for change in Change},
        "actions": [_action(one) for one in plan.actions],
        "blocked": [_blocked(one) for one in plan.blocked],
        "kept": list(plan.kept),
    }


def report(identity: Identity, found: Report, *, verb: str = "done") -> None:
    """What a run came to. Failures with their reasons and the output that shows them."""
    for failed in found.failed:
        output.tell(f"failed   {failed.action.target}: {failed.why}")
        output.tell_detail(failed.detail)
    for skipped in found.skipped:
        output.tell(f"skipped  {skipped.action.target}: {skipped.action.says}: {skipped.why}")
    for blocked in _blocked_alone(found):
        output.tell(str(blocked))
    if found.trouble:
        output.tell(f"scs: {found.trouble}")
    output.say(f"{identity}: {outcome(found, verb)}")
    for line in found.kept:
        output.say(f"kept     {line}")


def outcome(found: Report, verb: str = "done") -> str:
    """One sentence on how a run ended."""
    changes = counts(found)
    parts = [f"{number} {DONE_WORDS[change]}" for change, number in changes.items()]
    parts += [f"{len(found.failed)} failed"] if found.failed else []
    parts += [f"{len(found.skipped)} not tried"] if found.skipped else []
    parts += [f"{len(_blocked_alone(found))} blocked"] if _blocked_alone(found) else []
    if not parts and found.converged:
        return "nothing to do"
    if found.trouble:
        return f"could not look again: {', '.join(parts) or 'nothing was done'}; apply again to go on"
    if found.interrupted:
        return f"stopped before the end: {', '.join(parts)}; apply again to go on"
    return f"{verb}: {', '.join(parts)}" if found.converged else ", ".join(parts)


def _blocked_alone(found: Report) -> tuple[Blocked, ...]:
    """Without those whose failure says more."""
    return tuple(one for one in found.blocked if one.target not in _unfinished(found))


def _unfinished(found: Report) -> frozenset[Target]:
    """Objects of which a part failed or was not tried."""
    return frozenset(one.action.target for one in found.outcomes if not isinstance(one, Done))


def counts(found: Report) -> Mapping[Change, int]:
    """How many objects were changed, by class. One of which a part failed or was not tried was at most put back."""
    targets: dict[Change, set[object]] = {}
    for one in found.done:
        whole = one.action.target not in _unfinished(found) or one.action.change is Change.RESTORE
        if whole and not one.action.routine:
            targets.setdefault(one.action.change, set()).add(one.action.target)
    return {change: len(targets[change]) for change in Change if change in targets}


def report_json(identity: Identity, found: Report) -> Mapping[str, object]:
    outcomes = []
    for one in found.outcomes:
        match one:
            case Done(seconds=seconds):
                extra: dict[str, object] = {"outcome": "done", "seconds": round(seconds, 3)}
            case Failed(why=why, detail=detail, kind=kind):
                extra = {"outcome": "failed", "why": why, "detail": detail, "kind": kind}
            case Skipped(why=why):
                extra = {"outcome": "skipped", "why": why}
        outcomes.append({**_action(one.action), **extra})
    return {
        "manifest": str(identity),
        "converged": found.converged,
        "interrupted": found.interrupted,
        "trouble": found.trouble,
        "changes": {change.value: counts(found).get(change, 0) for change in Change},
        "actions": outcomes,
        "blocked": [_blocked(one) for one in found.blocked],
        "kept": list(found.kept),
    }


def _action(action: Action) -> dict[str, object]:
    return {
        "id": action.id,
        "target": {"kind": action.target.kind, "name": action.target.name},
        "change": action.change.value,
        "says": action.says,
        "cause": action.cause,
        "downtime": action.downtime,
        "fields": [{"path": one.path, "old": one.old, "new": one.new} for one in action.fields],
        "data_at_risk": action.data_at_risk,
        "after": list(action.after),
    }


def _blocked(blocked: Blocked) -> dict[str, object]:
    target = {"kind": blocked.target.kind, "name": blocked.target.name}
    return {"target": target, "why": blocked.why, "waiting": blocked.waiting, "stands": blocked.stands}
