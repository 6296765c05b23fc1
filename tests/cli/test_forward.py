"""`scs forward` against a server of its own, as people type it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from scs.cli import forward, main
from scs.disco.edges.client import Discovery
from scs.disco.edges.forward import rules
from scs.disco.edges.forward.choosing import Choosing
from scs.disco.edges.forward.forwarding import Forward
from scs.disco.edges.wishes import EVERYTHING, Answer, Asked, Watch
from scs.disco.problems import Refused
from scs.disco.settings import Times
from scs.disco.values import Key
from scs.disco.wire.shapes import Endpoint
from tests.disco.edges import running
from tests.disco.edges.running import PATIENCE, Process

RULE = "0:mysql:db:blog:dev"
# As `scs`, with a hosts file of the test's own.
SCS = """
import signal
import sys
from pathlib import Path
from scs.adapters import hosts_file
hosts_file.HOSTS = Path(sys.argv.pop(1))
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, whatever the tests were begun with
from scs.__main__ import run
run()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running.process(tmp_path_factory.mktemp("disco"), Times(grace=0, v1_timeout=0.2)) as one:
        yield one


class Service:
    """Says its name to whoever connects, and is registered as long as it is open."""

    def __init__(self, server: Process, name: str) -> None:
        self.name = name
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        self.disco = socket.create_connection((server.place.host, server.place.port))
        self._say("registry.join", {"options": {"proto": 1, "client": name}})
        self._say("provision.set", running.offer(name, host="127.0.0.1", port=self.socket.getsockname()[1]))

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.sendall(self.name.encode())

    def _say(self, command: str, arguments: object) -> None:
        self.disco.sendall(f"c:1 {command} {json.dumps(arguments)}\n".encode())

    def withdraw(self) -> None:
        self._say("registry.leave", {"wait": None})

    def close(self) -> None:
        self.disco.close()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def service(server: Process) -> Iterator[Callable[[str], Service]]:
    ours: list[Service] = []

    def begin(name: str) -> Service:
        ours.append(Service(server, name))
        return ours[-1]

    yield begin
    for one in ours:
        one.close()


