"""Processes that a row starts, on a core of their own: a disco server, etcd. Each is ended by its pid."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.disco.figures import Wrong
from scs.disco.edges import asking
from scs.disco.edges.places import Place
from scs.disco.settings import Times
from scs.disco.values import Json

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
HOST = "127.0.0.1"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


class Process:
    """One process; started again after its end if need be."""

    def __init__(self, argv: Sequence[str], *, log: Path, core: int | None) -> None:
        self._argv = argv if core is None else ["taskset", "-c", str(core), *argv]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            # In a session of its own: Ctrl-C is for who started it, who then ends it.
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait_for(self, port: int) -> None:
        """Until somebody listens there."""
        end = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as one:
                if one.connect_ex((HOST, port)) == 0:
                    return
            if not self.runs or time.monotonic() > end:
                raise Wrong(f"{self._argv[-1]} does not answer: {self.log()}")
            time.sleep(0.005)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def rss(self) -> float:
        """MiB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / (1 << 20)

    def cpu(self) -> float:
        """Seconds, since its start."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, also to one that is stopped. Nothing if it has ended."""
        if self.runs:
            assert self._process is not None
            self._process.kill()
            self._process.wait(PATIENCE)

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


class Disco(Process):
    """`scs disco serve`, always at the same place, with the snapshot of the one before it.

    With `times`, which the command has no options for, the server that disco's own tests start.
    """

    def __init__(
        self, folder: Path, words: Sequence[str], *, core: int | None, name: str = "disco", times: Times | None = None
    ) -> None:
        self.port = free_port()
        self.place = Place(host=HOST, port=self.port)
        self.snapshot = folder / f"{name}.json"
        scs = [sys.executable, "-m", "scs", "disco", "serve", "--listen", str(self.place), "--name", name]
        if "--store" not in words:
            scs += ["--snapshot", str(self.snapshot)]
        fast = [sys.executable, "-m", "tests.disco.edges.running", str(self.place), str(self.snapshot)]
        argv = [*scs, *words] if times is None else [*fast, json.dumps(asdict(times))]
        super().__init__(argv, log=folder / f"{name}.log", core=core)

    def start(self) -> None:
        """Returns when it listens."""
        super().start()
        self.wait_for(self.port)

    def status(self) -> Json:
        """Nothing else happens in this process meanwhile: for when nobody waits for it."""
        with asking.Line([self.place], timeout=PATIENCE) as line:
            return line.ask("server.status", {})

    def counters(self) -> dict[str, int]:
        return counted(self.status(), "counters")

    def provisions(self) -> dict[str, int]:
        """How many there are in each state."""
        return counted(self.status(), "provisions")


def counted(status: Json, what: str) -> dict[str, int]:
    found = status[what]
    assert isinstance(found, dict)
    return found


class Etcd(Process):
    """One member, with etcd's own defaults."""

    def __init__(self, name: str, folder: Path, *, core: int | None) -> None:
        self.name, self.port, self._peer_port = name, free_port(), free_port()
        self.url, self.peer = f"http://{HOST}:{self.port}", f"http://{HOST}:{self._peer_port}"
        self._folder = folder / name
        self._core, self._where = core, folder / f"{name}.log"
        self._members: Sequence[Etcd] = (self,)
        self._prepare()

    def join(self, members: Sequence[Etcd]) -> None:
        """Before the first start: these are one cluster."""
        self._members = members
        self._prepare()

    def _prepare(self) -> None:
        cluster = ",".join(f"{one.name}={one.peer}" for one in self._members)
        argv = [
            *(etcd_program(), "--name", self.name, "--data-dir", str(self._folder)),
            *("--listen-client-urls", self.url, "--advertise-client-urls", self.url),
            *("--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer),
            *("--initial-cluster", cluster, "--initial-cluster-state", "new", "--log-level", "error"),
        ]
        super().__init__(argv, log=self._where, core=self._core)

    def ready(self) -> None:
        """Returns when it answers, which it does when there is a leader."""
        self.wait_for(self.port)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.call("kv/range", {"key": "AA=="})
            except OSError:
                if time.monotonic() > end:
                    raise Wrong(f"{self.name} does not answer: {self.log()}") from None
                time.sleep(0.05)
            else:
                return

    def call(self, path: str, body: Json) -> Json:
        request = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=5) as answer:
            found = json.loads(answer.read())
        assert isinstance(found, dict)
        return found

    def leads(self) -> bool:
        said = self.call("maintenance/status", {})
        head = said["header"]
        assert isinstance(head, dict)
        return bool(said.get("leader") == head["member_id"])


def etcd_program() -> str:
    found = shutil.which("etcd")
    if found is None:
        raise Wrong("etcd is not installed: apt-get install etcd-server")
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
    return port
