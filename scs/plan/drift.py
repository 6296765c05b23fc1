"""What in the world is other than it was made, field by field; what the manifest has changed since is not drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.observed import Observed, SeenNetwork, SeenVolume
from scs.model.plan import Goals, Target
from scs.model.steps import Absent
from scs.plan import adjusting, files, lifecycle, parts, provisioning, situation, verdict
from scs.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """`path` is a field, or `state`."""

    target: Target
    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.target}: {self.path} is {self.found}, not {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`pending` are containers that are to be changed by an apply anyway, as the manifest asks for something else."""

    drifted: tuple[Drifted, ...]
    pending: tuple[str, ...]


def drift(desired: Desired, observed: Observed) -> Drift:
    """Everything that somebody changed by hand. Observed with `deep`, or settings and limits are not seen."""
    seen = situation.survey(desired, observed, Goals(deep=True))
    things: tuple[SeenVolume | SeenNetwork, ...] = (*seen.volumes, *seen.networks)
    gone = tuple(
        Drifted(target=provisioning.target(one), path="state", expected="there", found="absent")
        for one in things
        if isinstance(one.observation, Absent) and provisioning.steps_of(one.steps)
    )
    of_containers = tuple(one for container in desired.containers for one in _of_container(container, seen))
    pending = tuple(container.name for container in desired.containers if _is_pending(container, seen))
    return Drift(drifted=(*gone, *of_containers), pending=pending)


def _is_pending(container: Container, seen: Situation) -> bool:
    old = seen.existing.get(container.name)
    return old is not None and bool(parts.asked_anew(container, old, seen.observed.records.get(old.id)))


def _of_container(container: Container, seen: Situation) -> Iterator[Drifted]:
    old = seen.existing.get(container.name)
    target = lifecycle.target(container)
    if old is None:
        yield Drifted(target=target, path="state", expected="running", found="absent")
        return
    if old.state != "running":
        yield Drifted(target=target, path="state", expected="running", found=f"{old.state} ({old.status})")
    if _is_pending(container, seen):
        return
    adjusted = adjusting.adjust(container, old, seen)
    for one in () if adjusted is None else adjusted.fields:
        yield Drifted(target=target, path=one.path, expected=one.new, found=one.old)
    for one in adjusting.settings(old, seen.observed.live, seen.observed.records):
        yield Drifted(target=target, path=one.path, expected=one.old, found=one.new)
    told, _ = verdict.requirements(container, seen)
    for edit in files.edited(container, old, told, seen):
        for one in edit.fields:
            yield Drifted(target=target, path=one.path, expected=one.old, found=one.new)
