"""Processes of containers as the kernel has them: whose they are, what they have mounted, and their end.

Asks no engine: control groups carry the ids of containers, whatever the engine knows of them.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scs.contract import errors
from scs.model.ghosts import Mounted

PROC = Path("/proc")
CONTAINER = re.compile(r"/(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?(?=/|$)", re.MULTILINE)
"""`/docker/ID` of the cgroupfs driver and `/system.slice/docker-ID.scope` of the systemd driver, in v1 and v2."""
OCTAL = re.compile(rb"\\([0-7]{3})")
"""How the kernel writes blanks and backslashes in mountinfo (proc(5))."""
DELETED = "//deleted"
"""What follows the root of a mount whose folder was removed."""
PAUSE = 0.05
"""Between two looks where nothing can be waited for."""


def containers(proc: Path = PROC) -> Mapping[str, tuple[int, ...]]:
    """The live processes of each container of this host, by its id, those of containers within it too.

    Without the containers that this process itself runs in.
    """
    around = frozenset(parse_ids(_read(proc / "self/cgroup")))
    found: dict[str, list[int]] = {}
    for entry in _processes(proc):
        ids = frozenset(parse_ids(_read(entry / "cgroup"))) - around
        if ids and _lives(entry):
            for one in ids:
                found.setdefault(one, []).append(int(entry.name))
    return {one: tuple(sorted(processes)) for one, processes in found.items()}


def mounted(process: int, folders: Collection[str], proc: Path = PROC) -> tuple[Mounted, ...]:
    """Where the process has these folders of the host, or something in them. Nothing where that may not be read."""
    mine = tuple(parse_mounts(_read(proc / "self/mountinfo")))
    places = {folder: _place(folder, mine) for folder in folders}
    seen = parse_mounts(_read(proc / str(process) / "mountinfo"))
    return tuple(
        Mounted(path=str(PurePosixPath(folder, within)), target=one.target, writable=one.writable)
        for one in seen
        for folder, place in places.items()
        if place is not None and (within := _within(one, place)) is not None
    )


def end(container: str, seconds: float, proc: Path = PROC) -> tuple[int, ...]:
    """Kills the container's processes, those that they fork meanwhile too; those left when the time is over.

    Raises Failure where this user may not.
    """
    until = time.monotonic() + seconds
    while (left := containers(proc).get(container, ())) and time.monotonic() < until:
        with contextlib.ExitStack() as handles:
            ending = [one for process in left if (one := _kill(process, container, handles, proc)) is not None]
            _await(ending, until)
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A line of mountinfo: `root` of that file system is seen at `target`."""

    device: str
    root: str
    target: str
    writable: bool


def parse_ids(cgroup: str) -> Iterator[str]:
    """The ids of containers in a /proc/PID/cgroup."""
    return (found[1] for found in CONTAINER.finditer(cgroup))


def parse_mounts(mountinfo: str) -> Iterator[Mount]:
    """The mounts of a /proc/PID/mountinfo (proc(5)), in its order."""
    for line in mountinfo.splitlines():
        columns = line.split(" ")
        if len(columns) > 5:
            yield Mount(
                device=columns[2],
                root=_plain(columns[3]).removesuffix(DELETED),
                target=_plain(columns[4]),
                writable="rw" in columns[5].split(","),
            )


def _plain(text: str) -> str:
    return os.fsdecode(OCTAL.sub(lambda found: bytes((int(found[1], 8),)), os.fsencode(text)))


def _place(folder: str, mine: Iterable[Mount]) -> tuple[str, str] | None:
    """Device and path on it. Of mounts at one place the last one is on top."""
    best: Mount | None = None
    for one in mine:
        if PurePosixPath(folder).is_relative_to(one.target) and (best is None or len(one.target) >= len(best.target)):
            best = one
    if best is None:
        return None
    return best.device, str(PurePosixPath(best.root, PurePosixPath(folder).relative_to(best.target)))


def _within(mount: Mount, place: tuple[str, str]) -> PurePosixPath | None:
    """The way from the place to what is mounted; None where that is not in it."""
    device, path = place
    if mount.device != device or not PurePosixPath(mount.root).is_relative_to(path):
        return None
    return PurePosixPath(mount.root).relative_to(path)


def _kill(process: int, container: str, handles: contextlib.ExitStack, proc: Path) -> int | None:
    """A handle of the process, which has been sent SIGKILL; None when it is another's by now, or there is no handle."""
    handle = _handle(process, handles)
    # From here on the handle means one process: what its number said of it before may have been another's.
    if container not in parse_ids(_read(proc / str(process) / "cgroup")):
        return None
    try:
        if handle is None:
            os.kill(process, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return None
    except PermissionError as error:
        raise errors.Failure(
            f"process {process} of container {container[:12]} has to end, and this user may not end it: run scs as root"
        ) from error
    return handle


def _handle(process: int, handles: contextlib.ExitStack) -> int | None:
    """None when the process has ended, and on a kernel that has no such handles (before 5.3)."""
    try:
        handle = os.pidfd_open(process)
    except OSError:
        return None
    handles.callback(os.close, handle)
    return handle


def _await(handles: Iterable[int], until: float) -> None:
    """A handle becomes readable when its process has ended (pidfd_open(2))."""
    waiting = set(handles)
    poll = select.poll()
    if not waiting:
        time.sleep(PAUSE)
    for one in waiting:
        poll.register(one, select.POLLIN)
    while waiting and (left := until - time.monotonic()) > 0:
        for one, _ in poll.poll(left * 1000):
            poll.unregister(one)
            waiting.discard(one)


def _processes(proc: Path) -> Iterator[Path]:
    return (entry for entry in proc.iterdir() if entry.name.isdecimal())


def _lives(entry: Path) -> bool:
    """A zombie has ended, and nobody has asked how."""
    # The name in brackets may hold spaces and brackets; the state is the first word after it.
    return _read(entry / "stat").rpartition(")")[2].split()[:1] not in ([], ["Z"], ["X"])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # it has ended, or is another user's
        return ""
