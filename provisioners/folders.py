"""Folders of the host, reached one component at a time and never through a symbolic link; decides nothing.

Imports the standard library only, and runs as a program too: on filesystems that may never answer, the same
functions are called in a child process that can be given up (`disk`).
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from errno import EEXIST, ENOTEMPTY
from typing import Literal

_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
ROOT = 0
PARENT_MODE = 0o755
LOCK_SECONDS = 3.0
"""How long others may make a folder in the same place: it takes them milliseconds."""
LOCK_POLL_SECONDS = 0.005


class BlockedError(Exception):
    """The path cannot be looked at or changed. The text says what is in the way, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is at a path. `empty` is only true of a folder that could be read."""

    kind: Literal["absent", "folder", "other"]
    empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A folder to be made. Without `owner` it is root's, or with `inherit` that of the folder above it."""

    path: str
    mode: int = 0o755
    owner: tuple[int, int] | None = None
    inherit: bool = False


def look(path: str) -> Found:
    """Reads only."""
    fd = _walk(path)
    if fd is None:
        return Found(kind="absent")
    with _closing(fd), _said(f"cannot look at {path}"):
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            return Found(kind="other")
        return Found(kind="folder", empty=_is_empty(fd))


def make(wish: Wish) -> None:
    """Makes the folder and those above it that are missing. What is there stays as it is."""

    def create(above: int, name: str, where: str) -> None:
        last = where == wish.path
        owner = wish.owner if last and wish.owner is not None else _owner_for(above, wish)
        _create(above, name, owner=owner, mode=wish.mode if last else PARENT_MODE, where=where)

    fd = _walk(wish.path, create)
    if fd is None:
        raise BlockedError(f"{wish.path} was made and is gone again: somebody removes it at the same time")
    os.close(fd)


def remove(path: str) -> bool:
    """Removes an empty folder; one that is gone is removed already. False when there is something in it."""
    above, _, name = path.rpartition("/")
    fd = _walk(above or "/")
    if fd is None:
        return True
    with _closing(fd), _said(f"cannot remove {path}"):
        try:
            os.rmdir(name, dir_fd=fd)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno in (ENOTEMPTY, EEXIST):
                return False
            raise
    return True


def _walk(path: str, create: Callable[[int, str, str], None] | None = None) -> int | None:
    """A handle on what is at the path, None when it is not there; `create` makes what is missing."""
    fd = os.open("/", _LOOK)
    where = ""
    for name in filter(None, path.split("/")):
        where = f"{where}/{name}"
        with _closing(fd):
            below = _enter(fd, name, where)
            if below is None and create is not None:
                create(fd, name, where)
                below = _enter(fd, name, where)
        if below is None:
            return None
        fd = below
    return fd


def _enter(above: int, name: str, where: str) -> int | None:
    with _said(f"cannot look at {where}"):
        try:
            fd = os.open(name, _LOOK, dir_fd=above)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise BlockedError(f"{where.rpartition('/')[0]} is not a folder") from None
        if stat.S_ISLNK(os.fstat(fd).st_mode):
            with _closing(fd):
                target = os.readlink("", dir_fd=fd)
            raise BlockedError(
                f"{where} is a symbolic link to {target}, and scs follows none: write the path that it leads to"
            )
    return fd


def _create(above: int, name: str, *, owner: tuple[int, int] | None, mode: int, where: str) -> None:
    """It gets its name last, with owner and mode set: a crash leaves no half-made folder under that name."""
    half = f".scs-new-{name}"
    with _said(f"cannot make {where}"), _alone(above, where):
        if _there(above, name):
            return
        _remove_half(above, half, where)
        os.mkdir(half, 0o700, dir_fd=above)
        fd = os.open(half, _FOLDER, dir_fd=above)
        with _closing(fd):
            if os.fstat(fd).st_uid != os.geteuid():
                raise BlockedError(f"cannot make {where}: somebody else changes {_folder(where)} at the same time")
            try:
                if owner is not None:
                    os.fchown(fd, *owner)
                os.fchmod(fd, mode)
                os.rename(half, name, src_dir_fd=above, dst_dir_fd=above)
            except OSError:
                with suppress(OSError):  # what made it fail is what is told
                    os.rmdir(half, dir_fd=above)
                raise


@contextmanager
def _alone(above: int, where: str) -> Iterator[None]:
    """Others who make a folder in the same place use the same unfinished names, in this process or another."""
    fd = os.open(".", _FOLDER, dir_fd=above)
    with _closing(fd):
        until = time.monotonic() + LOCK_SECONDS
        while not _locked(fd):
            if time.monotonic() > until:
                folder = _folder(where)
                raise BlockedError(
                    f"cannot make {where}: another process has locked {folder}: find it with 'fuser {folder}'"
                )
            time.sleep(LOCK_POLL_SECONDS)
        yield


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _there(above: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=above, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _remove_half(above: int, half: str, where: str) -> None:
    """What a crash left of an earlier attempt is empty, since nothing was ever mounted under that name."""
    try:
        os.rmdir(half, dir_fd=above)
    except FileNotFoundError:
        return
    except OSError as error:
        raise BlockedError(
            f"cannot make {where}: {_folder(where)}{half} is in the way ({error.strerror}), which scs did "
            "not leave like that: look at it and remove it"
        ) from None


def _owner_for(above: int, wish: Wish) -> tuple[int, int] | None:
    """Only root gives folders away; what others make is their own."""
    if os.geteuid() != ROOT:
        return None
    if wish.inherit:
        shown = os.fstat(above)
        return shown.st_uid, shown.st_gid
    return ROOT, ROOT


def _is_empty(fd: int) -> bool:
    """A folder that may not be read may hold something."""
    try:
        readable = os.open(".", _FOLDER, dir_fd=fd)
    except PermissionError:
        return False
    with _closing(readable), os.scandir(readable) as entries:
        return next(entries, None) is None


def _folder(where: str) -> str:
    return where.rpartition("/")[0] + "/"


@contextmanager
def _closing(fd: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(fd)


@contextmanager
def _said(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BlockedError(f"{what}: {error.strerror}") from error


def answer(request: str) -> str:
    """Does what a request of `disk` says, and answers it, both JSON."""
    asked = json.loads(request)
    try:
        match asked:
            case {"look": str(path)}:
                return json.dumps({"found": asdict(look(path))})
            case {"remove": str(path)}:
                return json.dumps({"removed": remove(path)})
            case {"make": wish}:
                owner = None if wish["owner"] is None else (wish["owner"][0], wish["owner"][1])
                make(Wish(path=wish["path"], mode=wish["mode"], owner=owner, inherit=wish["inherit"]))
                return json.dumps({"made": True})
            case _:
                raise ValueError(f"not a request: {request}")
    except BlockedError as blocked:
        return json.dumps({"blocked": str(blocked)})


if __name__ == "__main__":
    print(answer(sys.argv[1]))
