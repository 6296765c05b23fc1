"""What who runs the server may ask and do, and who that is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from scs.disco.sessions.tokens import Token, Tokens
from scs.disco.values import Json
from tests.disco.table import NAMES, SETTINGS, WALL, Peer, Table, names, offer


@pytest.fixture
def table() -> Table:
    return Table()


def administrator(table: Table) -> Peer:
    peer = table.peer("127.0.0.1")
    peer.lines()
    return peer


def subscribed(table: Table) -> Peer:
    peer = table.v1()
    peer.ask("requirement.set", {**NAMES, "uid": "r"})
    peer.told()
    return peer


def test_status_needs_no_session_and_has_the_counters(table: Table) -> None:
    table.v1()
    said = table.peer().ask("server.status")
    assert said["sessions"] == {"attached": 1}
    counters = said["counters"]
    assert isinstance(counters, dict)
    assert counters["joins_v1"] == 1


def test_sessions_are_listed_without_their_secrets(table: Table) -> None:
    joined = table.v1(client="web-1").join  # a second join is refused: the first stands
    assert joined()["message"] == 'The command "registry.join" is not available.'
    listed = administrator(table).ask("server.sessions")["sessions"]
    assert isinstance(listed, list)
    assert [(one["client"], one["state"]) for one in listed] == [("web-1", "attached")]
    assert "secret" not in listed[0]


def test_many_sessions_come_in_parts_that_lines_can_hold(table: Table) -> None:
    for number in range(1200):
        table.peer(f"10.0.{number // 250}.{number % 250}").join(proto=1, client="x" * 100)
    peer = administrator(table)
    found: list[Json] = []
    parts = 0
    more: object = True
    while more:
        said = peer.ask("server.sessions", {"after": found[-1]["id"] if found else ""})
        listed = said["sessions"]
        assert isinstance(listed, list)
        found += listed
        more, parts = said.get("more"), parts + 1
    assert parts > 1
    assert len({one["id"] for one in found}) == len(found) == 1200


@pytest.mark.parametrize("what", ["192.0.2.10", "192.0.2.10:3306", "id"])
def test_what_is_drained_is_told_to_nobody_until_that_is_undone(table: Table, what: str) -> None:
    user, provider = subscribed(table), table.v1()
    identifier = provider.ask("provision.set", offer("a"))["id"]
    provider.ask("provision.set", offer("b", host="192.0.2.11"))
    user.told()
    asked = {"what": identifier if what == "id" else what}
    assert administrator(table).ask("server.drain", asked)["ids"] == [identifier]
    assert [names(one) for one in user.told()] == [[f"drop:{identifier}"]]
    provider.ask("provision.set", offer("a", weight=7))
    provider.ask("provision.sync", {"provisions": [offer("a"), offer("b", host="192.0.2.11")]})
    assert user.told() == [], "its provider does not undo it"
    administrator(table).ask("server.drain", {**asked, "on": False})
    assert [names(one) for one in user.told()] == [["add:192.0.2.10"]]


def test_what_is_drained_stays_so_over_a_restart(table: Table) -> None:
    table.v1().ask("provision.set", offer())
    administrator(table).ask("server.drain", {"what": "192.0.2.10"})
    again = table.restarted()
    assert again.peer().ask("registry.query", dict(NAMES))["endpoints"] == []
    administrator(again).ask("server.drain", {"what": "192.0.2.10", "on": False})
    assert len(again.peer().ask("registry.query", dict(NAMES))["endpoints"]) == 1  # type: ignore[arg-type]  # a list


def test_nothing_to_drain_is_said(table: Table) -> None:
    said = administrator(table).ask("server.drain", {"what": "192.0.2.99"})
    assert said["message"] == "Nothing with the id 192.0.2.99 or at that address is provided."


@pytest.mark.parametrize("command", ["server.sessions", "server.drain"])
def test_without_tokens_only_this_machine_administers(table: Table, command: str) -> None:
    said = table.peer("192.0.2.1").ask(command, {})
    assert said["message"] == "This is for administrators: it needs a token whose scopes hold admin."


def test_with_tokens_an_administrator_is_who_has_that_scope_wherever_it_is() -> None:
    table = Table(replace(SETTINGS, open=False))
    ones = tuple(
        Token(id=name, sha256=hashlib.sha256(name.encode()).hexdigest(), scopes=scopes)
        for name, scopes in (("boss", ("admin",)), ("web", ("provide:*",)))
    )
    table.disco.use_tokens(table.now, Tokens(tokens=ones), wall=WALL)
    assert table.peer("192.0.2.1").ask("server.sessions", {"token": "boss"}) == {"sessions": []}
    assert table.peer("127.0.0.1").ask("server.sessions", {"token": "web"})["name"] == "Forbidden"
    assert table.peer("127.0.0.1").ask("server.status", {"token": "nobody"})["name"] == "Forbidden"
    assert "rev" in table.peer("127.0.0.1").ask("server.status", {"token": "web"})
