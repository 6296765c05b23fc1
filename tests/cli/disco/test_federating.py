"""`scs disco serve --federate`: data centres that serve each other's endpoints, as people type it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scs.cli import main
from tests.cli.disco.test_disco import Command
from tests.disco.edges.running import PATIENCE

Told = pytest.CaptureFixture[str]
NAME = "mysql:db:blog:dev"


def place() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


class Commands:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.all: list[Command] = []

    def begin(self, line: str, at: str = "") -> Command:
        folder = self._folder / str(len(self.all))
        folder.mkdir()
        self.all.append(Command(line, at, folder))
        return self.all[-1]


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    ours = Commands(tmp_path)
    yield ours
    for one in ours.all:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(PATIENCE)


def found(at: str, capsys: Told, wanted: list[tuple[str, str, str]]) -> None:
    """Waits until that server says so: address, state and data centre of each."""
    end = time.monotonic() + PATIENCE
    while True:
        main.main(["disco", "lookup", NAME, "--server", at, "--json"])
        said = json.loads(capsys.readouterr().out)["endpoints"]
        if [(one["host"], one["state"], one["dc"]) for one in said] == wanted:
            return
        assert time.monotonic() < end, said
        time.sleep(0.05)


def status(at: str, capsys: Told) -> str:
    assert main.main(["disco", "status", "--server", at]) == 0
    return capsys.readouterr().out


def test_what_is_provided_in_one_data_centre_is_found_in_the_other_and_the_status_says_how_the_link_is(
    commands: Commands, capsys: Told
) -> None:
    fra, ams = place(), place()
    commands.begin(f"serve --no-snapshot --dc ams --listen {ams} --federate fra={fra}").said("listening on")
    other = commands.begin(f"serve --no-snapshot --dc fra --listen {fra} --federate ams={ams}")
    other.said("data centre ams is linked")
    provider = commands.begin(f"provide {NAME} 192.0.2.7:3306", fra)
    provider.said("is provided at")
    found(ams, capsys, [("192.0.2.7", "ready", "fra")])
    assert "data centre  fra is up since 2" in status(ams, capsys)
    assert ", 1 endpoint\n" in status(ams, capsys)
    other.process.kill()
    other.process.wait(PATIENCE)
    found(ams, capsys, [("192.0.2.7", "suspect", "fra")])
    assert ", 1 endpoint, 1 of them suspect: " in status(ams, capsys)
    commands.all[0].said("data centre fra is not linked, what it provides is kept as suspect: ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--federate fra=192.0.2.1", "--federate needs --dc NAME: by it, what is near is told from what is in another"),
        ("--dc ams --federate fra", "'fra' is no data centre with its servers: write DC=HOST[:PORT], several servers"),
        ("--dc ams --federate fra=,", "'fra=,' is no data centre with its servers: write DC=HOST[:PORT], several"),
        ("--dc ams --federate ams=192.0.2.1", "--federate ams=…: that is our own data centre (--dc)"),
        (
            "--dc ams --federate fra=127.0.0.1 --federate fra=127.0.0.2",
            "--federate fra=…: it is named twice; write its servers with commas between them",
        ),
        (
            "--dc ams --federate fra=192.0.2.1",
            "data centre fra at 192.0.2.1:9640 would be spoken to in the clear: give --federate-ca FILE",
        ),
        ("--dc ams --federate fra=127.0.0.1:x", "'127.0.0.1:x' is no place: write HOST:PORT"),
        ("--federate-tls", "--federate-… options are for other data centres: give --federate DC=HOST[:PORT] too"),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-key /nowhere/x",
            "--federate-key is the key of a certificate: give --federate-cert too",
        ),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-cert /nowhere/x",
            "--federate-cert is for TLS: give --federate-ca FILE or --federate-tls too",
        ),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-ca /nowhere/x",
            "cannot use /nowhere/x for TLS to other data centres: ",
        ),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-token fra=/nowhere/x",
            "cannot read the token for data centre fra in /nowhere/x: No such file or directory",
        ),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-token /nowhere/x",
            "cannot read the token for data centre fra in /nowhere/x: No such file or directory",
        ),
        (
            "--dc ams --federate fra=127.0.0.1 --federate-token /nowhere/x --federate-token /nowhere/y",
            "--federate-token is given twice for all data centres",
        ),
    ],
)
def test_what_cannot_be_followed_is_said_in_a_line(line: str, said: str, capsys: Told) -> None:
    assert main.main(["disco", "serve", "--no-snapshot", "--listen", "unix:/nowhere/x", *line.split()]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"scs: {said}")
