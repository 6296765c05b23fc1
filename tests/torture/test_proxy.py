"""The proxy passes everything as it is, counts, and spoils exactly the call that it was told to."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.adapters.docker.peer import Peer
from tests.torture import api, faults, wire
from tests.torture.api import Api
from tests.torture.faults import Fault
from tests.torture.proxy import Proxy

CLIENT = """
import socket, sys, time
with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    line.sendall(b"POST /v1.41/containers/x/start HTTP/1.1\\r\\nHost: engine\\r\\n\\r\\n")
    line.recv(1)
    print("answered", flush=True)
    time.sleep(60)
"""


class Answers:
    """An engine that answers every request with its number, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, first: str) -> Iterable[bytes]:
        self.asked.append(first)
        body = json.dumps({"number": len(self.asked)}).encode()
        yield wire.answer(200, "OK", body)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def proxy(tmp_path: Path, answers: Answers) -> Iterator[Proxy]:
    with Peer(tmp_path, answers) as peer:
        made = Proxy(tmp_path / "proxy.sock", peer.path)
        yield made
        made.close()


def ask(proxy: Proxy, method: str = "POST", path: str = "/v1.41/containers/x/start") -> object:
    return Api(proxy.path).call(method, path)


def test_without_a_fault_calls_pass_and_those_that_change_something_are_counted(proxy: Proxy, answers: Answers) -> None:
    with proxy.armed(None):
        assert ask(proxy, "GET", "/v1.41/containers/json?all=1") == {"number": 1}
        assert ask(proxy) == {"number": 2}
        assert ask(proxy, "DELETE", "/v1.41/containers/x") == {"number": 3}
    assert proxy.calls == ["POST /containers/x/start", "DELETE /containers/x"]
    assert (proxy.reads, proxy.fired) == (1, False)
    assert len(answers.asked) == 3


@pytest.mark.parametrize("status", faults.STATUSES)
def test_a_status_is_said_instead_of_asking_the_engine(proxy: Proxy, answers: Answers, status: faults.Reply) -> None:
    with proxy.armed(Fault(kind=status, at=1)):
        ask(proxy)
        with pytest.raises(api.Refused, match=f"{status} .*a fault on purpose"):
            ask(proxy)
        assert proxy.fired
        assert ask(proxy) == {"number": 2}


@pytest.mark.parametrize(("kind", "reached"), [("lost", 0), ("drop", 1), ("cut", 1), ("garbage", 1), ("hang", 1)])
def test_an_answer_is_spoiled_after_the_engine_did_its_work_and_a_lost_request_before(
    proxy: Proxy, answers: Answers, kind: faults.Reply, reached: int
) -> None:
    proxy.hang = 0.1
    with proxy.armed(Fault(kind=kind, at=0)), pytest.raises((OSError, ValueError, HTTPException)):
        ask(proxy)
    assert proxy.fired
    assert len(answers.asked) == reached


def test_a_fault_of_a_read_leaves_changes_alone(proxy: Proxy) -> None:
    with proxy.armed(Fault(kind="500", at=0, reads=True)):
        ask(proxy)
        assert not proxy.fired
        with pytest.raises(api.Refused):
            ask(proxy, "GET", "/volumes")


def test_a_stale_list_is_the_one_before_the_change_and_comes_once(proxy: Proxy) -> None:
    def listed() -> object:
        return ask(proxy, "GET", "/v1.41/networks")

    with proxy.armed(Fault(kind="stale", at=0)):
        assert listed() == {"number": 1}
        ask(proxy)
        assert listed() == {"number": 1}
        assert proxy.fired
        assert listed() == {"number": 3}


@pytest.mark.parametrize(("kind", "reached"), [("kill-before", 0), ("kill-after", 1)])
def test_a_crash_kills_whoever_asked_and_nobody_else(
    proxy: Proxy, answers: Answers, kind: faults.Kill, reached: int
) -> None:
    with proxy.armed(Fault(kind=kind, at=0)):
        argv = [sys.executable, "-c", CLIENT, str(proxy.path)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (-9, "")
    assert len(answers.asked) == reached
    assert ask(proxy) == {"number": reached + 1}


def test_chunks_and_what_follows_them_pass(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n4;x=y\r\n,23]\r\n0\r\n\r\n"
    with Peer(tmp_path, lambda _: [chunked]) as peer:
        proxy = Proxy(tmp_path / "proxy.sock", peer.path)
        assert ask(proxy) == [1, 23]
        proxy.close()


def test_an_upgraded_stream_passes_both_ways(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as engine, socket.socket(socket.AF_UNIX) as client:
        engine.bind(str(tmp_path / "engine.sock"))
        engine.listen()
        proxy = Proxy(tmp_path / "proxy.sock", tmp_path / "engine.sock")
        client.settimeout(10)
        client.connect(str(proxy.path))
        client.sendall(b"POST /exec/x/start HTTP/1.1\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n")
        connection, _ = engine.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nhello")
            said = b""
            while not said.endswith(b"hello"):
                said += client.recv(1000)
            client.sendall(b"what is your name")
            assert connection.recv(1000) == b"what is your name"
        assert client.recv(1000) == b""
        proxy.close()
