"""The engine's lists in its own words: whole and in time, or not at all."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scs.adapters.docker import lists
from tests.adapters.docker.peer import Peer, Script, refusal, reply

WEB: dict[str, Any] = {
    "Id": "a1", "Status": "Up 3 minutes (healthy)", "Ports": [{"PublicPort": 80}, {"PublicPort": 81}], "Mounts": None,
}  # fmt: skip


def said(*containers: dict[str, Any]) -> dict[str, bytes]:
    return {
        "containers": json.dumps(containers).encode(),
        "networks": b'[{"Id": "n1"}]',
        "volumes": b'{"Volumes": null}',
        "images": b"[]",
    }


def asked(folder: Path, script: Script, seconds: float = 5.0) -> object:
    with Peer(folder, script) as peer:
        return lists.ask(socket.AF_UNIX, str(peer.path), "1.41", seconds, lists.LISTS)


def test_each_list_is_asked_for_once(tmp_path: Path) -> None:
    with Peer(tmp_path, lambda _: [reply(200, [])]) as peer:
        answers = lists.ask(socket.AF_UNIX, str(peer.path), "1.41", 5.0, lists.LISTS)
        assert answers == dict.fromkeys(lists.LISTS, b"[]")
        paths = ("containers/json?all=1", "images/json", "networks", "volumes")
        assert sorted(peer.asked) == [f"GET /v1.41/{path} HTTP/1.0" for path in paths]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda _: (), id="nothing"),
        pytest.param(lambda _: [reply(200, [])[:-1]], id="cut short"),
        pytest.param(lambda _: [refusal(400, "client version 1.41 is too old")], id="refused"),
        pytest.param(lambda _: [b"hello"], id="not HTTP"),
    ],
)
def test_anything_but_whole_answers_is_unclear(tmp_path: Path, script: Script) -> None:
    with pytest.raises(lists.UnclearError):
        asked(tmp_path, script)


def test_nobody_there_is_unclear(tmp_path: Path) -> None:
    with pytest.raises(lists.UnclearError):
        lists.ask(socket.AF_UNIX, f"{tmp_path}/none.sock", "1.41", 5.0, lists.LISTS)


def test_an_engine_that_drips_is_left_in_time(tmp_path: Path) -> None:
    with Peer(tmp_path) as peer:
        peer.script = lambda _: peer.drip(b"HTTP/1.1 200 OK\r\n" * 1000)
        began = time.monotonic()
        with pytest.raises(lists.OverdueError):
            lists.ask(socket.AF_UNIX, str(peer.path), "1.41", 0.3, lists.LISTS)
        assert time.monotonic() - began < 3.0


def test_a_whole_answer_is_enough_where_the_connection_stays_open(tmp_path: Path) -> None:
    with Peer(tmp_path) as peer:

        def script(_: str) -> Iterable[bytes]:
            yield reply(200, [])
            yield from peer.silence()

        peer.script = script
        assert lists.ask(socket.AF_UNIX, str(peer.path), "1.41", 5.0, lists.LISTS) == dict.fromkeys(lists.LISTS, b"[]")


def test_how_long_it_is_up_and_orders_that_mean_nothing_do_not_count() -> None:
    later = {**WEB, "Status": "Up 2 hours (healthy)", "Ports": WEB["Ports"][::-1]}
    other = {**WEB, "Id": "b2"}
    assert lists.lasting(said(WEB, other), "1.41") == lists.lasting(said(other, later), "1.41")


@pytest.mark.parametrize(
    "change", [{"Status": "Up 3 minutes (unhealthy)"}, {"State": "exited"}, {"Ports": []}, {"Labels": {"a": "b"}}]
)
def test_everything_else_counts(change: dict[str, Any]) -> None:
    assert lists.lasting(said(WEB), "1.41") != lists.lasting(said({**WEB, **change}), "1.41")


def test_the_version_of_the_api_stands_first() -> None:
    assert lists.lasting(said(WEB), "1.44").startswith(b"1.44\n")
