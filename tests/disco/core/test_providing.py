"""What sessions provide as a whole: one bad offer costs itself, a part that is refused costs the whole set."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from scs.disco.sessions import tokens
from scs.disco.settings import Limits
from tests.disco.table import NAMES, SETTINGS, WALL, Table, names, offer


@pytest.fixture
def table() -> Table:
    return Table()


def test_one_bad_offer_keeps_no_other_out(table: Table) -> None:
    one = table.v1()
    bad = {**offer("b"), "service": "No Name"}
    said = one.ask("provision.sync", {"provisions": [offer("a"), bad, {**offer("c"), "color": 1}]})
    assert said["ids"] == [table.disco.hub.registry.get(each.id).id for each in table.disco.hub.registry]  # type: ignore[union-attr]
    assert said["refused"] == [
        {
            "uid": "b",
            "name": "SyntaxError",
            "message": (
                'Argument "service" must be 1 to 63 lower-case letters, digits and dashes, no dash first or last.'
            ),
        },
        {"uid": "c", "name": "SyntaxError", "message": 'Argument "color" is not expected.'},
    ]
    assert [each.uid for each in table.disco.hub.registry] == ["a"]


def test_what_is_offered_wrongly_stays_as_it_was(table: Table) -> None:
    one = table.v1()
    one.ask("provision.sync", {"provisions": [offer("a", incarnation=2), offer("b")]})
    said = one.ask("provision.sync", {"provisions": [offer("a", incarnation=1)]})
    assert said["dropped"] == 1
    assert [(each.uid, each.incarnation) for each in table.disco.hub.registry] == [("a", 2)]


def test_a_set_without_a_bad_offer_says_nothing_of_it(table: Table) -> None:
    assert sorted(table.v1().ask("provision.sync", {"provisions": [offer("a")]})) == ["dropped", "ids"]


@pytest.mark.parametrize("wrong", [{"provisions": ["x"]}, {"provisions": 7}, {"colors": 1}, {"provisions": [{}]}])
def test_after_a_part_that_is_refused_the_whole_set_is(table: Table, wrong: dict[str, object]) -> None:
    one = table.v1()
    one.ask("provision.sync", {"provisions": [offer("a"), offer("b")]})
    assert one.ask("provision.sync", {"provisions": [offer("a")], "more": True}) == {"ack": True}
    assert one.ask("provision.sync", {**wrong, "more": True})["name"] == "SyntaxError"
    for more in (True, False):
        assert one.ask("provision.sync", {"provisions": [offer("b")], "more": more}) == {
            "name": "Error",
            "message": "A part of this set was refused: begin anew after its end.",
        }
    assert len(table.disco.hub.registry) == 2
    assert one.ask("provision.sync", {"provisions": [offer("b")]})["dropped"] == 1


def test_a_part_that_came_while_too_many_were_in_flight_is_refused_and_so_is_its_set() -> None:
    table = Table(replace(SETTINGS, limits=Limits(in_flight=2)))
    one = table.v1()
    one.ask("provision.sync", {"provisions": [offer("a"), offer("b")]})
    one.send(*(f'c:{number} ping {{"delay":1000}}' for number in range(2)))
    assert one.ask("provision.sync", {"provisions": [offer("a")], "more": True})["name"] == "LimitExceeded"
    table.wait(1.5, one)
    assert one.ask("provision.sync", {"provisions": [offer("b")]})["name"] == "Error"
    assert len(table.disco.hub.registry) == 2


def test_who_comes_back_begins_its_set_anew(table: Table) -> None:
    one = table.peer()
    joined = one.join(proto=1)
    one.ask("provision.sync", {"provisions": ["x"], "more": True})
    one.fin()
    again = table.peer()
    again.ask("session.resume", {"id": joined["id"], "secret": joined["secret"]})
    assert "ids" in again.ask("provision.sync", {"provisions": [offer("a")]})


def tokened(**scopes: list[str]) -> Table:
    """A server that knows a token of each name, whose secret is the name."""
    table = Table(replace(SETTINGS, open=False))
    allow(table, **scopes)
    return table


def allow(table: Table, **scopes: list[str]) -> None:
    listed = [
        {"id": name.split("_")[0], "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": ones}
        for name, ones in scopes.items()
    ]
    table.disco.use_tokens(table.now, tokens.parse(json.dumps({"tokens": listed})), wall=WALL)
    table.deliver()


def test_who_takes_an_address_drops_no_suspect_that_it_might_not_provide() -> None:
    table = tokened(prod=["provide:dev/*"], test=["provide:test/*"], all=["provide:*"])
    one = table.v1(token="prod")
    one.ask("provision.set", offer("a"))
    one.fin()
    table.v1(token="test").ask("provision.set", {**offer("b"), "environment": "test"})
    assert len(table.disco.hub.registry) == 2
    table.v1(token="all").ask("provision.set", {**offer("c"), "environment": "other"})
    assert sorted(each.uid for each in table.disco.hub.registry) == ["b", "c"]


def test_two_names_on_one_port_both_come_back(table: Table) -> None:
    one = table.v1()
    both = [offer("a"), {**offer("b"), "endpoint": "admin"}]
    one.ask("provision.sync", {"provisions": both})
    one.fin()
    watching, again = table.v1(), table.v1()
    watching.ask("requirement.set", {**NAMES, "endpoint": "admin"})
    watching.lines()
    for each in both:
        again.ask("provision.set", each)
    assert [names(told)[0].split(":")[0] for told in watching.told()] == ["update"]
