"""Volumes of type `sub`: a folder inside another volume, made when it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, assert_never

import schemas
from provisioners import disk, folders, host_folder, paths
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.observed import Listing
from scs.model.problem import InvalidSpec
from scs.model.steps import Absent, Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import EngineVolume, HostPath, Scope, Spec, Tmpfs, Volume

MAKE = "make"


class OutsideError(Exception):
    """The volume in which it lies has no folder that can be reached. The text says why."""


class Sub:
    """The folder belongs to whom the folder above it belongs: what may write there may write here."""

    schema: ClassVar[Mapping[str, Any]] = schemas.volume("sub")
    scope: ClassVar[Scope] = "any"

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        if parent is None:
            raise InvalidSpec("there is no such volume", option="of", hint="name a volume of this manifest")
        if parent.type == "tmpfs":
            raise InvalidSpec(
                f"volume {parent.key} is memory of one container, in which no other volume can lie",
                option="of",
                hint="use a tmpfs of its own",
            )
        path = paths.inside(str(spec.options.get("path", spec.key)), "path")
        digest = identity.digest({"type": "sub", "of": parent.digest, "path": path})
        options = {"of": parent.key, "path": path}
        return replace(Volume.of(spec, options=options, digest=digest, scope=parent.scope), parent=parent.name)

    def observe(self, volume: Volume, context: Context) -> Observation:
        try:
            path = place(volume, context)
        except OutsideError as error:
            return Unknown(why=str(error))
        return Absent() if path is None else host_folder.observe(path, context)

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Present() | Absent() if goal is Goal.DELETED:
                return host_folder.deletion(seen)
            case Absent() if goal is Goal.PRESENT:
                says = f"make the folder {volume.options['path']} in volume {volume.parent}"
                return Do(steps=(Step(operation=MAKE, says=says),))
            case Present() | Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        try:
            path = place(volume, context)
        except OutsideError as error:
            raise errors.Refusal(str(error)) from error
        if path is None:
            raise errors.Retry(f"volume {volume.parent}, in which {volume.name} lies, is not there yet")
        if step.operation == host_folder.REMOVE:
            host_folder.remove(path, context)
        else:
            disk.make(folders.Wish(path=path, inherit=True), context)

    def binding(self, volume: Volume, seen: Present) -> HostPath:
        return host_folder.binding(seen)


def place(volume: Volume, context: Context) -> str | None:
    """The folder's path on the host; None while the volume around it is not there. Raises OutsideError."""
    match context.parents.get(volume.parent or ""):
        case None:
            return None
        case HostPath(path=path):
            return f"{path.rstrip('/')}/{volume.options['path']}"
        case EngineVolume(name=name):
            mountpoint = _mountpoint(name, context.listing)
            return None if mountpoint is None else f"{mountpoint}/{volume.options['path']}"
        case Tmpfs():
            raise OutsideError(f"volume {volume.parent} is memory of one container, in which no other volume can lie")


def _mountpoint(name: str, listing: Listing) -> str | None:
    """Where the engine keeps the volume's files, if it keeps them in a folder of its own."""
    found = next((one for one in listing.volumes if one.name == name), None)
    if found is None:
        return None
    if found.driver != "local" or found.options or not found.mountpoint:
        raise OutsideError(
            f"the engine mounts its volume {name} only while a container uses it (driver {found.driver} with "
            "options of its own), so that no folder can be made in it: let this one lie in a volume of type "
            "local, or in one of type docker without options"
        )
    return found.mountpoint
