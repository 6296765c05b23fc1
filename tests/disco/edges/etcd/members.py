"""etcd on loopback, one member or several, each ended by its pid; and a disco server's edge on it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scs.disco.edges.etcd.cluster import Cluster
from scs.disco.edges.etcd.store import EtcdStore
from scs.disco.edges.server import Options
from scs.disco.settings import Settings, Times
from tests.disco.edges.running import HERE, PATIENCE, Running, served

TIMES = Times(grace=1, v1_timeout=1)


class Member:
    def __init__(self, name: str, folder: Path, scheme: str = "http", more: tuple[str, ...] = ()) -> None:
        self.name = name
        self.url, self.peer = (f"{how}://127.0.0.1:{_port()}" for how in (scheme, "http"))
        self._folder = folder / name
        self._log = folder / f"{name}.log"
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, members: list[Member]) -> None:
        cluster = ",".join(f"{one.name}={one.peer}" for one in members)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("etcd", "--name", self.name, "--data-dir", str(self._folder), "--unsafe-no-fsync"),
                    *("--listen-client-urls", self.url, "--advertise-client-urls", self.url),
                    *("--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer),
                    *("--initial-cluster", cluster, "--initial-cluster-state", "new"),
                    *("--heartbeat-interval", "50", "--election-timeout", "500", *self._more),
                ],
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def log(self) -> str:
        return self._log.read_text()[-2000:]


class Etcd:
    def __init__(self, folder: Path, count: int, scheme: str = "http", more: tuple[str, ...] = ()) -> None:
        self.members = [Member(f"m{number}", folder, scheme, more) for number in range(count)]

    @property
    def cluster(self) -> Cluster:
        return Cluster(urls=tuple(one.url for one in self.members))

    def start(self) -> None:
        for one in self.members:
            one.start(self.members)

    def kill(self) -> None:
        for one in self.members:
            one.kill()

    def ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                call(self.members[0].url, "kv/range", {"key": "AA=="})
            except OSError:
                assert time.monotonic() < end, self.members[0].log()
                time.sleep(0.05)
            else:
                return

    def leader(self) -> Member:
        for one in self.members:
            said = call(one.url, "maintenance/status", {})
            if said["leader"] == said["header"]["member_id"]:
                return one
        raise AssertionError("nobody leads")


def call(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(f"{url}/v3/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        found = json.loads(answer.read())
    assert isinstance(found, dict)
    return found


@contextlib.contextmanager
def etcd(folder: Path, count: int = 1) -> Iterator[Etcd]:
    one = Etcd(folder, count)
    try:
        one.start()
        one.ready()
        yield one
    finally:
        one.kill()


class Disco:
    """A server and its store."""

    def __init__(self, running: Running, store: EtcdStore) -> None:
        self.running, self.store = running, store
        self.place = running.place
        self.core = running.core

    @property
    def hosts(self) -> dict[str, str]:
        """What it knows, with the state."""
        return {one.address.host: str(one.state) for one in self.core.hub.registry}

    @property
    def counters(self) -> dict[str, int]:
        return self.running.server.serving.counters


@contextlib.asynccontextmanager
async def disco(given: Etcd | Cluster, name: str, times: Times = TIMES, look: float = 60) -> AsyncIterator[Disco]:
    cluster = given.cluster if isinstance(given, Etcd) else given
    store = EtcdStore(cluster, look=look)
    settings = replace(Settings(external=True, server=name), times=times)
    async with served(Options(listen=(HERE,), settings=settings, edges=(store,))) as running:
        yield Disco(running, store)


def _port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        found = one.getsockname()[1]
    assert isinstance(found, int)
    return found
