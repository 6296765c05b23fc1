"""Takes away all that a lane or a host left on the machine, found by name; decides nothing about owners.

Works the same on what closes in order and on what a killed process left behind, and may be repeated.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.testbed import cgroups, commands, names, network

MOUNTS = Path("/proc/self/mounts")
SHIM_SOCKET = re.compile(r"unix://(/run/containerd/s/[0-9a-f]{64})")


def lane(which: names.Lane) -> None:
    """Take away a lane with all of its hosts."""
    _remove(which)
    network.lower_lane(which)
    cgroups.remove(which.cgroup)


def seat(which: names.Seat) -> None:
    """Take away one host."""
    _remove(which)
    network.unseat(which.name)
    cgroups.remove(which.cgroup)


def empty(folder: Path) -> None:
    """Take away what is in a folder, and what is mounted there."""
    _unmount(folder)
    shutil.rmtree(folder)
    folder.mkdir()


def mounts(folder: Path) -> list[str]:
    """What is mounted at the folder or below it, in the order in which it was mounted."""
    paths = (line.split()[1] for line in MOUNTS.read_text().splitlines())
    plain = (re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), path) for path in paths)
    return [path for path in plain if path == str(folder) or path.startswith(f"{folder}/")]


def leftovers(which: names.Lane | names.Seat) -> list[str]:
    """All that there is of a lane or a host on the machine, a line each."""
    name = which.name if isinstance(which, names.Seat) else which.bridge
    rules = network.marked_rules(which) if isinstance(which, names.Lane) else []
    return [
        *(f"process {process}" for process in cgroups.members(which.cgroup)),
        *(f"mount {path}" for folder in (which.run, which.data) for path in mounts(folder)),
        *(f"folder {folder}" for folder in (which.run, which.data) if folder.exists()),
        *(f"link {link}" for link in network.links(name)),
        *(f"namespace {namespace}" for namespace in network.namespaces(name)),
        *(f"rule {' '.join(rule)}" for rule in rules),
        *(f"control group {place}" for place in cgroups.leftovers(which.cgroup)),
    ]


def _remove(which: names.Lane | names.Seat) -> None:
    """End the processes, then take away the mounts and the folders."""
    cgroups.end(which.cgroup)
    for socket in _shim_sockets(which.run):
        socket.unlink(missing_ok=True)
    for folder in (which.run, which.data):
        _unmount(folder)
        if folder.exists():
            shutil.rmtree(folder)


def _unmount(folder: Path) -> None:
    """Unmount all below a folder. Raises when something stays: nothing is ever removed through a mount."""
    problem = ""

    def unmounted() -> bool:
        nonlocal problem
        left = mounts(folder)
        if left:
            try:
                commands.check(["umount", left[-1]])
            except commands.BedError as busy:
                problem = str(busy)  # a process that was just killed holds it for a moment longer
        return not left

    if not commands.wait_until(unmounted, timeout=20):
        raise commands.BedError(f"still mounted, so nothing is removed below {folder}: {problem}")


def _shim_sockets(run: Path) -> list[Path]:
    """The sockets that killed container shims left in the one folder that all containerds share."""
    notes = [*run.rglob("moby/*/address"), *run.rglob("moby/*/bootstrap.json")]
    return [Path(found) for note in notes for found in SHIM_SOCKET.findall(note.read_text(errors="replace"))]
