"""Two hosts with a network of their own, whose packets are dropped without a word: nobody hears of an end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.disco.edges.running import FAST, PATIENCE
from tests.testbed import commands

NAME = "mysql:db:blog:dev"
SERVER, CLIENT = "198.18.255.1", "198.18.255.2"  # on a cable between two namespaces; nobody else sees it
OURS = {"host": "192.0.2.10", "port": 3306}


class Hosts:
    """`server` and `client`, each a namespace, and what runs there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = ExitStack()
        self._names = {one: f"scsdisco{os.getpid()}{one}" for one in ("server", "client")}

    def __enter__(self) -> Hosts:
        for one in self._names.values():
            commands.check(["ip", "netns", "add", one])
            self._left.callback(commands.check, ["ip", "netns", "del", one])
            commands.check(["ip", "-n", one, "link", "set", "lo", "up"])
        server, client = self._names.values()
        commands.check(["ip", "-n", server, "link", "add", "eth0", "type", "veth", "peer", "eth0", "netns", client])
        for one, address in ((server, SERVER), (client, CLIENT)):
            commands.check(["ip", "-n", one, "addr", "add", f"{address}/30", "dev", "eth0"])
            commands.check(["ip", "-n", one, "link", "set", "eth0", "up"])
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def on(self, host: str, *argv: str) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self._names[host]}", "--", *argv]

    def begin(self, host: str, *argv: str) -> Path:
        """Where what it says is written."""
        said = self._folder / f"{host}-{time.monotonic_ns()}"
        with said.open("wb") as out:
            process = subprocess.Popen(self.on(host, sys.executable, "-u", "-m", *argv), stdout=out, stderr=out)
        self._left.callback(_end, process)
        return said

    def scs(self, host: str, *words: str) -> Path:
        return self.begin(host, "scs", "disco", *words, "--server", f"{SERVER}:9640")

    def cut(self) -> None:
        for chain in ("INPUT", "OUTPUT"):
            commands.check(self.on("client", "iptables", "--wait", "-A", chain, "-j", "DROP"))

    def heal(self) -> None:
        commands.check(self.on("client", "iptables", "--wait", "-F"))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with Hosts(tmp_path) as made:
        place = f"{SERVER}:9640"
        log = made.begin(
            "server", "tests.disco.edges.running", place, str(tmp_path / "snapshot.json"), json.dumps(asdict(FAST))
        )
        said(log, lambda lines: any("listening on" in line for line in lines))
        yield made


def said(file: Path, enough: Callable[[list[str]], object]) -> list[str]:
    """What it has said, as soon as that is enough."""
    assert commands.wait_until(lambda: bool(enough(_lines(file))), timeout=PATIENCE), file.read_text()
    return _lines(file)


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def sets(file: Path) -> list[list[tuple[Any, Any]]]:
    """Each set that a watch has told: hosts and their states."""
    told = [json.loads(line) for line in _lines(file) if line.startswith("{")]
    return [[(one["host"], one["state"]) for one in each["endpoints"]] for each in told]


def becomes(file: Path, wanted: list[tuple[str, str]]) -> list[list[tuple[Any, Any]]]:
    said(file, lambda _: sets(file)[-1:] == [wanted])
    return sets(file)


def test_who_falls_silent_is_suspect_after_the_dead_time_and_ready_again_with_its_network(hosts: Hosts) -> None:
    watch = hosts.scs("server", "watch", NAME, "--json")
    hosts.scs("client", "provide", NAME, f"{OURS['host']}:{OURS['port']}")
    becomes(watch, [("192.0.2.10", "ready")])
    since = time.monotonic()
    hosts.cut()
    becomes(watch, [("192.0.2.10", "suspect")])
    assert time.monotonic() - since >= FAST.v1_dead - FAST.v1_beat
    hosts.heal()
    seen = becomes(watch, [("192.0.2.10", "ready")])
    assert all(seen[seen.index([("192.0.2.10", "ready")]) :]), "it was never gone"


def test_who_stays_silent_is_dropped_in_the_end(hosts: Hosts) -> None:
    watch = hosts.scs("server", "watch", NAME, "--json")
    hosts.scs("client", "provide", NAME, f"{OURS['host']}:{OURS['port']}")
    becomes(watch, [("192.0.2.10", "ready")])
    hosts.cut()
    seen = becomes(watch, [])
    assert seen[-2] == [("192.0.2.10", "suspect")]


def test_who_was_cut_off_keeps_what_it_knew_and_learns_what_it_missed(hosts: Hosts) -> None:
    watch = hosts.scs("client", "watch", NAME, "--json")
    said(hosts.scs("server", "provide", NAME, "192.0.2.10:3306"), lambda lines: lines)
    becomes(watch, [("192.0.2.10", "ready")])
    hosts.cut()
    said(hosts.scs("server", "provide", NAME, "192.0.2.11:3306"), lambda lines: lines)
    said(watch, lambda lines: any("the server is lost" in line for line in lines))
    assert sets(watch)[-1] == [("192.0.2.10", "ready")]
    hosts.heal()
    said(watch, lambda _: sorted(sets(watch)[-1]) == [("192.0.2.10", "ready"), ("192.0.2.11", "ready")])
    first = sets(watch).index([("192.0.2.10", "ready")])
    assert all(sets(watch)[first:]), "it never saw less"
