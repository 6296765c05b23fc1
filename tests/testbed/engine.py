"""A private Docker Engine on a seat: dockerd and a containerd of its own; knows of no containers or images.

dockerd would use the machine's containerd where one runs, so each engine gets its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.testbed import cgroups, commands, names, network

START_TIMEOUT = 60.0
STOP_TIMEOUT = 60.0

ENTER = 'echo $$ >"$1" && net="$2" && shift 2 && exec nsenter --net="$net" -- "$@"'


def enter(seat: names.Seat, cgroup: str, argv: Sequence[str]) -> list[str]:
    """The command that runs another in the seat's network and in one of its control groups; one process."""
    return ["sh", "-c", ENTER, "enter", str(cgroups.make(cgroup)), str(seat.namespace), *argv]


def environment() -> dict[str, str]:
    """The caller's environment without what would lead a program to another engine or service manager."""
    foreign = ("DOCKER_", "SCS_", "PYTEST_", "NOTIFY_SOCKET", "LISTEN_", "COLUMNS", "LINES", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "LC_ALL": "C.UTF-8"}


def containerd_config(seat: names.Seat) -> str:
    """A configuration file with every path in the seat's folders, and without the plug-in for Kubernetes."""
    settings: Mapping[str, object] = {
        "version": 2,
        "root": str(seat.data / "containerd"),
        "state": str(seat.run / "containerd"),
        "disabled_plugins": ["io.containerd.grpc.v1.cri"],
    }
    top = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    return f"{top}[grpc]\naddress = {json.dumps(str(seat.run / 'containerd.sock'))}\n"


def dockerd_argv(seat: names.Seat) -> list[str]:
    """dockerd with every path in the seat's folders and none of the machine's own settings."""
    dns = [part for address in network.resolvers() for part in ("--dns", str(address))]
    return [
        "dockerd",
        *("--config-file", str(seat.run / "daemon.json")),
        *("--host", f"unix://{seat.socket}"),
        *("--containerd", str(seat.run / "containerd.sock")),
        *("--data-root", str(seat.data / "docker")),
        *("--exec-root", str(seat.run / "exec")),
        *("--pidfile", str(seat.run / "docker.pid")),
        *("--bip", names.DEFAULT_BRIDGE),
        *("--default-address-pool", names.ADDRESS_POOL),
        *("--exec-opt", "native.cgroupdriver=cgroupfs"),
        *("--cgroup-parent", seat.cgroup),
        *dns,
    ]


class Engine:
    """dockerd and containerd on a seat, to be started, stopped, killed and frozen."""

    def __init__(self, seat: names.Seat) -> None:
        self.seat = seat
        self.log = seat.data / "dockerd.log"
        self._containerd: subprocess.Popen[bytes] | None = None
        self._dockerd: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process of dockerd. Raises BedError when it does not run."""
        if self._dockerd is None or self._dockerd.poll() is not None:
            raise commands.BedError(f"dockerd of {self.seat.name} does not run")
        return self._dockerd.pid

    def start(self) -> None:
        """Start what does not run and wait until the engine answers."""
        (self.seat.run / "containerd.toml").write_text(containerd_config(self.seat))
        (self.seat.run / "daemon.json").write_text("{}")
        config = str(self.seat.run / "containerd.toml")
        self._containerd = self._start(self._containerd, ["containerd", "--config", config])
        self._dockerd = self._start(self._dockerd, dockerd_argv(self.seat))
        dockerd = self._dockerd
        commands.wait_until(lambda: self.answers() or dockerd.poll() is not None, timeout=START_TIMEOUT)
        if not self.answers():
            raise commands.BedError(f"no answer from dockerd of {self.seat.name}:\n{commands.tail(self.log)}")

    def stop(self) -> None:
        """Stop dockerd in order, with its containers; its data and its containerd stay."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill dockerd with -9. Its containers live on, as those of a machine do."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop dockerd from answering; connections to it hang."""
        os.kill(self.pid, signal.SIGSTOP)
        threads = Path(f"/proc/{self.pid}/task")

        def stopped() -> bool:
            stats = (stat.read_text() for stat in threads.glob("*/stat"))
            return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)

        if not commands.wait_until(stopped, timeout=10):
            raise commands.BedError(f"dockerd of {self.seat.name} does not freeze")

    def thaw(self) -> None:
        """Let a frozen dockerd go on, if there is one."""
        if self._dockerd is not None and self._dockerd.poll() is None:
            self._dockerd.send_signal(signal.SIGCONT)

    def answers(self) -> bool:
        """Whether the engine answers a ping within two seconds."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.seat.socket))
                connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.recv(64)
        except OSError:
            return False

    def reap(self) -> None:
        """Wait for processes that were ended from outside."""
        for process in (self._dockerd, self._containerd):
            if process is not None:
                process.wait(STOP_TIMEOUT)

    def _start(self, running: subprocess.Popen[bytes] | None, argv: list[str]) -> subprocess.Popen[bytes]:
        if running is not None and running.poll() is None:
            return running
        with self._open_log() as log:
            return subprocess.Popen(
                enter(self.seat, self.seat.engine_cgroup, argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment(),
                start_new_session=True,
            )

    def _open_log(self) -> IO[bytes]:
        return self.log.open("ab")

    def _signal(self, number: signal.Signals) -> None:
        if self._dockerd is not None and self._dockerd.poll() is None:
            self._dockerd.send_signal(number)
            self.thaw()
            self._dockerd.wait(STOP_TIMEOUT)
