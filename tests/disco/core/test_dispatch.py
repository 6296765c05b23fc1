"""What one peer's input may cost at a time: the rest waits for its turn, and nothing of it is lost."""

from __future__ import annotations

import json
from typing import cast

import pytest

from tests.disco.table import NAMES, Peer, Table, offer

REQUIRE = {**NAMES, "uid": "r"}
MOST = 512 * 1024  # two turns


@pytest.fixture
def table() -> Table:
    """1000 endpoints under one key."""
    table, one = Table(), None
    one = table.v1()
    offers = [offer(f"u{number}", host=f"h{number}.example") for number in range(1000)]
    for start in range(0, 1000, 250):
        one.ask("provision.sync", {"provisions": offers[start : start + 250], "more": start < 750})
    return table


def turns(table: Table, peer: Peer, lines: list[str]) -> tuple[list[str], int]:
    """All that came back, and the most that was sent within one turn."""
    found, most = peer.raw("".join(f"{line}\n" for line in lines).encode()), 0
    most = sum(map(len, found))
    answered = sum(line.startswith("r:") for line in found)
    for _ in range(10_000):
        if answered == len(lines):
            return found, most
        due = table.disco.due()
        assert due is not None
        table.now = max(table.now, due)
        table.disco.tick(table.now)
        table.deliver()
        more = peer.lines()
        found += more
        most = max(most, sum(map(len, more)))
        answered += sum(line.startswith("r:") for line in more)
    raise AssertionError("not all was answered")


@pytest.mark.parametrize("command", ["sub.reset", "registry.query", "requirement.set"])
def test_one_chunk_of_input_is_answered_in_turns(table: Table, command: str) -> None:
    peer = table.v1()
    group = peer.ask("requirement.set", REQUIRE)["group"]
    peer.lines()
    said = {"sub.reset": {"group": group}, "registry.query": NAMES, "requirement.set": REQUIRE}[command]
    found, most = turns(table, peer, [f"c:{number} {command} {json.dumps(said)}" for number in range(60)])
    assert [line.split(" ")[0] for line in found if line.startswith("r:")] == [f"r:{number}" for number in range(60)]
    assert most < MOST


def test_a_question_that_finds_nothing_costs_its_search(table: Table) -> None:
    peer = table.v1()
    said = {**NAMES, "filter": {"x": "y"}}
    answered = [line for line in peer.send(*(f"c:{one} registry.query {json.dumps(said)}" for one in range(300)))]
    assert 0 < len(answered) < 50


def test_many_peers_share_what_one_turn_may_cost(table: Table) -> None:
    peers = [table.v1() for _ in range(20)]
    for peer in peers:
        peer.send(*(f"c:{number} registry.query {json.dumps(NAMES)}" for number in range(30)))
    due = table.disco.due()
    assert due is not None
    table.now = due
    table.disco.tick(table.now)
    table.deliver()
    assert sum(len(peer.received) for peer in peers) < MOST


def test_a_whole_set_is_written_once_for_all_who_ask_for_it(table: Table) -> None:
    first, second = table.v1(), table.v1()
    assert first.ask("requirement.set", REQUIRE) == second.ask("requirement.set", REQUIRE)
    hub = table.disco.hub
    (group,) = hub.groups.values()
    assert len(hub.resets) == 1
    before = first.told()
    first.ask("sub.reset", {"group": group.id})
    assert first.told() == before
    table.v1().ask("provision.set", offer("new"))
    second.lines()
    second.ask("sub.reset", {"group": group.id})
    (told,) = second.told()
    assert len(cast("list[object]", told["add"])) == 1001


def test_what_was_said_before_the_end_of_a_connection_is_done(table: Table) -> None:
    peer = table.v1()
    queries = [f"c:{number} registry.query {json.dumps(NAMES)}" for number in range(20)]
    peer.send(*queries, f"c:x provision.set {json.dumps(offer('last'))}", "c:y registry.leave {}")
    peer.fin()
    assert len(table.disco.hub.sessions) == 2
    table.wait(4)
    assert len(table.disco.hub.sessions) == 1
    assert len(table.disco.hub.connections) == 1
    assert "expired" not in table.disco.counters
    assert "detached" not in table.disco.counters


def test_who_sends_faster_than_it_is_served_is_cut_off(table: Table) -> None:
    peer = table.v1()
    line = f"c:1 registry.query {json.dumps({**NAMES, 'filter': {'x': 'y' * 200}})}\n".encode()
    for _ in range(6):
        peer.raw(line * 1000)
    assert peer.closed == "it sends faster than it is served"


def test_a_session_has_so_many_patterns_and_what_they_cost_counts(table: Table) -> None:
    peer, said = table.v1(), {**NAMES, "endpoint": "none"}
    for number in range(16):
        assert "id" in peer.ask(
            "requirement.set", {**said, "uid": f"u{number}", "filter": {"x": {"re": f"a+{number}"}}}
        )
    assert "id" in peer.ask("requirement.set", {**said, "uid": "again", "filter": {"y": {"re": "a+3"}}})
    assert peer.ask("requirement.set", {**said, "uid": "more", "filter": {"x": {"re": "a+b"}}}) == {
        "name": "LimitExceeded",
        "message": "A session may use at most 16 patterns that are no plain texts.",
    }
    peer.lines()
    wrong = json.dumps({**said, "filter": {"x": {"re": "(" * 200}}})
    assert len(peer.send(*(f"c:{number} registry.query {wrong}" for number in range(200)))) < 50
