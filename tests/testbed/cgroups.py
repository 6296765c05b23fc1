"""Finds and ends the processes of the test bed by their control group, under cgroup v1, v2 or both.

Every process of a host is started inside a group of the host (engine, containers, what tests start), and it
cannot leave its group by forking or by changing its session: the group is the one complete list.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.testbed import commands

PROC = Path("/proc")


def _mounts(kinds: tuple[str, ...] = ("cgroup", "cgroup2")) -> list[tuple[str, Path, str]]:
    """(type, where, options) of each mounted hierarchy."""
    rows = [line.split() for line in (PROC / "self/mounts").read_text().splitlines()]
    return [(row[2], Path(row[1]), row[3]) for row in rows if row[2] in kinds]


def _home() -> Path:
    """The hierarchy that processes are put into: v1's pids where there is one, else the unified one."""
    for kind, where, options in _mounts():
        if kind == "cgroup" and "pids" in options.split(","):
            return where
    for _, where, _ in _mounts(("cgroup2",)):
        return where
    raise commands.BedError("no cgroup hierarchy is mounted: the test bed needs v2, or v1 with pids")


def make(cgroup: str) -> Path:
    """The file that takes the id of a process that joins the group; the group is made when it is missing."""
    group = _home() / cgroup.lstrip("/")
    group.mkdir(parents=True, exist_ok=True)
    return group / "cgroup.procs"


def members(cgroup: str, *, but: tuple[str, ...] = ()) -> list[int]:
    """The live processes of a group and the groups below it, less those of the groups `but`."""
    return [
        int(entry.name)
        for entry in PROC.iterdir()
        if entry.name.isdecimal() and _in(entry, cgroup) and not any(_in(entry, other) for other in but)
    ]


def _in(process: Path, cgroup: str) -> bool:
    try:
        groups = [line.split(":", 2)[2] for line in (process / "cgroup").read_text().splitlines()]
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # it ended while being looked at
        return False
    # Inside a container the path begins with the container's own.
    return state != "Z" and any(f"{cgroup}/" in f"{group}/" for group in groups)


def end(cgroup: str, *, but: tuple[str, ...] = ()) -> None:
    """Kill all processes of a group, paused ones too, and wait until they are gone."""

    def gone() -> bool:
        _thaw(cgroup)
        left = members(cgroup, but=but)
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:  # it ended by itself
                continue
        return not left

    if not commands.wait_until(gone, timeout=30):
        raise commands.BedError(f"processes of {cgroup} outlive SIGKILL: {members(cgroup, but=but)}")


def _thaw(cgroup: str) -> None:
    """Under v1 a frozen process does not die before it is thawed."""
    for _, where, options in _mounts(("cgroup",)):
        if "freezer" in options.split(","):
            for state in (where / cgroup.lstrip("/")).rglob("freezer.state"):
                try:
                    state.write_text("THAWED")
                except OSError:  # its group went away while being looked at
                    continue


def remove(cgroup: str) -> None:
    """Remove a group without processes from every hierarchy, with the groups below it."""

    def gone() -> bool:
        return all([_remove(where / cgroup.lstrip("/")) for _, where, _ in _mounts()])

    if not commands.wait_until(gone, timeout=10):
        raise commands.BedError(f"the control group {cgroup} cannot be removed")


def _remove(group: Path) -> bool:
    try:
        for below in sorted(group.rglob("*/"), reverse=True):
            below.rmdir()
        group.rmdir()
    except FileNotFoundError:  # the runtime removed it at the same time, or it never was
        return not group.exists()
    except OSError:  # still busy for the moment
        return False
    return True


def leftovers(cgroup: str) -> list[Path]:
    """Where the group still exists."""
    places = (where / cgroup.lstrip("/") for _, where, _ in _mounts())
    return [place for place in places if place.exists()]
