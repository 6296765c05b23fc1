"""How things stand: the containers of one manifest or of all, as they are now, and what is still to be done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from scs.contract import errors
from scs.contract.world import World
from scs.model import labels, observed
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.observed import JobNote, ObservedContainer, PublishedPort
from scs.model.plan import Goals, Plan
from scs.model.service import Endpoint
from scs.run import health, loop, targets

PROBES = 8
Kind = Literal["role", "job", "one-off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One container. `health` says why it is not healthy, `healthy`, or nothing where nobody checks.

    `role` is the job's name where `kind` says so, and the role that `scs run` was given for one that it made.
    """

    manifest: str
    container: str
    role: str
    kind: Kind
    state: str
    status: str
    health: str
    ports: tuple[str, ...]
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`plan` is what an apply would do now; None when no manifest was given."""

    rows: tuple[Row, ...]
    plan: Plan | None = None


def of_engine(world: World) -> Status:
    """Every manifest on the engine. Health is the engine's own word, since nobody said which checks there are."""
    return Status(rows=tuple(_row(one, one.health) for one in targets.managed(world.engine.list())))


def of_manifest(desired: Desired, world: World) -> Status:
    """The containers that a manifest asks for, whether they are there or not, and those of it that are left over."""
    seen, plan = loop.look(desired, Goals(), world)
    there = {one.name: one for one in targets.managed(seen.listing) if one.identity == desired.identity}
    with ThreadPoolExecutor(max_workers=PROBES) as pool:
        rows = list(pool.map(lambda one: _wanted(one, there, world), desired.containers))
    rows += [_job(one, there.get(one.name), seen.job_notes.get(one.role)) for one in desired.jobs]
    wanted = {one.name for one in desired.everything}
    rows += [_row(one, one.health) for name, one in there.items() if name not in wanted]
    return Status(rows=tuple(rows), plan=plan)


def _wanted(container: Container, there: Mapping[str, ObservedContainer], world: World) -> Row:
    old = there.get(container.name)
    if old is None:
        return _absent(container)
    if not container.checks or old.state != "running":
        return _row(old, old.health)
    try:
        return _row(old, health.look(old, container.checks, world) or "healthy")
    except errors.EffectError as error:
        return _row(old, error.why)


def _absent(container: Container) -> Row:
    return Row(
        manifest=str(container.identity),
        container=container.name,
        role=container.role,
        kind="role" if container.job is None else "job",
        state="absent",
        status="",
        health="",
        ports=(),
        image=container.image.tag,
    )


def _job(job: Container, old: ObservedContainer | None, note: JobNote | None) -> Row:
    """Its container is often gone by now; what it was made from is not what counts here, but whether it is done."""
    if old is not None:
        return _row(old, "")
    done = note is not None and note.digest == job.digest
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(note.when)) if note is not None else ""
    return replace(_absent(job), status=f"done on {when}" if done else "")


def _ended(container: ObservedContainer) -> str:
    """The engine's sentence on a job that has ended, in words for a job."""
    code = container.exit_code
    if not container.is_job or code is None:
        return container.status
    return observed.EXITED.sub(f"failed ({code})" if code else "done", container.status)


def _row(container: ObservedContainer, healthy: str) -> Row:
    return Row(
        manifest=str(container.identity),
        container=container.name,
        role=container.role,
        kind="one-off" if labels.ONE_OFF in container.labels else "job" if container.is_job else "role",
        state=container.state,
        status=_ended(container),
        health=healthy,
        ports=tuple(sorted(set(map(_port, container.ports)))),
        image=container.image,
    )


def _port(published: PublishedPort) -> str:
    """As the engine's own list has it, but for the address where it is every one."""
    host = Endpoint(host=published.address, port=published.port).address
    shown = published.port if published.address in {"0.0.0.0", "::"} else host
    return f"{shown}->{published.container_port}/{published.protocol}"
