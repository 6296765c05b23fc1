"""What peers make the server keep is given back, and bounded."""

from __future__ import annotations

from dataclasses import replace

from scs.disco.sessions.timers import Kind
from scs.disco.settings import Limits
from tests.disco.table import SETTINGS, Table, offer


def test_what_is_refused_leaves_nothing_in_the_registry() -> None:
    table = Table(replace(SETTINGS, limits=Limits(provisions=1)))
    one = table.v1()
    one.ask("provision.set", offer("a"))
    for number in range(50):
        assert one.ask("provision.set", {**offer(f"b{number}"), "endpoint": f"e{number}"})["name"] == "LimitExceeded"
    assert len(table.disco.hub.registry._keys) == 1


def test_a_wait_that_is_answered_leaves_no_timer() -> None:
    table = Table()
    one = table.v1()
    for number in range(1_000):
        one.ask("provision.set", offer(f"u{number}"))
        assert one.ask("provision.drop", {"id": f"u{number}", "wait": 86_400}) == {"timed_out": False}
    assert sum(one.kind is Kind.WAIT for one in table.disco.hub.timers._heap) < 200


def test_a_session_that_comes_and_goes_leaves_one_timer() -> None:
    table = Table()
    peer = table.peer()
    joined = peer.join(proto=1, timeout=3600)
    for _ in range(1_000):
        peer.fin()
        table.wait(11)
        peer = table.peer()
        assert "id" in peer.ask("session.resume", {"id": joined["id"], "secret": joined["secret"]})
    assert len(table.disco.hub.timers) < 200
    peer.ask("registry.leave", {})
    peer.fin()
    table.wait(11)
    assert table.disco.due() is None


def test_one_address_keeps_so_many_sessions_that_are_away() -> None:
    table = Table(replace(SETTINGS, limits=Limits(connections_per_host=5)))
    for _ in range(10):
        one = table.v1(timeout=60)
        one.fin()
    assert table.peer().join(proto=1) == {
        "name": "LimitExceeded",
        "message": "There are 10 sessions of this address that are away: resume them, or come back later.",
    }
    assert "id" in table.peer("192.0.2.2").join(proto=1)
    table.wait(61)
    assert "id" in table.peer().join(proto=1)
    assert not table.disco.hub.away


def test_a_server_keeps_so_many_sessions() -> None:
    table = Table(replace(SETTINGS, limits=Limits(sessions=2)))
    for _ in range(2):
        table.v1()
    assert table.peer().join(proto=1)["message"] == "This server has 2 sessions: come back later."
