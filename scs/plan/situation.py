"""What every part of the planner looks at: desired, observed, goals, and what follows from them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.observed import Observed, ObservedContainer, SeenNetwork, SeenVolume
from scs.model.plan import ActionId, Goals
from scs.model.steps import Do
from scs.plan import ownership


def action_id(operation: str, name: str) -> ActionId:
    return ActionId(f"{operation} {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a replica; see `model.aside`."""

    next: ObservedContainer | None = None
    previous: ObservedContainer | None = None
    failed: ObservedContainer | None = None


NOBODY = Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """`selected` is what this run is about; `existing` our replicas by name; `leftovers` those that nobody wants.

    `ours` are all containers that stand for a replica or beside one. `stuck_networks` would have to be made again and
    cannot, since somebody stays on them: by name, with the reason. `besides` are what stands beside the replicas, by
    their names; `holders` the containers, whosever, that hold a port of the host, by port and protocol. `network_ids`
    are those of the engine's networks, by name.
    """

    desired: Desired
    observed: Observed
    goals: Goals
    selected: tuple[Container, ...]
    ours: tuple[ObservedContainer, ...]
    existing: Mapping[str, ObservedContainer]
    leftovers: tuple[ObservedContainer, ...]
    besides: Mapping[str, Beside]
    holders: Mapping[tuple[int, str], tuple[ObservedContainer, ...]]
    network_ids: Mapping[str, str]
    stuck_networks: Mapping[str, str] = field(default_factory=dict)
    memo: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What is asked for each attachment of each container: the networks that are made again."""

    def provider_names(self, role: str) -> tuple[str, ...]:
        return tuple(container.name for container in self.desired.called(role))

    def beside(self, name: str) -> Beside:
        return self.besides.get(name, NOBODY)

    def volume(self, name: str) -> SeenVolume:
        return self.observed.volumes[name]

    def network(self, name: str) -> SeenNetwork:
        return self.observed.networks[name]

    @property
    def volumes(self) -> tuple[SeenVolume, ...]:
        """The volumes that the selected containers use, those first that others lie in."""
        wanted = {mount.volume for container in self.selected for mount in container.mounts}
        if not self.goals.only:
            wanted |= {volume.name for volume in self.desired.volumes}
        for volume in reversed(self.desired.volumes):
            if volume.name in wanted and volume.parent:
                wanted.add(volume.parent)
        return tuple(self.observed.volumes[one.name] for one in self.desired.volumes if one.name in wanted)

    @property
    def networks(self) -> tuple[SeenNetwork, ...]:
        wanted = {one.network for container in self.selected for one in container.attachments}
        return tuple(
            self.observed.networks[one.name]
            for one in self.desired.networks
            if not self.goals.only or one.name in wanted
        )

    @property
    def remade_networks(self) -> frozenset[str]:
        """Networks that have to be taken down and made again, by name."""
        if "remade" not in self.memo:
            self.memo["remade"] = frozenset(
                seen.network.name
                for seen in self.networks
                if isinstance(seen.steps, Do)
                and any(step.exclusive for step in seen.steps.steps)
                and seen.network.name not in self.stuck_networks
            )
        return self.memo["remade"]


def selected(desired: Desired, only: frozenset[str]) -> tuple[Container, ...]:
    """What a run is about: all, or these roles and jobs, and the jobs that these wait for."""
    chosen = _with_jobs(only, desired)
    return tuple(one for one in desired.everything if not only or one.role in chosen)


def survey(desired: Desired, observed: Observed, goals: Goals) -> Situation:
    """Sorts what is there into what is wanted and what is left over; with `only`, of these roles and their jobs."""
    ours = ownership.replicas(desired.identity, observed.listing)
    existing = {one.name: one for one in ours if not one.slot}
    wanted = {container.name for container in desired.everything}
    leftovers = tuple(one for one in ours if one.replica not in wanted and (not goals.only or one.role in goals.only))
    return Situation(
        desired=desired,
        observed=observed,
        goals=goals,
        selected=selected(desired, goals.only),
        ours=ours,
        existing=existing,
        leftovers=leftovers,
        besides=_besides(ours),
        holders=_holders(observed),
        network_ids={one.name: one.id for one in observed.listing.networks},
    )


def _besides(ours: tuple[ObservedContainer, ...]) -> Mapping[str, Beside]:
    slots: dict[str, dict[str, ObservedContainer]] = {}
    for one in ours:
        if one.slot:
            slots.setdefault(one.replica, {})[one.slot] = one
    return {
        name: Beside(next=found.get("next"), previous=found.get("previous"), failed=found.get("failed"))
        for name, found in slots.items()
    }


def _holders(observed: Observed) -> Mapping[tuple[int, str], tuple[ObservedContainer, ...]]:
    found: dict[tuple[int, str], tuple[ObservedContainer, ...]] = {}
    for one in observed.listing.containers:
        for key in {(port.port, port.protocol) for port in one.ports}:
            found[key] = (*found.get(key, ()), one)
    return found


def _with_jobs(roles: frozenset[str], desired: Desired) -> frozenset[str]:
    """These roles and the jobs that have to be completed for them, and for those jobs."""
    found = set(roles)
    waiting = list(roles)
    while waiting:
        for container in desired.called(waiting.pop())[:1]:
            jobs = {one.role for one in container.after if one.condition == "completed"} - found
            found |= jobs
            waiting += jobs
    return frozenset(found)
