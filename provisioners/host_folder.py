"""What `local`, `sub` and `bind` share: a path of the host, looked at and removed. Making it is theirs."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from provisioners import disk, paths
from scs.contract import errors
from scs.contract.context import Context
from scs.model.steps import Absent, Change, Do, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import HostPath

REMOVE = "remove"


def observe(path: str, context: Context, *, folder: bool = True) -> Observation:
    """`folder` says that nothing else will do."""
    try:
        found = disk.look(path, context)
    except (errors.Failure, errors.Retry) as error:
        return Unknown(why=error.why)
    if found.kind == "absent":
        return Absent()
    if folder and found.kind != "folder":
        return Unknown(why=f"{path} is there and is not a folder: move it away, or name another path")
    return Present(facts={"path": path, "empty": found.empty}, rests_on=(path,))


def engine_inside(path: str, context: Context) -> str:
    """Why a container must not have the path: the engine's socket is in it, or is it. Empty when not."""
    address = urlsplit(context.engine.address)
    if address.scheme != "unix" or not paths.holds(path, address.path):
        return ""
    return (
        f"{path} holds the engine's socket {address.path}, and who has that rules this host: "
        "say 'allow_system_path: true' beside it if that is meant"
    )


def deletion(seen: Present | Absent) -> Steps:
    """The way to DELETED: an empty folder goes, anything else is a person's business."""
    if isinstance(seen, Absent):
        return Do()
    path = str(seen.facts["path"])
    if not seen.facts["empty"]:
        return Refused(why=holds_data(path))
    says = f"remove the empty folder {path}"
    return Do(steps=(Step(operation=REMOVE, says=says, change=Change.REMOVE, exclusive=True),))


def remove(path: str, context: Context) -> None:
    if not disk.remove(path, context):
        raise errors.Refusal(holds_data(path))


def holds_data(path: str) -> str:
    return (
        f"{path} holds data, and scs never deletes folders: look at it, then remove it yourself with "
        f"'rm -r {shlex.quote(path)}'"
    )


def binding(seen: Present) -> HostPath:
    return HostPath(path=str(seen.facts["path"]))
