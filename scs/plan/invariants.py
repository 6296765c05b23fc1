"""What must hold for every plan before it runs, checked apart from the code that makes plans."""

from __future__ import annotations

from collections.abc import Iterator

from scs.model.desired import Desired
from scs.model.observed import Observed
from scs.model.operations import (
    CreateContainer,
    EndGhost,
    PerformNetworkStep,
    PerformVolumeStep,
    RemoveContainer,
    RenameContainer,
    ResumeContainer,
    StopContainer,
)
from scs.model.plan import Action, Blocked, Goals, Plan, Target
from scs.model.steps import Unknown
from scs.plan import ghosts, ownership


class BrokenPlan(Exception):
    """The planner contradicts itself. A bug of scs, never of its user; nothing was done."""


def hold(plan: Plan, desired: Desired, observed: Observed, goals: Goals) -> None:
    """Raises BrokenPlan with every invariant that the plan breaks."""
    broken = [
        *_order(plan),
        *_foreign(plan, desired, observed),
        *_alive(plan, observed),
        *_data(plan, goals),
        *_guesses(plan, observed),
        *_doubles(plan, observed),
        *_blocked(plan.actions, plan.blocked),
    ]
    if broken:
        raise BrokenPlan("; ".join(broken))


def _order(plan: Plan) -> Iterator[str]:
    earlier: set[str] = set()
    for action in plan.actions:
        if action.id in earlier:
            yield f"'{action.id}' stands in it twice"
        for one in action.after:
            if one not in earlier:
                yield f"'{action.id}' stands before '{one}', which it needs"
        earlier.add(action.id)


def _foreign(plan: Plan, desired: Desired, observed: Observed) -> Iterator[str]:
    """Only what is ours is stopped, renamed, ended or removed."""
    created: set[str] = set()
    listing = observed.listing
    listed = {one.id for one in listing.containers}
    mine = {
        one.id
        for one in (
            *ownership.replicas(desired.identity, listing),
            *ownership.one_offs(desired.identity, listing),
        )
    }
    for action in plan.actions:
        operation = action.operation
        match operation:
            case CreateContainer(name=name):
                created.add(name)
                continue
            case EndGhost(id=touched) if touched not in listed and _proven(touched, observed):
                continue
            case (
                StopContainer(id=touched)
                | RemoveContainer(id=touched)
                | ResumeContainer(id=touched)
                | EndGhost(id=touched)
            ):
                pass
            case RenameContainer(container=touched) if touched not in created:
                known = listing.container(touched)
                touched = known.id if known is not None else touched
            case _:
                continue
        if touched not in mine:
            yield f"'{action.id}' is about a container that is not of {desired.identity}"


def _proven(ghost: str, observed: Observed) -> bool:
    known = observed.lost.ghosts.get(ghost)
    return known is not None and bool(known.replica)


def _alive(plan: Plan, observed: Observed) -> Iterator[str]:
    """Processes are ended only where the engine knows of none: it stops what it runs."""
    states = {one.id: one.state for one in observed.listing.containers}
    for action in plan.actions:
        operation = action.operation
        if isinstance(operation, EndGhost) and states.get(operation.id, "dead") not in ghosts.ENDED:
            yield f"'{action.id}' would end what the engine runs"


def _data(plan: Plan, goals: Goals) -> Iterator[str]:
    for action in plan.actions:
        operation = action.operation
        if isinstance(operation, PerformVolumeStep) and operation.step.data_at_risk:
            named = goals.destroy and operation.volume.key in goals.delete_data
            if not named:
                yield f"'{action.id}' endangers data that nobody named"


def _guesses(plan: Plan, observed: Observed) -> Iterator[str]:
    """Nothing follows from not having been able to look."""
    for action in plan.actions:
        match action.operation:
            case PerformVolumeStep(volume=volume):
                seen = observed.volumes[volume.name].observation
            case PerformNetworkStep(network=network):
                seen = observed.networks[network.name].observation
            case _:
                continue
        if isinstance(seen, Unknown):
            yield f"'{action.id}' acts although nobody could look ({seen.why})"


def _doubles(plan: Plan, observed: Observed) -> Iterator[str]:
    """A container is created only where none is, or where the plan removes it first."""
    removed: set[str] = set()
    for action in plan.actions:
        match action.operation:
            case RemoveContainer(name=name):
                removed.add(name)
            case CreateContainer(name=name) if observed.listing.container(name) is not None and name not in removed:
                yield f"'{action.id}' would make a second container of that name"
            case _:
                pass


def _blocked(actions: tuple[Action, ...], blocked: tuple[Blocked, ...]) -> Iterator[str]:
    """What is blocked is not touched."""
    held: set[Target] = {one.target for one in blocked}
    for action in actions:
        if action.target in held:
            yield f"'{action.id}' touches what is blocked"
