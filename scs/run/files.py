"""Puts files of the manifest into containers, rendering what had to wait; which ones, the plan has decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from scs.contract import errors
from scs.contract.engine import FileInside
from scs.contract.world import World
from scs.manifest.syntax import template
from scs.model import files as model
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.files import Command, ContainerFile, Delivered, Fixed, Print, Signal
from scs.model.observed import Record, Told
from scs.model.operations import PutFiles
from scs.plan import files as wanted_files
from scs.run import owners

COMMAND_SECONDS = 60.0


def put(name: str, files: Iterable[ContainerFile], told: tuple[Told, ...], world: World) -> None:
    """Into the container of that name, running or not."""
    wanted = tuple(files)
    if not wanted:
        return
    owner = {said: owners.owner(said, name, world.engine) for said in sorted({one.owner for one in wanted})}
    world.engine.put_files(
        name,
        [
            FileInside(
                path=one.path,
                content=_content(name, one, told, world).encode(),
                mode=one.mode,
                uid=owner[one.owner].uid,
                gid=owner[one.owner].gid,
                folder=one.folder,
            )
            for one in wanted
        ],
    )


def record(container_id: str, files: Iterable[ContainerFile], told: tuple[Told, ...], world: World) -> None:
    """Keeps what files are that were just put into a container, before its process can change them.

    As they are found there: not every filesystem keeps modes and owners. Of one that cannot be seen nothing is kept.
    """
    found = delivered(container_id, files, told, world)
    if found:
        known = world.records.read([container_id]).get(container_id, Record())
        world.records.write(container_id, replace(known, files={**known.files, **found}))


def delivered(
    container: str, files: Iterable[ContainerFile], told: tuple[Told, ...], world: World
) -> Mapping[str, Delivered]:
    """What these files are now in a container, by path."""
    result: dict[str, Delivered] = {}
    for one in files:
        wish, found = wanted_files.wished(one, told), look(container, one.path, world)
        if wish is not None and isinstance(found, Print):
            result[one.path] = Delivered(wish=wish, found=found)
    return result


def look(container: str, path: str, world: World) -> Print | Literal["gone", "unknown"]:
    """What a file is now; of a container that the engine cannot look into, nobody knows."""
    try:
        return world.engine.file_print(container, path) or "gone"
    except (errors.EngineUnavailable, errors.Interrupted):
        raise
    except errors.EffectError:
        return "unknown"


def remember(
    container: Container, folder: str, files: Iterable[ContainerFile], told: tuple[Told, ...], world: World
) -> None:
    """Of files that may change while the container lives, what they are now."""
    now = wanted_files.digests(container, told)
    for one in files:
        if one.path in now:
            world.delivery.remember_file(container.identity, folder, one.path, now[one.path])


def renew(renewal: PutFiles, desired: Desired, world: World) -> None:
    """Remembered only after all of it succeeded, so that a crash in between does it again."""
    put(renewal.name, renewal.files, renewal.told, world)
    record(renewal.id, renewal.files, renewal.told, world)
    match renewal.on_change:
        case Signal(name=signal):
            world.engine.signal(renewal.name, signal)
        case Command(words=words):
            _run(renewal, words, world)
        case "restart":
            world.delivery.forget_verified(desired.identity, renewal.folder)
            world.engine.restart(renewal.name, renewal.container.process.stop_grace)
        case "recreate" | "ignore":
            pass
    remember(renewal.container, renewal.folder, renewal.files, renewal.told, world)


def _run(renewal: PutFiles, words: tuple[str, ...], world: World) -> None:
    result = world.engine.exec(renewal.name, words, timeout=COMMAND_SECONDS, env={})
    if result.code != 0:
        paths = ", ".join(one.path for one in renewal.files)
        raise errors.Failure(
            f"{renewal.name}: on_change of {paths} ({' '.join(words)}) exited with {result.code}: "
            f"it may still use the old content",
            detail=result.output,
        )


def _content(name: str, file: ContainerFile, told: tuple[Told, ...], world: World) -> str:
    content = file.content
    if isinstance(content, Fixed):
        return content.text
    requires = {one.requirement: model.shown(one.endpoints) for one in told}
    try:
        return template.render_text(content.source, {**content.names, "requires": requires}, world.renderer)
    except template.TemplateError as error:
        raise errors.Failure(f"{name}: the template of {file.path}, line {error.line}: {error}") from error
