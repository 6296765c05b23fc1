"""What the answer of a run rests on beside the engine's lists, as JSON data; compares nothing."""

from __future__ import annotations

import os
import socket
import sys
import zlib

from scs.adapters import places

TYPE_CHECKING = False  # `typing` takes longer to import than all of this to run
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypedDict

    Facts = Sequence[str | int | None]

    class Known(TypedDict):
        """`paths` have to be what they were to the last bit, `shapes` only of the same kind, owner and mode.

        `alone` are containers by id of which the lists do not show enough, as `lists.adjustable` has them.
        """

        format: int
        command: Sequence[object]
        paths: Mapping[str, Facts]
        shapes: Mapping[str, Facts]
        variables: Sequence[str]
        salt: str
        values: str
        address: str
        lock: str
        alone: Mapping[str, str]
        engine: tuple[int, str | tuple[str, int]]
        out: str
        err: str


FORMAT = 2
VARIABLES = (
    "DOCKER_CONFIG", "DOCKER_HOST", "HOME", "PATH", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
)  # fmt: skip
OURS = "SCS_"
MOUNTS = "/proc/self/mountinfo"
LOCAL = frozenset({"btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs", "zfs"})
"""Filesystems that answer at once. A look at any other may never return, and needs a child that can be killed."""
OUTSIDE = ("198.51.100.1", 9)
"""An address that is never on this host's own networks (RFC 5737); connecting a datagram socket to it sends nothing."""


def file_of(arguments: Sequence[str]) -> str:
    """Where a command's standstill is. Two commands may share a place: each then forgets the other's."""
    number = zlib.crc32(repr((os.getcwd(), arguments)).encode(errors="surrogateescape"))  # noqa: PTH109 - slow to import
    return f"{places.state()}/standstill/{number:08x}"


def command(arguments: Sequence[str]) -> Sequence[object]:
    """All of this process that what it does depends on, but for the variables that templates ask for."""
    code = [[path, _changed(path)] for path in sys.path]
    variables = [[name, one] for name, one in sorted(os.environ.items()) if name in VARIABLES or name.startswith(OURS)]
    return [list(arguments), os.getcwd(), os.getuid(), sys.version, code, variables]  # noqa: PTH109 - slow to import


def prints(paths: Iterable[str]) -> Mapping[str, Facts]:
    """Each path with what changes whenever its content or anything else of it does."""
    return {path: _print(path) for path in paths}


def shapes(paths: Iterable[str]) -> Mapping[str, Facts]:
    """Each path with the filesystem that it lies in, its kind, owner and mode; less where a look might never return."""
    mounts = _mounts() if paths else ()
    return {path: _shape(path, mounts) for path in paths}


def values(variables: Iterable[str], salt: str) -> str:
    """What stands for the values of these variables, which may be secret."""
    import hashlib  # noqa: PLC0415 - few manifests ask for variables, and this loads a library

    said = repr([os.environ.get(name) for name in variables]).encode(errors="surrogateescape")
    return hashlib.blake2b(said, salt=bytes.fromhex(salt)).hexdigest()


def address() -> str:
    """This host's address towards others; empty without a way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(OUTSIDE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _changed(path: str) -> int | None:
    try:
        return os.stat(path or ".").st_mtime_ns  # noqa: PTH116 - pathlib is slow to import
    except OSError:
        return None


def _print(path: str) -> Facts:
    """A link counts as what it is and as what it leads to."""
    try:
        one = os.lstat(path)
        to = os.stat(path)  # noqa: PTH116 - pathlib is slow to import
    except OSError as error:
        return [error.errno]
    return [part for seen in (one, to) for part in (
        seen.st_mode, seen.st_ino, seen.st_dev, seen.st_uid, seen.st_gid,
        seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns,
    )]  # fmt: skip


def _shape(path: str, mounts: Sequence[tuple[str, str, str]]) -> Facts:
    above = [one for one in mounts if f"{path}/".startswith(f"{one[0].rstrip('/')}/")]
    at = max(reversed(above), key=lambda one: len(one[0]), default=("", "", ""))  # of two at one place, the later
    if at[1] not in LOCAL:
        return [*at]
    try:
        seen = os.stat(path)  # noqa: PTH116 - pathlib is slow to import
    except OSError as error:
        return [*at, error.errno]
    return [*at, seen.st_mode, seen.st_ino, seen.st_uid, seen.st_gid]


def _mounts() -> Sequence[tuple[str, str, str]]:
    """Mount points with their filesystem and its source, in the order of their mounting (proc(5))."""
    found = []
    with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as table:  # noqa: PTH123 - pathlib is slow to import
        for line in table:
            before, _, after = line.partition(" - ")
            kind, source = after.split(" ")[:2]
            found.append((before.split(" ")[4], kind, source))
    return found
