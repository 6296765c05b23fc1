"""Each weakness of the first prototype, and each failure of other systems that bit their users: what happens here."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any, cast

import pytest

from scs.disco.registry import patterns
from scs.disco.sessions import tokens
from scs.disco.settings import Limits, Settings, Times
from tests.disco.table import NAMES, SETTINGS, WALL, Peer, Table, names, offer

V0 = {**NAMES, "attributes": None}
REQUIRE = {**NAMES, "uid": "r"}


@pytest.fixture
def table() -> Table:
    return Table()


def subscriber(table: Table, **more: object) -> Peer:
    peer = table.v1()
    peer.ask("requirement.set", {**REQUIRE, **more})
    peer.lines()
    return peer


def provider(table: Table, uid: str = "a", **more: Any) -> Peer:
    peer = table.v1(**more.pop("join", {}))
    peer.ask("provision.set", offer(uid, **more))
    return peer


# The prototype's, in the order of its list.


@pytest.mark.parametrize("how", ["leave", "fin", "timeout"])
def test_1_endpoints_go_when_their_session_ends_however_it_does(table: Table, how: str) -> None:
    watching, one = subscriber(table), provider(table)
    watching.lines()
    if how == "leave":
        one.ask("registry.leave", {"wait": None})
    elif how == "fin":
        one.fin()
    table.wait(20.5, watching)
    assert names(watching.told()[-1])[0].startswith("drop:")


def test_2_a_reset_connection_makes_suspect_at_once_and_silence_within_the_dead_time(table: Table) -> None:
    watching = subscriber(table)
    one, other = provider(table, "a"), provider(table, "b", host="192.0.2.11")
    watching.lines()
    one.fin()
    (told,) = watching.told()
    assert cast("list[dict[str, object]]", told["update"])[0]["state"] == "suspect"
    table.wait(9.5, watching)
    assert other.closed is None
    table.wait(1, watching)
    assert other.closed == "it was silent for too long"


def test_3_a_resumed_session_is_told_what_it_missed(table: Table) -> None:
    peer = table.peer()
    joined = peer.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    (reset,) = peer.told()
    peer.fin()
    one = provider(table, "a")
    provider(table, "b", host="192.0.2.11")
    one.ask("provision.set", offer("a", weight=7))
    again = table.peer()
    said = {"id": joined["id"], "secret": joined["secret"], "epoch": joined["epoch"], "rev": reset["rev"]}
    assert again.ask("session.resume", said)["id"] == joined["id"]
    (told,) = again.told()
    assert told["action"] == "diff"
    assert sorted(names(told)) == ["add:192.0.2.10", "add:192.0.2.11"]


def test_4_commands_in_a_session_are_answered(table: Table) -> None:
    assert table.v0().ask("ping", {"reply": "x"})["message"] == "x"


def test_5_nobody_drops_what_belongs_to_another(table: Table) -> None:
    one = table.v1()
    identifier = one.ask("provision.set", offer())["id"]
    assert table.v1().ask("provision.drop", {"id": identifier}) == {
        "name": "Forbidden",
        "message": f"{identifier} belongs to another session.",
    }


def test_5_nobody_resumes_a_session_by_its_id_alone(table: Table) -> None:
    joined = table.peer().join(proto=1)
    said = table.peer().ask("session.resume", {"id": joined["id"], "secret": "guessed"})
    assert said == {"name": "Gone", "message": "Session is not available."}
    assert all("secret" not in one for one in table.disco.listed_sessions())


def test_5_without_a_token_nobody_joins_and_with_one_everybody_keeps_to_its_scopes() -> None:
    table = Table(replace(SETTINGS, open=False))
    digest = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"  # of "hello world"
    text = f'{{"tokens":[{{"id":"t","sha256":"{digest}","scopes":["provide:dev/blog/*"],"expires":{WALL + 60}}}]}}'
    table.disco.use_tokens(table.now, tokens.parse(text), wall=WALL)
    assert table.peer().join(proto=1)["name"] == "Forbidden"
    one = table.peer()
    one.join(proto=1, token="hello world")
    assert "id" in one.ask("provision.set", offer())
    assert one.ask("provision.set", {**offer("b"), "service": "shop"})["message"] == (
        "This token may not provide dev/shop/db/mysql."
    )
    assert one.ask("requirement.set", REQUIRE)["message"] == "This token may not require dev/blog/db/mysql."
    table.wait(61, one)
    assert table.peer().join(proto=1, token="hello world")["message"] == (
        "The token is missing, unknown or has expired."
    )
    table.disco.use_tokens(table.now, tokens.Tokens(), wall=WALL + 61)
    table.deliver()
    assert one.closed == "its token is no longer valid"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|a)*b", "(x+x+)+y"])
def test_7_no_pattern_stalls_the_server(table: Table, pattern: str) -> None:
    value = "a" * 200 + "!"
    peer = table.v1()
    peer.ask("provision.set", offer(attributes={"x": value}))
    started = time.perf_counter()
    for number in range(100):
        said = {**REQUIRE, "uid": f"r{number}", "filter": {"x": {"re": pattern}, "n": {"ne": str(number)}}}
        assert "group" in peer.ask("requirement.set", said)
    assert time.perf_counter() - started < 2


def test_7_without_re2_such_a_pattern_is_refused_and_never_run(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_engine", lambda: None)
    said = table.v1().ask("requirement.set", {**REQUIRE, "filter": {"x": {"re": "^(a+)+$"}}})
    assert said["message"] == (
        'The pattern "^(a+)+$" needs google-re2, which this server does not have. '
        "Plain texts, their alternatives (a|b) and the anchors ^ and $ work without it."
    )


def test_8_a_line_without_end_is_cut_off_at_its_limit(table: Table) -> None:
    peer = table.v1()
    said = [line for _ in range(10) for line in peer.raw(b"x" * 65536)]
    assert said == ['e {"name":"LimitExceeded","message":"A line is longer than 262144 bytes."}']
    assert peer.closed == "it sent a line that is too long"


def test_9_nothing_queues_for_who_is_away_and_nothing_is_left_of_who_is_gone(table: Table) -> None:
    watching, one = subscriber(table), table.v1()
    watching.fin()
    for number in range(50):
        one.ask("provision.set", offer(weight=number))
    table.wait(11, one)
    one.ask("registry.leave", {"wait": None})
    one.fin()
    table.wait(21)
    hub = table.disco.hub
    assert not hub.sessions
    assert not hub.groups
    assert not hub.groups_by_key
    assert not hub.connections
    assert not hub.hosts
    assert not hub.dirty
    assert not hub.registry.known(("dev",))


def test_10_a_restarted_server_says_that_it_does_not_know_yet(table: Table) -> None:
    provider(table)
    after = table.restarted()
    watching = after.v1()
    assert watching.ask("requirement.set", REQUIRE)["complete"] is False
    (told,) = watching.told()
    assert (told["complete"], names(told)) == (False, ["add:192.0.2.10"])
    after.wait(30, watching)
    assert watching.told()[-1]["complete"] is True


def test_11_every_command_gets_one_answer_of_its_own(table: Table) -> None:
    peer = table.v0()
    lines = peer.send(*(f"c:{number} nonsense" for number in range(5)), "c:5 ping", "c:6 registry.leave")
    assert [line.split(" ")[0] for line in lines] == [f"r:{number}" for number in range(7)]


def test_12_who_joins_again_takes_over_what_it_provided(table: Table) -> None:
    watching = subscriber(table)
    said = {**NAMES, "address": {"host": "192.0.2.7", "port": 80}, "attributes": None}
    one = table.v0(timeout=5000)
    first = one.ask("provision.add", said)
    one.fin()
    watching.lines()
    assert table.v0(timeout=5000).ask("provision.add", said) == first
    assert len(table.disco.hub.registry) == 1
    assert [names(told) for told in watching.told()] == [["update:192.0.2.7"]]


def test_12_the_same_uid_from_a_new_session_is_the_same_endpoint(table: Table) -> None:
    watching = subscriber(table)
    provider(table)
    watching.lines()
    provider(table)
    assert len(table.disco.hub.registry) == 1
    assert watching.told() == []


def test_13_attributes_and_state_can_be_changed_in_place(table: Table) -> None:
    watching, one = subscriber(table), provider(table)
    watching.lines()
    one.ask("provision.set", offer(attributes={"v": "2"}))
    one.ask("provision.state", {"id": "a", "state": "draining"})
    assert [names(told)[0].split(":")[0] for told in watching.told()] == ["update", "drop"]


def test_14_equal_requirements_share_one_frame(table: Table) -> None:
    watching = [subscriber(table) for _ in range(50)]
    one = table.v1()
    for peer in watching:
        peer.received = b""
    table.disco.receive(table.now, one.id, b'c:1 provision.sync {"provisions":[]}\n')
    table.disco.drain()
    said = offer()
    table.disco.receive(table.now, one.id, f"c:2 provision.set {json.dumps(said)}\n".encode())
    effects = table.disco.drain()
    assert [len(effect.to) for effect in effects] == [50, 1]  # type: ignore[union-attr]  # all of them are sends


def test_16_a_server_with_too_many_joins_says_when_to_come_back() -> None:
    table = Table(replace(SETTINGS, limits=replace(Limits(), joins_per_second=2)))
    said = [table.peer().join(proto=1) for _ in range(3)]
    assert said[2]["name"] == "Busy"
    assert 0.5 <= cast("float", said[2]["retry_after"]) <= 4


# Those of other systems.


def settled(count: int, **more: Any) -> tuple[Table, Peer, list[Peer]]:
    table = Table(Settings(times=Times(grace=0), **more))
    watching = subscriber(table)
    many = [provider(table, f"u{number}", host=f"198.51.100.{number}") for number in range(count)]
    table.wait(1, watching, *many)
    watching.lines()
    return table, watching, many


def test_mass_expiry_is_held_within_the_budget_and_who_returns_is_told_once() -> None:
    table, watching, many = settled(100)
    silent, alive = many[:40], many[40:]
    table.wait(60, watching, *alive)
    gone = 100 - len(table.disco.hub.registry)
    assert gone == 15
    assert table.disco.counters["budget_exhausted"] == 25
    assert sum(one["state"] == "held" for one in table.disco.listed_sessions()) == 25
    assert all(one.closed for one in silent)


def test_who_says_that_it_leaves_does_so_at_once_though_the_budget_is_spent() -> None:
    table, watching, many = settled(100)
    table.wait(40, watching, *many[40:])
    watching.lines()
    many[99].ask("registry.leave", {"wait": None})
    assert [names(told)[0].split(":")[0] for told in watching.told()] == ["drop"]


def test_what_the_budget_holds_goes_in_the_end() -> None:
    table, watching, _ = settled(30)
    table.wait(21 + 900 + 10, watching)
    assert len(table.disco.hub.registry) == 0


def test_stale_forever_ends_when_somebody_else_takes_the_address(table: Table) -> None:
    watching, old = subscriber(table), provider(table, "old")
    old.fin()
    watching.lines()
    provider(table, "new")
    (told,) = watching.told()
    assert [one.split(":")[0] for one in names(told)] == ["add", "drop"]


def test_stale_forever_ends_when_its_owner_declares_what_there_is(table: Table) -> None:
    watching, one = subscriber(table), provider(table, "a")
    watching.lines()
    said = one.ask("provision.sync", {"provisions": [offer("b", host="192.0.2.11")]})
    assert said["dropped"] == 1
    (told,) = watching.told()
    assert [one.split(":")[0] for one in names(told)] == ["add", "drop"]


def test_a_zombie_of_an_older_incarnation_stays_out(table: Table) -> None:
    one = provider(table, "a", incarnation=5)
    assert table.v1().ask("provision.set", offer("a", incarnation=4)) == {
        "name": "Stale",
        "message": '"a" is known in incarnation 5: 4 is older and cannot take its place.',
    }
    one.ask("provision.drop", {"id": "a"})
    assert table.v1().ask("provision.set", offer("a", incarnation=4))["name"] == "Stale"
    assert "id" in table.v1().ask("provision.set", offer("a", incarnation=5))


def test_flapping_is_told_a_few_times_and_ends_in_the_right_state() -> None:
    table = Table()
    watching, one = subscriber(table), table.v1()
    told = 0
    for number in range(300):
        state = "ready" if number % 2 == 0 else "unhealthy"
        one.ask("provision.set", offer(state=state))
        table.wait(0.5, watching, one)
        told += len(watching.told())
    one.ask("provision.set", offer())
    table.wait(2, watching, one)
    told += len(watching.told())
    assert told <= 20
    group = next(iter(table.disco.hub.groups.values()))
    assert [str(one.state) for one in group.view.values()] == ["suspect"]
    table.wait(400, watching, one)
    assert [str(one.state) for one in group.view.values()] == ["ready"]


def test_coming_and_going_altogether_is_flapping_too() -> None:
    table = Table()
    watching, one = subscriber(table), table.v1()
    for number in range(120):
        if number % 2 == 0:
            one.ask("provision.set", offer())
        else:
            one.ask("provision.drop", {"id": "a"})
        table.wait(0.5, watching, one)
    told = watching.told()
    assert len(told) <= 20
    assert names(told[-1])[0].startswith("drop:")
    one.ask("provision.set", offer())
    table.wait(2, watching, one)
    assert names(watching.told()[0]) == ["add:192.0.2.10"]


def test_what_changes_nothing_wakes_nobody(table: Table) -> None:
    watching, one = subscriber(table), provider(table, weight=3)
    watching.lines()
    rev = table.disco.hub.registry.rev
    one.ask("provision.set", offer(weight=3))
    one.ask("provision.sync", {"provisions": [offer(weight=3)]})
    one.ask("provision.set", {**offer("b"), "endpoint": "other"})
    assert watching.told() == []
    assert table.disco.hub.registry.rev == rev + 1


def test_a_lost_event_is_found_by_the_digest_in_the_heartbeat(table: Table) -> None:
    watching = subscriber(table)
    provider(table)
    (told,) = watching.told()
    table.wait(3, watching)
    beats = [line for line in watching.lines() if " heartbeat " in line]
    assert str(told["id"]) in beats[-1]
    watching.ask("sub.reset", {"group": told["id"], "why": "divergence"})
    assert names(watching.told()[0]) == ["add:192.0.2.10"]
    assert table.disco.counters["divergence_total"] == 1


def test_an_empty_list_is_not_pushed_by_a_server_that_lost_everything(table: Table) -> None:
    provider(table)
    after = table.restarted(lost=True)
    watching = after.v1()
    watching.ask("requirement.set", REQUIRE)
    (told,) = watching.told()
    assert (told["complete"], names(told)) == (False, [])


def test_a_slow_consumer_gets_one_net_change_and_keeps_nobody_waiting(table: Table) -> None:
    slow, quick, one = subscriber(table), subscriber(table), table.v1()
    slow.block()
    for number in range(40):
        one.ask("provision.set", offer(weight=number))
        table.wait(0.25, quick, one)
    assert slow.received == b""
    assert len(quick.told()) > 30
    slow.unblock()
    (told,) = slow.told()
    assert names(told) == ["add:192.0.2.10"]


def test_who_does_not_read_for_half_a_minute_is_cut_off(table: Table) -> None:
    slow = subscriber(table)
    slow.block()
    table.wait(29.5)
    assert slow.closed is None
    table.wait(0.75)
    assert slow.closed == "it did not read for too long"


def test_a_pause_of_our_own_costs_nobody_anything() -> None:
    table, watching, many = settled(20)
    table.now += 30
    table.disco.tick(table.now)
    table.deliver()
    table.wait(5, watching, *many)
    assert len(table.disco.hub.registry) == 20
    assert all(peer.closed is None for peer in many)
    assert watching.told() == []
    assert table.notes[-1].text == "this process stood still for 30.0 s; no deadline counts that time"


def test_suspects_alone_are_kept_for_who_would_rather_hold(table: Table) -> None:
    holding, one = subscriber(table, hold_on_empty=True), provider(table)
    one.fin()
    table.wait(60, holding)
    assert len(table.disco.hub.registry) == 1
    table.wait(860, holding)
    assert len(table.disco.hub.registry) == 0


def test_changes_are_coalesced_to_so_many_a_second(table: Table) -> None:
    watching, one = subscriber(table), table.v1()
    for number in range(200):
        one.ask("provision.set", offer(weight=number))
        table.now += 0.01
        table.disco.tick(table.now)
        table.deliver()
    told = watching.told()
    assert 20 <= len(told) <= 26
    table.wait(1, watching, one)
    assert cast("list[dict[str, object]]", watching.told()[-1]["update"])[0]["weight"] == 199
