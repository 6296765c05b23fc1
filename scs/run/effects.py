"""Performs one action. Knows how, never whether: no look at desired, no choice that the plan has not made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from scs.contract import errors
from scs.contract.context import Progress
from scs.contract.engine import Creation
from scs.contract.world import World
from scs.model import fields, labels
from scs.model.desired import Desired
from scs.model.identity import digest
from scs.model.observed import Record
from scs.model.operations import (
    Adjustment,
    AwaitEnd,
    AwaitHealthy,
    BuildImage,
    ConnectContainer,
    ContainerOperation,
    CreateContainer,
    DisconnectContainer,
    EndGhost,
    ForgetJob,
    Operation,
    PerformNetworkStep,
    PerformVolumeStep,
    PullImage,
    PutFiles,
    RemoveContainer,
    RenameContainer,
    ResumeContainer,
    StartContainer,
    StopContainer,
    TellContainer,
    UnpauseContainer,
    UpdateContainer,
)
from scs.model.plan import Goals
from scs.model.service import environment
from scs.model.storage import Binding, NetworkMode
from scs.plan import adjusting
from scs.plan import files as wanted_files
from scs.run import ending, files, ghosts, health, observe, secrets

STEP_SECONDS = 600.0
"""How long one step of a provisioner may take."""
ON_CHANGE_SECONDS = 60.0


def perform(operation: Operation, desired: Desired, world: World, progress: Progress) -> None:
    """Makes one effect happen, or raises errors.EffectError. Repeating it does no harm."""
    match operation:
        case BuildImage(image=image, fresh=fresh):
            world.images.build(image, progress, fresh=fresh)
        case PullImage(image=image):
            for line in world.engine.pull(image.reference):
                progress.say(line)
        case PerformVolumeStep() | PerformNetworkStep():
            _provision(operation, desired, world, progress)
        case AwaitHealthy():
            health.wait(operation, desired.identity, world, progress)
        case AwaitEnd():
            ending.wait(operation, desired.identity, world, progress)
        case ForgetJob(job=job):
            world.jobs.forget(desired.identity, job)
        case TellContainer():
            _tell(operation, desired, world)
        case PutFiles():
            files.renew(operation, desired, world)
        case _:
            _change_container(operation, desired, world)


def _change_container(operation: ContainerOperation, desired: Desired, world: World) -> None:
    match operation:
        case CreateContainer(container=container, name=name, folder=folder, told=told):
            world.delivery.forget(desired.identity, folder)
            identifier = world.engine.create_container(creation(operation, desired, world))
            secrets.deliver(container, name, folder, desired, world)
            files.put(name, container.files, told, world)
            files.record(identifier, container.files, told, world)
        case StartContainer():
            _start(operation, desired, world)
        case ResumeContainer():
            _resume(operation, desired, world)
        case EndGhost():
            ghosts.end(operation, world)
        case StopContainer(id=identifier, grace=grace):
            world.engine.stop(identifier, grace)
        case RemoveContainer(id=identifier, folder=folder):
            world.engine.remove_container(identifier)
            if folder:
                world.delivery.forget(desired.identity, folder)
        case _:
            _change_as_it_is(operation, world)


def _change_as_it_is(operation: Adjustment, world: World) -> None:
    engine = world.engine
    match operation:
        case ConnectContainer(name=name, attachment=attachment):
            engine.connect(name, attachment)
        case DisconnectContainer(id=identifier, network=network):
            world.records.adjust(identifier)
            engine.disconnect(identifier, network)
        case UpdateContainer(id=identifier, limits=limits, restart=restart):
            world.records.adjust(identifier)
            engine.update(identifier, limits, restart)
            _record_settings(identifier, world)
        case UnpauseContainer(name=name):
            engine.unpause(name)
        case RenameContainer(container=container, name=name):
            engine.rename(container, name)
        case _:
            assert_never(operation)


def _record_settings(container: str, world: World) -> None:
    """The engine changes some settings along with limits: swap with memory."""
    live, known = world.engine.live(container), world.records.read([container]).get(container)
    if live is not None and known is not None:
        world.records.write(container, replace(known, settings=live.settings))


def creation(making: CreateContainer, desired: Desired, world: World) -> Creation:
    """What the engine needs to make the container.

    Looks at its volumes once more, in case a mount went missing.
    """
    container, told = making.container, making.told
    used = {mount.volume for mount in container.mounts}
    job = {} if container.job is None else {labels.JOB: "true"}
    tracked = {path: wanted_files.short(one) for path, one in wanted_files.digests(container, told).items()}
    endpoints = {one.requirement: one.endpoints for one in told}
    shown = {use.env: use.secret for use in container.secrets if use.env}
    return Creation(
        container=container,
        name=making.name,
        labels={
            labels.ENVIRONMENT: container.identity.environment,
            labels.SERVICE: container.identity.service,
            labels.ROLE: container.role,
            labels.NUMBER: str(container.number),
            labels.FOLDER: making.folder,
            **job,
            labels.DIGEST: container.digest,
            labels.PARTS: _json({part: wanted_files.short(full) for part, full in container.parts.items()}),
            labels.PROVIDES: _json(
                {one.name: {"port": one.port, "protocol": one.protocol} for one in container.provides}
            ),
            labels.REQUIRES: _json({name: digest(found) for name, found in endpoints.items()}),
            **({labels.SECRETS: _json(secrets.fingerprints(container, desired, world))} if container.secrets else {}),
            **({labels.SECRET_VARIABLES: _json(shown)} if shown else {}),
            **({labels.FILES: _json(tracked)} if tracked else {}),
        },
        bindings=_bindings(frozenset(used), desired, world),
        modes={
            one.name: attaching.mode
            for one in desired.networks
            if isinstance(attaching := world.networks[one.type].attaching(one), NetworkMode)
        },
        endpoints=endpoints,
        secrets=secrets.variables(container, desired, world),
        run_folder=world.delivery.folder(desired.identity, making.folder),
    )


def _bindings(used: frozenset[str], desired: Desired, world: World) -> Mapping[str, Binding]:
    wanted = set(used)
    for volume in reversed(desired.volumes):
        if volume.name in wanted and volume.parent:
            wanted.add(volume.parent)
    if not wanted:
        return {}
    volumes = tuple(volume for volume in desired.volumes if volume.name in wanted)
    seen = observe.see_volumes(volumes, Goals(), world.engine.list(), world)
    for name in sorted(used):
        if seen[name].binding is None:
            raise errors.Retry(f"volume {name} is not there yet: it was, or was about to be, when the plan was made")
    return {name: binding for name, one in seen.items() if (binding := one.binding) is not None}


def _provision(
    operation: PerformVolumeStep | PerformNetworkStep, desired: Desired, world: World, progress: Progress
) -> None:
    listing = world.engine.list()
    if isinstance(operation, PerformNetworkStep):
        acting = replace(observe.context(listing, {}, world, STEP_SECONDS), progress=progress)
        world.networks[operation.network.type].perform(operation.network, operation.step, acting)
        return
    parents = _bindings(frozenset({operation.volume.parent} if operation.volume.parent else ()), desired, world)
    acting = replace(observe.context(listing, parents, world, STEP_SECONDS), progress=progress)
    world.volumes[operation.volume.type].perform(operation.volume, operation.step, acting)


def _start(start: StartContainer, desired: Desired, world: World) -> None:
    """The files first, so that the process never sees a missing or a stale one."""
    world.delivery.forget_verified(desired.identity, start.folder)
    world.delivery.deliver(desired.identity, start.folder, start.told)
    secrets.deliver(start.container, start.name, start.folder, desired, world)
    files.put(start.name, start.files, start.told, world)
    files.remember(start.container, start.folder, start.files, start.told, world)
    delivered = files.delivered(start.name, start.files, start.told, world)
    ghosts.start(start.name, world)
    live = world.engine.live(start.name)
    if live is None:
        raise errors.Retry(f"{start.name} is gone right after its start: somebody removed it")
    wrong = adjusting.misplaced(start.container, live)
    if wrong:
        raise errors.Failure(f"{start.name} was started, and {wrong}")
    known = world.records.read([live.id]).get(live.id, Record())
    record = Record(wish=fields.wish(start.container), settings=live.settings, files={**known.files, **delivered})
    world.records.write(live.id, record)


def _resume(resume: ResumeContainer, desired: Desired, world: World) -> None:
    """After a reboot its folder is empty: the secrets that are asked for now are as near as can be had."""
    world.delivery.folder(desired.identity, resume.folder)
    container = next((one for one in desired.everything if one.name == resume.name), None)
    if container is not None and not world.delivery.has_secrets(desired.identity, resume.folder):
        secrets.deliver(container, resume.id, resume.folder, desired, world)
    ghosts.start(resume.id, world)


def _tell(telling: TellContainer, desired: Desired, world: World) -> None:
    """Remembered only after the command succeeded, so that a crash in between tells it again."""
    told, command = telling.told, telling.on_change
    world.delivery.deliver(desired.identity, telling.folder, (told,))
    if command:
        result = world.engine.exec(
            telling.name, command, timeout=ON_CHANGE_SECONDS, env=environment(told.requirement, told.endpoints)
        )
        if result.code != 0:
            raise errors.Failure(
                f"{telling.name}: on_change of {told.requirement} ({' '.join(command)}) exited with {result.code}: "
                f"it still uses the old endpoints",
                detail=result.output,
            )
    world.delivery.remember_told(desired.identity, telling.folder, told.requirement, digest(told.endpoints))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
