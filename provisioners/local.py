"""Volumes of type `local`: a folder of the host, made when it is missing, never emptied."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, assert_never

import schemas
from provisioners import disk, folders, host_folder, paths, scalars
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.steps import Absent, Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import HostPath, Scope, Spec, Volume

MAKE = "make"
DEFAULT_MODE = "0755"


class Local:
    """Owner and mode are those of the first use: a folder that is there is never given to somebody else."""

    schema: ClassVar[Mapping[str, Any]] = schemas.volume("local")
    scope: ClassVar[Scope] = "host"

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        allowed = bool(spec.options.get("allow_system_path", False))
        path = paths.absolute(str(spec.options["path"]), "path")
        paths.permitted(path, "path", allowed=allowed)
        mode = scalars.mode(spec.options.get("mode", DEFAULT_MODE), "mode")
        options: dict[str, Any] = {"path": path, "mode": scalars.octal(mode)}
        if spec.options.get("owner") is not None:
            options["owner"] = scalars.owner(spec.options["owner"], "owner")
        if allowed:
            options["allow_system_path"] = True
        digest = identity.digest({"type": "local", "path": path})
        return replace(Volume.of(spec, options=options, digest=digest, scope=self.scope), host_path=path)

    def observe(self, volume: Volume, context: Context) -> Observation:
        path = volume.options["path"]
        why = "" if volume.options.get("allow_system_path") else host_folder.engine_inside(path, context)
        if why:
            return Unknown(why=why)
        seen = host_folder.observe(path, context)
        if isinstance(seen, Absent) and "owner" in volume.options:
            try:
                numbers(volume.options["owner"])
            except errors.Refusal as error:
                return Absent(facts={"refused": error.why})
        return seen

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Present() | Absent() if goal is Goal.DELETED:
                return host_folder.deletion(seen)
            case Absent(facts=facts) if goal is Goal.PRESENT:
                return Refused(why=facts["refused"]) if "refused" in facts else Do(steps=(_make(volume),))
            case Present() | Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        path = volume.options["path"]
        if step.operation == host_folder.REMOVE:
            host_folder.remove(path, context)
            return
        owner = numbers(volume.options["owner"]) if "owner" in volume.options else None
        disk.make(folders.Wish(path=path, mode=int(volume.options["mode"], 8), owner=owner), context)

    def binding(self, volume: Volume, seen: Present) -> HostPath:
        return host_folder.binding(seen)


def numbers(owner: str) -> tuple[int, int]:
    """User and group of this host. Raises Refusal for a name that it does not know."""
    user, _, group = owner.partition(":")
    try:
        uid = int(user) if user.isdecimal() else pwd.getpwnam(user).pw_uid
    except KeyError:
        raise errors.Refusal(_stranger("user", user)) from None
    try:
        return uid, int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise errors.Refusal(_stranger("group", group)) from None


def _make(volume: Volume) -> Step:
    options = volume.options
    whose = f" for {options['owner']}" if "owner" in options else ""
    return Step(operation=MAKE, says=f"make the folder {options['path']}{whose} with mode {options['mode']}")


def _stranger(kind: str, name: str) -> str:
    return (
        f"this host knows no {kind} {name}: write the number that it has in the image, such as "
        f'owner: "999:999", or make the {kind} here first'
    )