class Forwarding:
    def __init__(self, line: str, place: object, folder: Path) -> None:
        self.out, self.hosts = folder / f"out-{time.monotonic_ns()}", folder / "hosts"
        if not self.hosts.exists():
            self.hosts.write_text("127.0.0.1 localhost\n")
        environment = {**os.environ, "SCS_DISCO": str(place), "SCS_RUN_DIR": str(folder / "run")}
        with self.out.open("wb") as out:
            words = [sys.executable, "-u", "-c", SCS, str(self.hosts), "forward", *line.split()]
            self.process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=environment)

    def said(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + PATIENCE
        while (found := re.search(pattern, text := self.out.read_text())) is None:
            assert self.process.poll() is None, text
            assert time.monotonic() < end, text
            time.sleep(0.02)
        return found

    @property
    def place(self) -> tuple[str, int]:
        found = self.said(r"(127[\d.]+):(\d+) is ")
        return found[1], int(found[2])

    def ask(self) -> str:
        """Who answers there; empty where the connection is reset."""
        with socket.create_connection(self.place) as one:
            try:
                return one.recv(100).decode()
            except ConnectionResetError:
                return ""

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def forwarding(server: Process, tmp_path: Path) -> Iterator[Callable[[str], Forwarding]]:
    ours: list[Forwarding] = []

    def begin(line: str) -> Forwarding:
        ours.append(Forwarding(line, server.place, tmp_path))
        return ours[-1]

    yield begin
    for one in ours:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


def test_a_local_port_follows_the_service(
    service: Callable[[str], Service], forwarding: Callable[[str], Forwarding]
) -> None:
    first, ours = service("first"), forwarding(RULE)
    ours.said("0:mysql:db:blog:dev: 1 endpoint\n")
    assert ours.ask() == "first"
    service("second")
    ours.said("2 endpoints\n")
    assert {ours.ask() for _ in range(4)} <= {"first", "second"}
    first.withdraw()
    ours.said("2 endpoints\n(.*\n)*.*: 1 endpoint\n")
    assert [ours.ask() for _ in range(3)] == ["second"] * 3
    assert ours.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_name_in_the_hosts_file_lives_as_long_as_the_command(
    service: Callable[[str], Service], forwarding: Callable[[str], Forwarding], number: int
) -> None:
    service("db")
    ours = forwarding(f"{RULE} --hosts-entry db.local")
    ours.said(": 1 endpoint\n")
    host, port = ours.place
    assert host not in ("127.0.0.1", "127.0.1.1")
    assert f"{host}:{port} is {RULE}, as db.local:{port}\n" in ours.out.read_text()
    assert re.search(rf"^{host} db\.local # scs forward", ours.hosts.read_text(), re.MULTILINE)
    assert ours.ask() == "db"
    assert ours.end(number) == 0
    assert ours.hosts.read_text() == "127.0.0.1 localhost\n"


def test_what_a_crash_left_in_the_hosts_file_is_removed_by_the_next_run(
    forwarding: Callable[[str], Forwarding],
) -> None:
    ours = forwarding(f"{RULE} --hosts-entry db.local")
    assert ours.place
    ours.end(signal.SIGKILL)
    assert "db.local" in ours.hosts.read_text()
    assert forwarding(RULE).place
    assert ours.hosts.read_text() == "127.0.0.1 localhost\n"


def test_without_a_server_it_says_so_and_waits_for_one(tmp_path: Path) -> None:
    ours = Forwarding(RULE, "127.0.0.1:1", tmp_path)
    try:
        ours.said("no disco server answers yet: .*; trying on\n")
        assert ours.end() == 0
    finally:
        ours.process.kill()


def test_a_server_that_is_lost_is_said_and_connections_go_on(tmp_path: Path) -> None:
    with running.process(tmp_path, Times(grace=0)) as server:
        one = Service(server, "db")
        ours = Forwarding(RULE, server.place, tmp_path)
        try:
            ours.said(": 1 endpoint\n")
            server.kill()
            ours.said("scs: the server is lost, trying on: .* closed the connection\n")
            assert ours.ask() == "db"
            assert ours.end() == 0
        finally:
            ours.process.kill()
            one.close()


def test_a_server_that_refuses_what_others_answered_does_not_end_it(capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        rule = rules.parse(RULE)
        watch, ours = Watch(lambda: None), Forward(rule, Choosing(), print)
        task = asyncio.create_task(forward._follow(cast(Discovery, Followed(watch)), ours, EVERYTHING))
        for told in (
            Answer(endpoints=(), complete=True),
            Refused("Not for you."),
            Answer(endpoints=(Endpoint(id="a", host="h", port=1),), complete=True),
        ):
            if isinstance(told, Answer):
                watch.told(told)
            else:
                watch.failed(told)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        watch.close()
        await task

    asyncio.run(scenario())
    said = capsys.readouterr()
    assert (said.out + said.err).splitlines() == [
        f"{RULE}: 0 endpoints",
        f"{RULE}: the server refuses, what was there stays: Not for you.",
        f"{RULE}: 1 endpoint",
    ]


class Followed:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def watch(self, _key: Key, _asked: Asked) -> Watch:
        return self._watch


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "mysql",
            "scs: 'mysql' says no port and no endpoint: write PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]], "
            "as in 3306:mysql:db:blog:prod\n",
        ),
        (
            "1:a --bind 127.0.0.2 --hosts-entry x",
            "scs: --hosts-entry listens on an address of its own: leave out --bind\n",
        ),
        (
            "1:a --bind 192.0.2.1",
            "scs: cannot listen on 192.0.2.1:1: Cannot assign requested address; take another port or --bind\n",
        ),
    ],
)
def test_what_cannot_be_is_refused(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["forward", *line.split()]) == 1
    assert capsys.readouterr().err == message
