"""`scs disco` and its commands against a server of its own, as people type them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scs.cli import main
from scs.disco.edges import places
from scs.disco.settings import Times
from tests.disco.edges import running
from tests.disco.edges.etcd import members
from tests.disco.edges.running import PATIENCE, Process

Told = pytest.CaptureFixture[str]
NAME = "mysql:db:blog:dev"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running.process(tmp_path_factory.mktemp("disco"), Times(grace=0, v1_timeout=0.2)) as one:
        yield one


@pytest.fixture
def scs(server: Process, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    monkeypatch.setenv("SCS_DISCO", str(server.place))
    return lambda line: main.main(["disco", *line.split()])


class Command:
    """One that goes on until somebody ends it."""

    def __init__(self, line: str, place: object, folder: Path) -> None:
        self.out, self.err = folder / "out", folder / "err"
        environment = {**os.environ, "SCS_DISCO": str(place), "SCS_STATE_DIR": str(folder)}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            words = [sys.executable, "-m", "scs", "disco", *line.split()]
            self.process = subprocess.Popen(words, stdout=out, stderr=err, env=environment)

    def said(self, text: str) -> str:
        """Waits until it says this, on either stream."""
        end = time.monotonic() + PATIENCE
        while text not in (found := self.out.read_text() + self.err.read_text()):
            assert self.process.poll() is None, found
            assert time.monotonic() < end, found
            time.sleep(0.02)
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def begun(server: Process, tmp_path: Path) -> Iterator[Callable[[str], Command]]:
    ours: list[Command] = []

    def begin(line: str) -> Command:
        folder = tmp_path / str(len(ours))
        folder.mkdir()
        ours.append(Command(line, server.place, folder))
        return ours[-1]

    yield begin
    for one in ours:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)


def test_what_is_provided_is_found_watched_drained_and_gone(
    scs: Callable[[str], int], begun: Callable[[str], Command], capsys: Told
) -> None:
    watch = begun(f"watch {NAME} --json")
    watch.said('"endpoints": []')
    provider = begun(f"provide {NAME} 192.0.2.7:3306 --attribute tier=gold --weight 3")
    provider.said("dev/blog/db/mysql is provided at 192.0.2.7:3306")
    watch.said('"host": "192.0.2.7"')
    assert scs(f"lookup {NAME} --where tier=gold") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["ADDRESS", "STATE", "WEIGHT", "DC", "ZONE", "ATTRIBUTES", "ID"]
    assert row.split()[:4] == ["192.0.2.7:3306", "ready", "3", "tier=gold"]
    assert scs(f"lookup {NAME} --where tier!=gold") == 1
    assert capsys.readouterr().err == "scs: nobody provides dev/blog/db/mysql\n"
    assert scs("sessions --json") == 0
    listed = json.loads(capsys.readouterr().out)["sessions"]
    assert {one["client"] for one in listed} == {"scs disco watch", "scs disco provide"}
    assert scs("drain 192.0.2.7") == 0
    assert capsys.readouterr().out.endswith(" dev/blog/db/mysql is draining\n")
    assert scs(f"lookup {NAME}") == 1
    assert scs("drain 192.0.2.7 --undo --json") == 0
    assert scs(f"lookup {NAME} --json") == 0
    capsys.readouterr()
    assert provider.end() == 0
    assert scs(f"lookup {NAME}") == 1
    assert watch.end(signal.SIGINT) == 0
    counts = [len(json.loads(line)["endpoints"]) for line in watch.out.read_text().splitlines()]
    assert counts == [0, 1, 0, 1, 0]
    assert watch.err.read_text() == provider.err.read_text() == ""


def test_status_says_how_the_server_is(scs: Callable[[str], int], capsys: Told) -> None:
    assert scs("status") == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()[:6]] == [
        *("server", "complete", "connections", "sessions", "provisions", "groups")
    ]
    assert scs("status --json") == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "disco"


def test_sessions_are_listed_in_columns(scs: Callable[[str], int], capsys: Told) -> None:
    assert scs("sessions") == 0
    assert capsys.readouterr().out.split()[:3] == ["SESSION", "STATE", "PROTO"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lookup Mysql", "scs: 'Mysql' is no name of an endpoint: Argument \"endpoint\" must be 1 to 63 lower-case"),
        ("lookup a/b", "scs: 'a/b' is no name of an endpoint: write ENDPOINT[:ROLE[:SERVICE[:ENV]]] or ENV/"),
        ("lookup a --where gold", "scs: 'gold' is no test: write NAME=VALUE, NAME!=VALUE, NAME^=PREFIX or NAME~=REGEX"),
        ("lookup a --where t=1 --where t!=2", "scs: 't' is tested twice: one test for each attribute"),
        ("lookup a --prefer far", "scs: 'far' is no nearness: --prefer lists zone, dc and any, nearest first"),
        (
            "lookup a --server a..b",
            "scs: cannot connect to a..b:9640: no host can have that name; does a server run there? (scs disco serve)",
        ),
        ("lookup a --server x:y", "scs: 'x:y' is no place: write HOST:PORT, [IPV6]:PORT or unix:/PATH"),
        ("lookup a --token /nowhere", "scs: cannot read the token in /nowhere: No such file or directory"),
        ("lookup a --ca /nowhere", "scs: cannot use the certificates in /nowhere: No such file or directory"),
        ("provide a 192.0.2.1", "scs: '192.0.2.1' is no address of an endpoint: write HOST:PORT"),
        ("provide a 192.0.2.1:80 --attribute x", "scs: 'x' is no attribute: write NAME=VALUE"),
        ("drain 192.0.2.99", "scs: the server refuses: Nothing with the id 192.0.2.99 or at that address is provided."),
        (
            "status --server 127.0.0.1:1",
            "scs: cannot connect to 127.0.0.1:1: Connection refused; does a server run there? (scs disco serve)",
        ),
        (
            "status --server unix:/nowhere",
            "scs: cannot connect to unix:/nowhere: No such file or directory; does a server run there?",
        ),
        (
            "serve --listen 0.0.0.0 --no-snapshot",
            "scs: 0.0.0.0:9640 can be reached from other machines, and without TLS anybody on the way reads",
        ),
        ("serve --key /nowhere", "scs: --key and --client-ca are for TLS: give --cert too"),
        ("serve --no-snapshot --tokens /nowhere", "scs: cannot read the tokens /nowhere: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(scs: Callable[[str], int], capsys: Told, line: str, says: str) -> None:
    assert scs(line) == 1
    said = capsys.readouterr().err
    assert said.startswith(says)
    assert said.count("\n") == 1


def test_the_first_server_that_answers_is_asked(scs: Callable[[str], int], server: Process, capsys: Told) -> None:
    assert scs(f"status --server 127.0.0.1:1 --server {server.place}") == 0


def test_what_the_server_refuses_ends_the_provider(begun: Callable[[str], Command]) -> None:
    one = begun("provide a 192.0.2.1:80 --attribute " + "x" * 65 + "=y")
    assert one.process.wait(PATIENCE) == 1
    assert one.err.read_text().splitlines() == [
        "scs: the server refuses default/default/default/a at 192.0.2.1:80: "
        "An attribute's name must have 1 to 64 characters.",
        "scs: default/default/default/a is not provided",
    ]


def test_a_server_serves_until_it_is_told_to_end(begun: Callable[[str], Command], tmp_path: Path) -> None:
    path = tmp_path / "disco.sock"
    one = begun(f"serve --listen unix:{path} --name here --dc fra --connections 100")
    one.said(f"info listening on unix:{path}")

    async def ask() -> None:
        wire = await running.Wire.to(places.parse(f"unix:{path}"))
        said = await wire.ask("server.status", {})
        assert (said["server"], said["dc"]) == ("here", "fra")
        wire.close()

    asyncio.run(ask())
    assert one.end() == 0
    assert not path.exists()
    assert json.loads((one.out.parent / "disco" / "snapshot.json").read_bytes())["provisions"] == []
    assert "Traceback" not in one.err.read_text()


@pytest.mark.parametrize("command", ["", "serve", "lookup", "watch", "status", "sessions", "provide", "drain"])
def test_help_has_an_example(scs: Callable[[str], int], capsys: Told, command: str) -> None:
    assert scs(f"{command} --help") == 0
    assert f"Example: scs disco {command}".strip() in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--store consul", "--store consul: there is memory, and etcd=URL,… as in etcd=http://127.0.0.1:2379"),
        ("--store etcd=here", "'here' is no etcd: write http://HOST:PORT or https://HOST:PORT, as in "),
        ("--etcd-user me", "--etcd-… options are for etcd: give --store etcd=URL too"),
        ("--store etcd=http://127.0.0.1:1 --etcd-user me", "--etcd-user and --etcd-password-file go together"),
        (
            "--store etcd=http://127.0.0.1:1 --etcd-key k",
            "--etcd-key is the key of a certificate: give --etcd-cert too",
        ),
        (
            "--store etcd=http://127.0.0.1:1 --snapshot s",
            "--snapshot is for --store memory: etcd keeps what outlives a restart",
        ),
    ],
)
def test_a_store_that_cannot_be_is_refused(line: str, said: str, capsys: Told, tmp_path: Path) -> None:
    assert main.main(["disco", "serve", "--no-snapshot", *line.split()]) != 0
    assert said in " ".join(capsys.readouterr().err.split())


def test_two_servers_over_one_etcd_know_the_same_and_one_that_ends_takes_nothing_along(tmp_path: Path) -> None:
    ports = [running.Process(tmp_path).place for _ in range(2)]
    with members.etcd(tmp_path) as store, contextlib.ExitStack() as stack:
        urls = ",".join(store.cluster.urls)
        servers = []
        for number, place in enumerate(ports):
            folder = tmp_path / str(number)
            folder.mkdir()
            one = Command(f"serve --listen {place} --store etcd={urls}", place, folder)
            stack.callback(one.process.kill)
            one.said("listening on")
            servers.append(one)
        (tmp_path / "p").mkdir()
        provider = Command(f"provide {NAME} 192.0.2.1:3306", " ".join(map(str, ports)), tmp_path / "p")
        stack.callback(provider.process.kill)
        for place in ports:
            until_found(place)
        assert servers[0].end() == 0
        until_found(ports[1])
        assert provider.end() == 0
        assert servers[1].end() == 0


def until_found(place: object) -> None:
    end = time.monotonic() + PATIENCE
    while main.main(["disco", "lookup", NAME, "--server", str(place)]) != 0:
        assert time.monotonic() < end
        time.sleep(0.05)
