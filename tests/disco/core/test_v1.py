"""v1: sets, groups, revisions, resume, preferences, questions without a session, waits."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from scs.disco.settings import Limits
from tests.disco.table import NAMES, SETTINGS, Peer, Table, names, offer

REQUIRE = {**NAMES, "uid": "r"}


@pytest.fixture
def table() -> Table:
    return Table()


def resumed(table: Table, joined: dict[str, object], rev: object, epoch: object = None) -> Peer:
    peer = table.peer()
    said = {"id": joined["id"], "secret": joined["secret"], "epoch": epoch or joined["epoch"], "rev": rev}
    assert peer.ask("session.resume", said)["id"] == joined["id"]
    return peer


def test_the_welcome_says_what_a_client_has_to_know(table: Table) -> None:
    said = table.peer().join(proto=1)
    assert list(said) == [
        *("id", "proto", "secret", "epoch", "rev", "heartbeat", "dead", "timeout", "complete", "sessions", "limits")
    ]
    assert (said["heartbeat"], said["dead"], said["timeout"], said["complete"]) == (3, 10, 10, True)


def test_old_and_new_commands_are_not_mixed(table: Table) -> None:
    assert table.v1().ask("provision.add", {})["message"] == 'The command "provision.add" is not available.'
    assert table.v0().ask("provision.set", {})["message"] == 'The command "provision.set" is not available.'


def test_a_resume_far_in_the_past_is_a_reset() -> None:
    table = Table(replace(SETTINGS, ring=5))
    peer = table.peer()
    joined = peer.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    peer.fin()
    one = table.v1()
    for number in range(9):
        one.ask("provision.set", offer(weight=number))
    (told,) = resumed(table, joined, 0).told()
    assert (told["action"], told["prev"], names(told)) == ("reset", 0, ["add:192.0.2.10"])


def test_a_resume_from_another_epoch_is_a_reset(table: Table) -> None:
    peer = table.peer()
    joined = peer.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    peer.fin()
    (told,) = resumed(table, joined, 0, "another").told()
    assert told["action"] == "reset"


def test_what_came_and_went_meanwhile_is_not_told_on_resume(table: Table) -> None:
    peer, one = table.peer(), table.v1()
    joined = peer.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    peer.fin()
    one.ask("provision.set", offer())
    one.ask("provision.drop", {"id": "a"})
    (told,) = resumed(table, joined, 0).told()
    assert (told["action"], told["rev"], names(told)) == ("diff", 2, [])


def test_who_is_up_to_date_is_told_nothing_on_resume(table: Table) -> None:
    peer = table.peer()
    joined = peer.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    peer.fin()
    assert resumed(table, joined, 0).told() == []


def test_a_resume_takes_the_session_from_a_connection_that_is_half_dead(table: Table) -> None:
    peer = table.peer()
    joined = peer.join(proto=1)
    resumed(table, joined, 0)
    assert peer.closed == "its session came back on another connection"


def test_a_sync_is_one_revision_and_one_notification(table: Table) -> None:
    watching, one = table.v1(), table.v1()
    watching.ask("requirement.set", REQUIRE)
    watching.lines()
    one.ask("provision.sync", {"provisions": [offer("a"), offer("b", host="192.0.2.11")], "more": True})
    assert watching.told() == []
    one.ask("provision.sync", {"provisions": [offer("c", host="192.0.2.12")]})
    (told,) = watching.told()
    assert (told["rev"], len(names(told))) == (1, 3)
    one.ask("provision.sync", {"provisions": [offer("c", host="192.0.2.13")]})
    (told,) = watching.told()
    assert (told["rev"], sorted(one.split(":")[0] for one in names(told))) == (2, ["drop", "drop", "update"])


def test_a_sync_with_a_mistake_changes_nothing(table: Table) -> None:
    one = table.v1()
    one.ask("provision.set", offer("a"))
    assert one.ask("provision.sync", {"provisions": [offer("b"), offer("")]})["name"] == "SyntaxError"
    assert [found.uid for found in table.disco.hub.registry] == ["a"]


def test_equal_requirements_are_one_group_whatever_the_order_of_their_filters(table: Table) -> None:
    one, other = table.v1(), table.v1()
    first = one.ask("requirement.set", {**REQUIRE, "filter": {"a": "1", "b": {"in": ["y", "x"]}}})
    second = other.ask("requirement.set", {**REQUIRE, "filter": {"b": {"in": ["x", "y"]}, "a": "1"}})
    assert first["group"] == second["group"]
    assert len(table.disco.hub.groups) == 1


def test_a_requirement_set_again_asks_for_something_else(table: Table) -> None:
    peer, one = table.v1(), table.v1()
    one.ask("provision.set", offer(attributes={"tier": "gold"}))
    first = peer.ask("requirement.set", REQUIRE)
    second = peer.ask("requirement.set", {**REQUIRE, "filter": {"tier": "silver"}})
    assert first["id"] == second["id"]
    assert first["group"] != second["group"]
    assert [names(told) for told in peer.told()] == [["add:192.0.2.10"], []]
    assert len(table.disco.hub.groups) == 1


@pytest.mark.parametrize(
    ("prefer", "found"),
    [([], 3), (["any"], 3), (["zone"], 1), (["zone", "dc"], 2), (["zone", "dc", "any"], 3), (["dc"], 2)],
)
def test_an_order_of_preference_that_does_not_end_in_any_leaves_out_the_rest(
    table: Table, prefer: list[str], found: int
) -> None:
    for number, (dc, zone) in enumerate((("x", "a"), ("x", "b"), ("y", "a"))):
        peer = table.v1(attributes={"dc": dc, "zone": zone})
        peer.ask("provision.set", offer(f"u{number}", host=f"192.0.2.{number}"))
    peer = table.v1(attributes={"dc": "x", "zone": "a"})
    peer.ask("requirement.set", {**REQUIRE, "prefer": prefer})
    # Zones of one name in two data centres are not one.
    assert len(names(peer.told()[0])) == found


def test_the_whole_set_follows_each_requirement_though_the_session_has_the_group(table: Table) -> None:
    table.v1().ask("provision.set", offer())
    peer = table.v1()
    for uid in ("r", "r", "s"):
        peer.ask("requirement.set", {**REQUIRE, "uid": uid})
        assert [(told["action"], names(told)) for told in peer.told()] == [("reset", ["add:192.0.2.10"])]


def test_a_question_needs_no_session(table: Table) -> None:
    table.v1().ask("provision.set", offer())
    said = table.peer().ask("registry.query", dict(NAMES))
    assert (said["rev"], said["complete"]) == (1, True)
    assert cast("list[dict[str, object]]", said["endpoints"])[0]["address"] == {"host": "192.0.2.10", "port": 3306}


def test_a_provider_may_wait_until_all_were_told(table: Table) -> None:
    watching, one = table.v1(), table.v1()
    watching.ask("requirement.set", REQUIRE)
    one.ask("provision.set", offer())
    watching.lines()
    assert one.send('c:7 provision.drop {"id":"a","wait":5}') == []
    (told,) = watching.told()
    assert told["ack"] is True
    watching.send(f'c:1 sub.ack {{"rev":{told["rev"]}}}')
    assert one.lines() == ['r:7 {"result":{"timed_out":false}}']


def test_a_notice_is_never_answered(table: Table) -> None:
    assert table.v1().send('c:1 sub.ack {"rev":0}', 'c:2 sub.ack {"rev":"x"}', 'c:3 sub.ack {"y":1}') == []


def test_large_sets_come_in_pages_below_the_limit_of_a_line(table: Table) -> None:
    for number in range(3):
        peer = table.v1()
        padding = {f"k{key}": "x" * 250 for key in range(20)}
        ones = [offer(f"{number}/{one}", host=f"192.0.{number}.{one}", attributes=padding) for one in range(60)]
        for start in range(0, 60, 20):
            peer.ask("provision.sync", {"provisions": ones[start : start + 20], "more": start < 40})
    watching = table.v1()
    watching.ask("requirement.set", REQUIRE)
    lines = watching.lines()
    assert max(map(len, lines)) < 256 * 1024
    assert [line.endswith('"more":true}') for line in lines] == [True] * (len(lines) - 1) + [False]
    assert sum(line.count('"host"') for line in lines) == 180


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(provisions=1), "A session may provide at most 1 endpoints."),
        (Limits(attributes=1), "There are 2 attributes; at most 1 are allowed."),
        (Limits(attribute_value=1), 'Attribute "y" has more than 1 characters.'),
        (Limits(attribute_name=1), "An attribute's name must have 1 to 1 characters."),
    ],
)
def test_each_limit_is_named_when_it_is_reached(limits: Limits, message: str) -> None:
    table = Table(replace(SETTINGS, limits=limits))
    peer = table.v1()
    peer.ask("provision.set", offer("a"))
    said = peer.ask("provision.set", offer("b", host="192.0.2.11", attributes={"xx": "1", "y": "22"}))
    if "attributes" in message or "Attribute" in message:
        assert said["message"] in (message, message.replace('"y"', '"xx"'))
    elif "name" in message:
        assert said["message"] == message
    else:
        assert said == {"name": "LimitExceeded", "message": message}


def test_requirements_have_a_limit() -> None:
    peer = Table(replace(SETTINGS, limits=Limits(requirements=1))).v1()
    peer.ask("requirement.set", REQUIRE)
    said = peer.ask("requirement.set", {**REQUIRE, "uid": "s"})
    assert said == {"name": "LimitExceeded", "message": "A session may require at most 1 endpoints."}


def test_commands_in_flight_have_a_limit() -> None:
    peer = Table(replace(SETTINGS, limits=Limits(in_flight=2))).v1()
    lines = peer.send(*(f'c:{number} ping {{"delay":50}}' for number in range(3)))
    assert lines == ['r:2 {"error":{"name":"LimitExceeded","message":"2 commands are not answered yet: wait."}}']


def test_connections_have_limits() -> None:
    table = Table(replace(SETTINGS, limits=Limits(connections_per_host=2)))
    peers = [table.peer(), table.peer(), table.peer(), table.peer("192.0.2.2")]
    assert [peer.closed for peer in peers] == [None, None, "there are too many connections", None]
    assert peers[2].lines() == [
        'e {"name":"LimitExceeded","message":"There are too many connections to this address: come back later."}'
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"role": "Db"},
            'Argument "role" must be 1 to 63 lower-case letters, digits and dashes, no dash first or last.',
        ),
        ({"uid": ""}, 'Argument "uid" must not be empty: it tells this endpoint from all others of its owner.'),
        ({"uid": 7}, 'Argument "uid" must be text of at most 256 characters.'),
        ({"weight": -1}, 'Argument "weight" must be a whole number from 0 to 65535.'),
        ({"state": "suspect"}, 'Argument "state" must be one of draining, pending, ready, unhealthy.'),
        ({"address": {"host": "h"}}, None),
        ({"address": {"host": "h", "port": True}}, None),
        ({"address": {"host": "h", "port": 1, "x": 1}}, None),
    ],
)
def test_an_offer_with_a_mistake_is_refused_by_its_argument(
    table: Table, change: dict[str, object], message: str | None
) -> None:
    address = 'Argument "address" must be {"host": text, "port": 1 to 65535, "proto": "tcp", "udp" or "sctp"}.'
    assert table.v1().ask("provision.set", {**offer(), **change})["message"] == (message or address)


# A restart.


def test_a_restart_drops_nobody_and_wakes_nobody_who_comes_back(table: Table) -> None:
    peer, one = table.peer(), table.peer()
    joined, its = peer.join(proto=1), one.join(proto=1)
    peer.ask("requirement.set", REQUIRE)
    one.ask("provision.set", offer())
    after = table.restarted(down=60)
    after.wait(5)
    back = resumed(after, joined, 1)
    back.ask("requirement.set", REQUIRE)
    (told,) = back.told()
    assert names(told) == ["add:192.0.2.10"]
    assert cast("int", told["rev"]) > 1 << 20
    again = resumed(after, its, 0)
    again.ask("provision.sync", {"provisions": [offer()]})
    after.wait(60, back, again)
    assert [names(told) for told in back.told()] == [[]]  # it is complete now
    assert len(after.disco.hub.registry) == 1


def test_who_does_not_come_back_is_suspect_after_the_grace_and_then_gone(table: Table) -> None:
    table.v1().ask("provision.set", offer())
    after = table.restarted()
    watching = after.v1()
    watching.ask("requirement.set", REQUIRE)
    after.wait(29, watching)
    assert [names(told) for told in watching.told()] == [["add:192.0.2.10"]]
    after.wait(5, watching)
    assert [name.split(":")[0] for told in watching.told() for name in names(told)] == ["update", "drop"]


def test_a_snapshot_that_cannot_be_used_is_said_and_started_without() -> None:
    for saved in (b"", b"{}", b"[]", b'{"format":9,"sessions":[],"provisions":[],"epoch":"x","rev":1}', b"\xff"):
        table = Table(saved=saved)
        assert table.notes[0].text.startswith("starting without the snapshot: it ")
        assert len(table.disco.hub.registry) == 0
