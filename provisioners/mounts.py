"""What is mounted on the way to a path: filesystems that may never answer, and mounts that are missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from provisioners import paths

REMOTE = {
    "9p", "afs", "autofs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
    "smb3", "smbfs", "virtiofs",
}  # fmt: skip
"""Filesystems whose answers come from somebody else. Those in user space (`fuse`, `fuse.sshfs`) count too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    at: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is mounted now, and the places where `fstab` says that something is."""

    mounted: tuple[Mount, ...]
    expected: tuple[str, ...] = ()

    def remote(self, path: str) -> Mount | None:
        """The mount on the way to the path that may not answer."""
        return next((one for one in self.mounted if paths.holds(one.at, path) and is_remote(one.kind)), None)

    def missing(self, path: str) -> str:
        """The place on the way to the path where something should be mounted and is not; empty if none."""
        there = {one.at for one in self.mounted}
        return next((at for at in self.expected if at not in there and paths.holds(at, path)), "")


def read() -> Table:
    """The kernel's table for this process, and the administrator's for the host."""
    fstab = Path("/etc/fstab")
    return Table(
        mounted=mounted(Path("/proc/self/mountinfo").read_text(errors="surrogateescape")),
        expected=expected(fstab.read_text(errors="surrogateescape")) if fstab.exists() else (),
    )


def mounted(text: str) -> tuple[Mount, ...]:
    """The lines of `/proc/self/mountinfo`, in their order (proc(5))."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        found.append(Mount(at=_plain(fields[4]), kind=rest[0], source=_plain(rest[1])))
    return tuple(found)


def expected(text: str) -> tuple[str, ...]:
    """The mount points of `/etc/fstab` below the root (fstab(5)), longest last."""
    rows = (line.split() for line in text.splitlines() if not line.lstrip().startswith("#"))
    points = {paths.normal(_plain(row[1])) for row in rows if len(row) > 1 and row[1].startswith("/")}
    return tuple(sorted(points - {"/"}))


def is_remote(kind: str) -> bool:
    return kind in REMOTE or kind == "fuse" or kind.startswith("fuse.")


def _plain(text: str) -> str:
    """Both tables write blanks, tabs, line ends and backslashes as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
