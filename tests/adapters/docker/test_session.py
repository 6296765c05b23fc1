"""Calls against a peer that misbehaves: each ends within its limit, as one of the contract's errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from scs.adapters.docker import engine as engine_module
from scs.adapters.docker.engine import DockerEngine
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.session import Session
from scs.contract import errors
from tests.adapters.docker.peer import Peer, Script, refusal, reply

LIMIT = 0.3
PATIENCE = 5.0
"""Far more than a limit, far less than a peer would hold a call without one."""

READ = Doing(what="list containers", reads=True, seconds=LIMIT)
CHANGE = Doing(what="start container web", seconds=LIMIT)


def outcome(folder: Path, behaviour: Callable[[Peer], Script], doing: Doing) -> errors.EffectError:
    """What a call raises, which has to come in time."""
    with Peer(folder) as peer:
        peer.script = behaviour(peer)
        session = Session(peer.address)
        started = time.monotonic()
        with pytest.raises(errors.EffectError) as raised:
            session.call(doing, lambda call: call.containers(all=True))
        assert time.monotonic() - started < PATIENCE
    return raised.value


def silent(peer: Peer) -> Script:
    return lambda _: peer.silence()


def dripping_head(peer: Peer) -> Script:
    return lambda _: peer.drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: y\r\n" * 1000)


def dripping_body(peer: Peer) -> Script:
    def script(_: str) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n["
        yield from peer.drip(b" " * 4999)

    return script


def dripping_chunks(peer: Peer) -> Script:
    def script(_: str) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        yield from peer.drip(b"1\r\n \r\n" * 1000)

    return script


@pytest.mark.parametrize("script", [silent, dripping_head, dripping_body, dripping_chunks])
def test_a_peer_that_is_slow_holds_no_call_longer_than_its_limit(
    tmp_path: Path, script: Callable[[Peer], Script]
) -> None:
    assert "did not answer within" in outcome(tmp_path, script, READ).why


def cut_before(peer: Peer) -> Script:
    return lambda _: ()


def cut_in_head(peer: Peer) -> Script:
    return lambda _: (b"HTTP/1.1 200 O",)


def cut_in_body(peer: Peer) -> Script:
    return lambda _: (reply(200, [])[:-1],)


def garbage(peer: Peer) -> Script:
    return lambda _: (b"\x00\xffhello\r\n\r\n",)


def no_json(peer: Peer) -> Script:
    return lambda _: (reply(200, raw=b"<html>"),)


def refusal_without_message(peer: Peer) -> Script:
    return lambda _: (reply(500, []),)


def deep_json(peer: Peer) -> Script:
    return lambda _: (reply(200, raw=b"[" * 100_000),)


BROKEN = [cut_before, cut_in_head, cut_in_body, garbage, no_json, refusal_without_message, deep_json]


@pytest.mark.parametrize("script", [silent, *BROKEN])
def test_a_read_that_got_no_answer_is_a_retry(tmp_path: Path, script: Callable[[Peer], Script]) -> None:
    assert type(outcome(tmp_path, script, READ)) is errors.Retry


@pytest.mark.parametrize("script", [silent, *BROKEN])
def test_a_change_that_got_no_answer_is_uncertain(tmp_path: Path, script: Callable[[Peer], Script]) -> None:
    assert type(outcome(tmp_path, script, CHANGE)) is errors.Uncertain


def test_no_peer_at_all_is_no_engine(tmp_path: Path) -> None:
    engine = DockerEngine(f"unix://{tmp_path}/none.sock")
    with pytest.raises(errors.EngineUnavailable, match="no engine answers at unix:///"):
        engine.list()


def test_an_engine_that_hangs_is_unavailable_when_it_is_asked_whether_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "VERSION_SECONDS", LIMIT)
    with Peer(tmp_path) as peer:
        peer.script = silent(peer)
        with pytest.raises(errors.EngineUnavailable, match="did not answer within"):
            DockerEngine(peer.address).version()


def newer_engine(asked: str) -> Iterable[bytes]:
    """Docker 29 refuses API versions below 1.44."""
    if " /v1.41/" in asked:
        wants = "Minimum supported API version is 1.44, please upgrade your client to a newer version"
        yield refusal(400, f"client version 1.41 is too old. {wants}")
    else:
        yield reply(200, {"Version": "29.0.0"} if asked.endswith("/version") else [])


def test_an_engine_that_refuses_the_version_gets_the_one_that_it_names_from_then_on(tmp_path: Path) -> None:
    with Peer(tmp_path, newer_engine) as peer:
        engine = DockerEngine(peer.address)
        assert engine.version() == "29.0.0"
        engine.start("web")
        assert peer.asked == ["GET /v1.41/version", "GET /v1.44/version", "POST /v1.44/containers/web/start"]


def test_an_engine_that_refuses_every_version_is_not_asked_for_ever(tmp_path: Path) -> None:
    words = "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade"
    with Peer(tmp_path, lambda _: [refusal(400, words)]) as peer:
        with pytest.raises(errors.Failure, match=r"the engine says: client version 1\.41 is too old"):
            DockerEngine(peer.address).list()
        assert len(peer.asked) == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.stop("web", 0),
        lambda engine: engine.remove_container("web"),
        lambda engine: engine.remove_network("web"),
        lambda engine: engine.remove_volume("web"),
    ],
)
def test_what_is_gone_needs_no_removal(tmp_path: Path, ask: Callable[[DockerEngine], None]) -> None:
    with Peer(tmp_path, lambda _: [refusal(404, "No such thing: web")]) as peer:
        ask(DockerEngine(peer.address))
        assert len(peer.asked) == 1


def test_what_is_so_already_is_success(tmp_path: Path) -> None:
    not_modified = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    with Peer(tmp_path, lambda _: [not_modified]) as peer:
        engine = DockerEngine(peer.address)
        engine.start("web")
        engine.stop("web", 0)


def test_a_container_is_never_removed_with_its_volumes_or_by_force(tmp_path: Path) -> None:
    with Peer(tmp_path, lambda _: [reply(204)]) as peer:
        DockerEngine(peer.address).remove_container("web")
        assert peer.asked == ["DELETE /v1.41/containers/web?v=False&link=False&force=False"]


def test_a_list_that_is_null_is_not_an_empty_one(tmp_path: Path) -> None:
    with Peer(tmp_path, lambda _: [reply(200)]) as peer, pytest.raises(errors.Retry):
        DockerEngine(peer.address).list()


def chunked(*events: bytes, whole: bool = True) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in events)
    return head + body + (b"0\r\n\r\n" if whole else b"")


def test_a_pull_tells_each_change_of_a_layer_once(tmp_path: Path) -> None:
    events = [
        b'{"status":"Pulling from library/nginx","id":"1.27"}\n',
        b'{"status":"Downloading","id":"a1","progress":"1/2"}\n',
        b'{"status":"Downloading","id":"a1","progress":"2/2"}\n{"status":"Pull complete","id":"a1"}\n',
        b'{"status":"Status: \\u001b[2J"}\n',
    ]
    with Peer(tmp_path, lambda _: [chunked(*events)]) as peer:
        assert list(DockerEngine(peer.address).pull("nginx:1.27")) == [
            "1.27: Pulling from library/nginx",
            "a1: Downloading",
            "a1: Pull complete",
            "Status: \\x1b[2J",
        ]
        assert peer.asked == ["POST /v1.41/images/create?tag=1.27&fromImage=nginx"]


def test_a_pull_that_fails_half_way_is_a_failure(tmp_path: Path) -> None:
    events = [b'{"status":"Pulling","id":"a"}\n', b'{"errorDetail":{},"error":"manifest unknown"}\n']
    with Peer(tmp_path, lambda _: [chunked(*events)]) as peer, pytest.raises(errors.Failure) as raised:
        list(DockerEngine(peer.address).pull("nginx:nosuch"))
    assert raised.value.why == ("cannot pull image nginx:nosuch: the registry has no such tag of it: check its name")


@pytest.mark.parametrize("said", [chunked(b'{"status":"x"}\n', whole=False), chunked(b"[]\n"), chunked(b"no\n")])
def test_a_pull_that_is_cut_or_garbled_may_be_tried_again(tmp_path: Path, said: bytes) -> None:
    with Peer(tmp_path, lambda _: [said]) as peer, pytest.raises(errors.Retry):
        list(DockerEngine(peer.address).pull("nginx"))


def log_peer(*said: bytes) -> Script:
    def script(asked: str) -> Iterable[bytes]:
        return [reply(200, {"Config": {"Tty": True}})] if "/json" in asked else said

    return script


def test_a_log_that_the_engine_breaks_off_does_not_end_as_if_it_were_whole(tmp_path: Path) -> None:
    with Peer(tmp_path, log_peer(chunked(b"one\n", whole=False))) as peer:
        lines = DockerEngine(peer.address).follow("web", follow=True, since=None, tail=None)
        assert next(lines) == b"one\n"
        with pytest.raises(errors.Retry, match="cannot read the log of container web"):
            next(lines)


def test_the_last_lines_are_made_harmless(tmp_path: Path) -> None:
    with Peer(tmp_path, log_peer(chunked(b"a\r\n\x1b[2J", b"b\xff\n"))) as peer:
        assert DockerEngine(peer.address).logs("web", tail=5) == ("a", "\\x1b[2Jb\\xff")
        assert peer.asked[1] == "GET /v1.41/containers/web/logs?stdout=1&stderr=1&follow=0&tail=5"


def exec_peer(start: Callable[[], Iterable[bytes]], **seen: Any) -> Script:
    def script(asked: str) -> Iterable[bytes]:
        if asked.endswith("/start"):
            return start()
        if asked.startswith("GET "):
            return [reply(200, seen)]
        return [reply(201, {"Id": "e1"})]

    return script


def test_a_command_whose_start_was_cut_is_uncertain(tmp_path: Path) -> None:
    with Peer(tmp_path, exec_peer(lambda: ())) as peer, pytest.raises(errors.Uncertain):
        DockerEngine(peer.address).exec("web", ["a"], timeout=PATIENCE, env={})


def test_a_process_that_is_not_surely_the_container_s_is_never_killed(tmp_path: Path) -> None:
    seen = {"Running": True, "Pid": 1, "ContainerID": "f9bdf504cf887570f360ebb7ba81cbbd51e8b8ea5a181e7a9c1efd"}
    with Peer(tmp_path) as peer:
        peer.script = exec_peer(peer.silence, **seen)
        with pytest.raises(errors.Uncertain) as raised:
            DockerEngine(peer.address).exec("web", ["do", "it now"], timeout=LIMIT, env={})
    assert raised.value.why == (
        "cannot run do 'it now' in container web: it did not end within 0.3 s, and may still be running there"
    )
