"""Who a user or group of a container is by number: names mean what the container's own files say."""

from __future__ import annotations

from dataclasses import dataclass

from scs.contract import errors
from scs.contract.engine import Engine

PASSWD, GROUP = "/etc/passwd", "/etc/group"
ROOT = ("", "0", "root")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    uid: int
    gid: int


def owner(said: str, container: str, engine: Engine) -> Owner:
    """The numbers of `user`, `user:group` or nothing, which is root. A user without a group gets his own.

    Asks the engine only for what is no number. Raises Failure for names that the container does not know.
    """
    user, _, group = said.partition(":")
    if user in ROOT and group in ROOT:
        return Owner(uid=0, gid=0)
    if user.isdecimal():
        uid, gid = int(user), 0
    elif user in ROOT:
        uid, gid = 0, 0
    else:
        uid, gid = _user(user, container, engine)
    if group.isdecimal():
        gid = int(group)
    elif group:
        gid = _group(group, container, engine)
    return Owner(uid=uid, gid=gid)


def _user(name: str, container: str, engine: Engine) -> tuple[int, int]:
    for fields in _lines(PASSWD, container, engine):
        if fields[0] == name and len(fields) > 3 and fields[2].isdecimal() and fields[3].isdecimal():
            return int(fields[2]), int(fields[3])
    raise errors.Failure(f"{container} has no user {name} in its {PASSWD}: write the user's number")


def _group(name: str, container: str, engine: Engine) -> int:
    for fields in _lines(GROUP, container, engine):
        if fields[0] == name and len(fields) > 2 and fields[2].isdecimal():
            return int(fields[2])
    raise errors.Failure(f"{container} has no group {name} in its {GROUP}: write the group's number")


def _lines(path: str, container: str, engine: Engine) -> list[list[str]]:
    content = engine.read_file(container, path) or b""
    return [line.split(":") for line in content.decode(errors="replace").splitlines()]
