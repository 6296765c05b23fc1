"""What stands as it is until the jobs have ended well: nothing that runs is stopped before, but what they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scs.model.container import Container
from scs.model.observed import ObservedContainer
from scs.model.operations import CreateContainer, StartContainer
from scs.model.plan import Action, ActionId, Blocked, Target
from scs.plan import jobs, order, verdict
from scs.plan.obstacles import Held
from scs.plan.situation import Situation, action_id

Verdicts = Mapping[str, verdict.Verdict | jobs.Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """`pending` are the jobs that have yet to end well, `needed` the names of containers without which they cannot.

    `entangled` says that one of all these has to leave a network that is made again, which all leave together.
    """

    pending: tuple[Container, ...] = ()
    needed: frozenset[str] = frozenset()
    entangled: bool = False

    @property
    def ended(self) -> tuple[ActionId, ...]:
        return tuple(action_id("await", one.name) for one in self.pending)


def release(verdicts: Verdicts, situation: Situation) -> Release:
    pending = tuple(
        one for one in situation.selected if one.job is not None and not isinstance(verdicts[one.name], jobs.Completed)
    )
    roles = _needed(pending, situation)
    needed = tuple(one for one in situation.desired.containers if one.role in roles)
    return Release(
        pending=pending,
        needed=frozenset(one.name for one in needed),
        entangled=any(order.leaves_a_network(one, situation) for one in (*pending, *needed)),
    )


def before_stop(container: Container, found: Release, situation: Situation) -> tuple[ActionId, ...]:
    """The ends of jobs that a container waits for before it stops to be replaced."""
    if container.name in found.needed or (found.entangled and order.leaves_a_network(container, situation)):
        return ()
    return found.ended


def before_removal(
    old: ObservedContainer, actions: Iterable[Action], found: Release, situation: Situation
) -> tuple[ActionId, ...]:
    """The same for one that nobody wants any more; what a job needs may be made only when that is gone."""
    return found.ended if _waits(old, actions, found, situation) else ()


def held(
    container: Container, decided: object, found: Release, verdicts: Verdicts, situation: Situation
) -> Held | None:
    """A replacement is held while a job is; so is a new container that would come after the removal of others."""
    job = _stopped(found, verdicts)
    if job is None or container.name in found.needed:
        return None
    if isinstance(decided, verdict.Replace):
        stands = decided.old.state == "running"
        return Held(why=f"nothing is replaced before job {job.why}", waiting=job.waiting, stands=stands)
    if isinstance(decided, verdict.Create) and any(_leaves(one, situation) for one in situation.leftovers):
        return Held(why=f"containers of former roles stay before job {job.why}", waiting=job.waiting)
    return None


def held_removals(
    actions: Iterable[Action], found: Release, verdicts: Verdicts, situation: Situation
) -> Mapping[str, Blocked]:
    """Containers that nobody wants any more, and that stay while a job is held, by name."""
    job = _stopped(found, verdicts)
    if job is None:
        return {}
    return {
        old.name: Blocked(
            target=Target(kind="job" if old.is_job else "container", name=old.name),
            why=f"nothing is removed before job {job.why}",
            waiting=job.waiting,
            stands=old.state == "running",
        )
        for old in situation.leftovers
        if _waits(old, actions, found, situation)
    }


def _stopped(found: Release, verdicts: Verdicts) -> Held | None:
    """The first job that does not end well in this plan, and `why` as a sentence about others goes on with it."""
    for one in found.pending:
        match verdicts[one.name]:
            case Held(why=why, waiting=waiting):
                return Held(why=f"{one.name} has ended well: {why}", waiting=waiting)
            case jobs.Await(earlier=True):
                return Held(why=f"{one.name} has ended well: an earlier run of it has to end first", waiting=True)
            case _:
                pass
    return None


def _waits(old: ObservedContainer, actions: Iterable[Action], found: Release, situation: Situation) -> bool:
    if not old.alive or not found.pending:
        return False
    if any(one.network in situation.remade_networks for one in old.attachments):
        return False
    made = (one for one in actions if isinstance(one.operation, (CreateContainer, StartContainer)))
    return found.needed.isdisjoint(one.target.name for one in made)


def _leaves(old: ObservedContainer, situation: Situation) -> bool:
    return situation.goals.prune and old.alive and order.role_is_gone(old, situation)


def _needed(pending: Iterable[Container], situation: Situation) -> frozenset[str]:
    """The roles and jobs that these need, and those that they need."""
    found: set[str] = set()
    waiting = list(pending)
    while waiting:
        for need in order.needs(waiting.pop()):
            if need.role not in found:
                found.add(need.role)
                waiting += situation.desired.called(need.role)[:1]
    return frozenset(found)
