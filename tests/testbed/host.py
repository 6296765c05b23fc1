"""A test host: a network address of its own, a Docker Engine of its own, and ways to run commands there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.testbed import cgroups, commands, names, network, sweep
from tests.testbed.engine import Engine, enter, environment

Done = subprocess.CompletedProcess[str]


class Host:
    """One host of the test bed. It shares files and processes with the machine, and nothing else."""

    def __init__(self, seat: names.Seat) -> None:
        self.seat = seat
        self.engine = Engine(seat)

    @property
    def name(self) -> str:
        return self.seat.name

    @property
    def address(self) -> str:
        """Where the host answers, for other hosts of the same test and for the test itself."""
        return str(self.seat.address)

    @property
    def socket(self) -> str:
        """The address of its engine, as DOCKER_HOST takes it."""
        return f"unix://{self.seat.socket}"

    @property
    def folder(self) -> Path:
        """A scratch folder on disk, emptied after each test: the place for the volumes of a test."""
        return self.seat.folder

    @property
    def env(self) -> dict[str, str]:
        """The environment of what runs here: this engine, and nothing of the user's own."""
        own = {
            "DOCKER_HOST": self.socket,
            "DOCKER_CONFIG": str(self.folder / "docker-config"),
            "HOME": str(self.folder / "home"),
            "SCS_RUN_DIR": str(self.folder / "run"),
            "SCS_STATE_DIR": str(self.folder / "state"),
        }
        return {**environment(), **own}

    def start(self) -> None:
        """Make its network and start its engine."""
        network.seat(self.seat)
        self.seat.run.mkdir(parents=True)
        self.folder.mkdir(parents=True)
        self.engine.start()

    def close(self) -> None:
        """Take it away with all that is in it."""
        sweep.seat(self.seat)
        self.engine.reap()

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        check: bool = False,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str | None = None,
        timeout: float = 120,
    ) -> Done:
        """Run a command in the host's network. With `check`, a failure raises BedError with its output."""
        done = subprocess.run(
            enter(self.seat, self.seat.work_cgroup, [str(part) for part in argv]),
            cwd=cwd,
            env={**self.env, **(env or {})},
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            shown = f"{self.name}: {' '.join(map(str, argv))}: exit {done.returncode}"
            raise commands.BedError(f"{shown}\n{done.stdout}{done.stderr}")
        return done

    def popen(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> subprocess.Popen[str]:
        """Start a command in the host's network; `options` are Popen's own. The end of the test kills it."""
        return subprocess.Popen(
            enter(self.seat, self.seat.work_cgroup, [str(part) for part in argv]),
            cwd=cwd,
            env={**self.env, **(env or {})},
            text=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def docker(self, *args: str, input: str | None = None, timeout: float = 120) -> str:
        """What the docker command prints, without the last line end. Raises BedError when it fails."""
        return self.run(["docker", *args], check=True, input=input, timeout=timeout).stdout.rstrip("\n")

    def scs(
        self,
        *args: str | Path,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str | None = None,
        timeout: float = 300,
    ) -> Done:
        """Run scs against this engine, with folders of its own for run and state; no check of its exit."""
        return self.run([*SCS, *args], cwd=cwd, env=env, input=input, timeout=timeout)

    def clean(self) -> None:
        """Take away what a test made: processes, containers, networks, volumes, files. Images stay.

        Starts the engine again where the test ended it.
        """
        cgroups.end(self.seat.work_cgroup)
        if not self.engine.answers():
            self.engine.thaw()
        if not self.engine.answers():
            self.engine.kill()
            cgroups.end(self.seat.cgroup, but=(self.seat.engine_cgroup,))  # or dockerd waits for each to stop
            self.engine.start()
        for kind, remove in LEFT:
            ids = self.docker(kind, "ls", "--quiet", *FILTERS.get(kind, ())).split()
            if ids:
                self.docker(kind, *remove, *ids)
        cgroups.end(self.seat.cgroup, but=(self.seat.engine_cgroup, self.seat.work_cgroup))
        sweep.empty(self.folder)


SCS = (sys.executable, "-m", "scs")
LEFT = (
    ("container", ("rm", "--force", "--volumes")),
    ("network", ("rm",)),
    ("volume", ("rm", "--force")),
)
FILTERS = {"container": ("--all",), "network": ("--filter", "type=custom")}
