"""A process that lives on while its engine takes its container for ended, made on purpose and each time alike.

dockerd, containerd and the container's shim are killed with -9, and what containerd knows of the run is removed from
its state folder. Started again, it has no such task, dockerd takes the container for `exited` (255), and nobody is left
who would tell of the process.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.testbed import cgroups, commands
from tests.testbed.host import Host

TASKS = "containerd/io.containerd.runtime.v2.task/moby"


def make(host: Host, container: str) -> int:
    """The first process of a running container, by its id, of which the engine knows nothing any more."""
    process = int(host.docker("inspect", "--format", "{{.State.Pid}}", container))
    host.engine.kill()
    _kill(host, "containerd")
    _kill(host, "containerd-shim")
    shutil.rmtree(host.seat.run / TASKS / container)
    host.engine.start()
    return process


def members(host: Host, container: str) -> list[int]:
    """The live processes of a container, by its id."""
    return cgroups.members(f"{host.seat.cgroup}/{container}")


def _kill(host: Host, name: str) -> None:
    """The engine's processes of that name, as far as the kernel keeps names (15 bytes)."""

    def named() -> list[int]:
        return [one for one in cgroups.members(host.seat.engine_cgroup) if _name(one) == name[:15]]

    for process in named():
        os.kill(process, signal.SIGKILL)
    if not commands.wait_until(lambda: not named(), timeout=10):
        raise commands.BedError(f"{name} of {host.name} outlives SIGKILL")


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except FileNotFoundError:  # it ended while being looked at
        return ""
