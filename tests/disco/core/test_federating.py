"""Other data centres: what is exported, what becomes of it here, and that nobody here can change it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scs.disco.core import importing
from scs.disco.registry.views import Query
from scs.disco.sessions import tokens
from scs.disco.sessions.imports import News, Told
from scs.disco.values import PARTS, Json, Key
from scs.disco.wire.shapes import Endpoint
from tests.disco.federated import Two, offer, settled
from tests.disco.table import NAMES, SETTINGS, WALL, Peer, Table, names

KEY = Key(**NAMES)
TEN = "192.0.2.50"


@pytest.fixture
def table() -> Table:
    one = Table()
    one.disco.tick(one.now)
    return one


@pytest.fixture
def two() -> Two:
    return Two()


def export(peer: Peer, key: Key = KEY) -> Json:
    return peer.ask("registry.export", {"uid": "e", "part": key.part})


def listed(told: Json, word: str) -> list[Any]:
    found = told[word]
    assert isinstance(found, list)
    return found


def kept(two: Two) -> dict[str, str]:
    return two.x.hosts()


# What is exported.


def test_an_export_is_told_like_any_requirement_with_the_name_of_each_endpoint(table: Table) -> None:
    provider, other = table.v1(), table.v1()
    provider.ask("provision.set", offer("a", host=TEN))
    said = export(other)
    (reset,) = other.told()
    assert (reset["id"], reset["action"], reset["complete"]) == (said["group"], "reset", True)
    (one,) = listed(reset, "add")
    assert (one["key"], one["address"]["host"]) == ("dev/blog/db/mysql", TEN)
    provider.ask("provision.set", offer("a", host="192.0.2.51"))
    (diff,) = other.told()
    assert (diff["action"], diff["prev"], names(diff)) == ("diff", reset["rev"], ["update:192.0.2.51"])
    provider.ask("provision.drop", {"id": "a"})
    assert [told["drop"] for told in other.told()] == [[one["id"]]]


def test_each_endpoint_is_in_one_part_and_moves_with_its_name(table: Table) -> None:
    provider, other = table.v1(), table.v1()
    for part in range(PARTS):
        other.ask("registry.export", {"uid": str(part), "part": part})
    other.lines()
    keys = [Key(environment="dev", service="blog", role="db", endpoint=one) for one in ("mysql", "http")]
    assert keys[0].part != keys[1].part
    provider.ask("provision.set", offer("a", "mysql"))
    assert [names(one) for one in other.told()] == [["add:192.0.2.1"]]
    provider.ask("provision.set", offer("a", "http"))
    assert sorted(names(one)[0].split(":")[0] for one in other.told()) == ["add", "drop"]


def test_who_comes_back_to_an_export_is_told_what_it_missed(table: Table) -> None:
    provider, other = table.v1(), table.peer()
    joined = other.join(proto=1, timeout=60)
    export(other)
    provider.ask("provision.set", offer("a", host="192.0.2.1"))
    cursor = other.told()[-1]["rev"]
    other.fin()
    provider.ask("provision.set", offer("b", host="192.0.2.2"))
    provider.ask("provision.drop", {"id": "a"})
    back = table.peer()
    said = {"id": joined["id"], "secret": joined["secret"], "epoch": joined["epoch"], "rev": cursor}
    back.ask("session.resume", said)
    (diff,) = back.told()
    assert (diff["action"], diff["prev"]) == ("diff", cursor)
    assert [one.partition(":")[0] for one in names(diff)] == ["add", "drop"]


def test_what_moved_to_another_name_of_the_same_part_while_one_was_away_is_told_as_moved(table: Table) -> None:
    first, second = _same_part()
    provider, other = table.v1(), table.peer()
    joined = other.join(proto=1, timeout=60)
    export(other, Key(**{**NAMES, "endpoint": first}))
    provider.ask("provision.set", offer("a", first))
    cursor = other.told()[-1]["rev"]
    other.fin()
    provider.ask("provision.set", offer("a", second))
    back = table.peer()
    back.ask(
        "session.resume", {"id": joined["id"], "secret": joined["secret"], "epoch": joined["epoch"], "rev": cursor}
    )
    (diff,) = back.told()
    (one,) = listed(diff, "update")
    assert one["key"] == f"dev/blog/db/{second}"


def _same_part() -> tuple[str, str]:
    first = "mysql"
    part = Key(**{**NAMES, "endpoint": first}).part
    return first, next(
        one for one in map("e{}".format, range(10_000)) if Key(**{**NAMES, "endpoint": one}).part == part
    )


@pytest.mark.parametrize("state", ["draining", "unhealthy", "pending"])
def test_what_is_not_to_be_used_is_not_exported(table: Table, state: str) -> None:
    provider, other = table.v1(), table.v1()
    provider.ask("provision.set", offer("a"))
    export(other)
    assert [names(one) for one in other.told()] == [["add:192.0.2.1"]]
    provider.ask("provision.state", {"id": "a", "state": state})
    assert [len(listed(one, "drop")) for one in other.told()] == [1]


def test_a_token_is_told_what_it_may_require_and_no_more() -> None:
    table = _guarded("provide:*", "require:dev/blog/*")
    peer, provider = _came(table), table.peer()
    table.disco.hub.connections[provider.id].trusted = True
    provider.join(proto=1)
    provider.ask("provision.set", offer("a"))
    provider.ask("provision.set", {**offer("b"), "service": "shop"})
    for part in range(PARTS):
        peer.ask("registry.export", {"uid": str(part), "part": part})
    assert [one["key"] for told in peer.told() for one in listed(told, "add")] == ["dev/blog/db/mysql"]


def test_a_token_that_may_require_nothing_is_refused() -> None:
    said = export(_came(_guarded("provide:*")))
    assert said == {
        "name": "Forbidden",
        "message": "This token may not require anything: there is nothing that it could be told.",
    }


def test_when_its_token_may_require_something_else_an_export_ends_and_its_client_is_cut_off() -> None:
    table = _guarded("require:*")
    peer = _came(table)
    export(peer)
    table.disco.use_tokens(table.now, _tokens("require:dev/shop/*"), wall=WALL)
    table.deliver()
    assert peer.closed == "its token no longer allows what it does"
    assert not table.disco.hub.exports
    assert not table.disco.hub.groups


def test_nobody_is_called_as_what_is_from_other_data_centres_is() -> None:
    with pytest.raises(tokens.Invalid) as error:
        _tokens("admin", name="federated")
    assert str(error.value) == 'token 1: "federated" owns what comes from other data centres: call it otherwise'


def _tokens(*scopes: str, name: str = "far") -> tokens.Tokens:
    digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"  # of "secret"
    listed = ",".join(f'"{one}"' for one in scopes)
    return tokens.parse(f'{{"tokens":[{{"id":"{name}","sha256":"{digest}","scopes":[{listed}]}}]}}')


def _guarded(*scopes: str) -> Table:
    table = Table(replace(SETTINGS, open=False))
    table.disco.tick(table.now)
    table.disco.use_tokens(table.now, _tokens(*scopes), wall=WALL)
    return table


def _came(table: Table) -> Peer:
    peer = table.peer()
    assert "id" in peer.join(proto=1, token="secret")
    return peer


# What becomes of it here.


def test_what_is_provided_there_is_served_here_with_its_data_centre_until_it_is_not(two: Two) -> None:
    settled(two, zone="a", attributes={"tier": "gold"}, weight=3)
    (one,) = two.x.taken().values()
    assert (one.dc, one.zone, one.owner, one.attributes, one.weight) == ("y", "a", "federated", (("tier", "gold"),), 3)
    watching = two.x.table.v1()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    (reset,) = watching.told()
    assert [each["dc"] for each in listed(reset, "add")] == ["y"]
    two.y.withdraw("a")
    two.wait(0.25)
    assert [len(listed(told, "drop")) for told in watching.told()] == [1]
    assert kept(two) == {}


def test_what_was_told_is_not_told_back_nor_on(two: Two) -> None:
    settled(two)
    two.x.provide("b", offer("b", host="192.0.2.60"))
    two.wait(5)
    assert {one.address.host for one in two.y.own()} == {TEN}
    assert two.y.hosts() == {"192.0.2.60": "ready"}
    other = two.x.table.v1()
    export(other)
    assert [names(told) for told in other.told()] == [["add:192.0.2.60"]]


def test_nobody_here_changes_drops_or_drains_it(two: Two) -> None:
    settled(two)
    (one,) = two.x.taken().values()
    admin = two.x.table.peer(host="127.0.0.1")
    two.x.table.disco.hub.connections[admin.id].trusted = True
    admin.join(proto=1)
    for command, more in (("provision.drop", {}), ("provision.state", {"state": "draining"})):
        said = admin.ask(command, {"id": one.id, **more})
        assert said == {
            "name": "Forbidden",
            "message": f"{one.id} is of data centre y: it can be changed there only.",
        }
    plain = two.x.table.peer(host="127.0.0.1")
    for what in (one.id, TEN, f"{TEN}:80"):
        said = plain.ask("server.drain", {"what": what})
        assert said["message"] == f"{what} is of data centre y: it can be drained there only."
    assert kept(two) == {TEN: "ready"}


def test_draining_an_address_leaves_the_same_address_elsewhere_alone(two: Two) -> None:
    settled(two)
    two.x.provide("b", offer("b", host=TEN))
    two.wait(1)
    plain = two.x.table.peer(host="127.0.0.1")
    assert plain.ask("server.drain", {"what": TEN})["ids"] == [one.id for one in two.x.own()]
    assert kept(two) == {TEN: "ready"}


def test_while_the_link_is_down_all_of_it_is_suspect_and_kept_however_long(two: Two) -> None:
    settled(two)
    two.open = False
    two.cut()
    two.flow()
    assert kept(two) == {TEN: "suspect"}
    two.wait(1200)
    assert kept(two) == {TEN: "suspect"}
    assert two.x.table.disco.complete
    assert two.x.table.disco.counters.get("changes_expire", 0) == two.x.table.disco.counters.get("held", 0) == 0
    two.open = True
    two.wait(3)
    assert kept(two) == {TEN: "ready"}


def test_a_link_that_falls_silent_is_down_within_the_dead_time(two: Two) -> None:
    settled(two)
    two.silent = True
    two.wait(8)
    assert kept(two) == {TEN: "ready"}
    two.wait(4)
    assert kept(two) == {TEN: "suspect"}


def test_who_went_while_the_link_was_down_goes_when_it_is_back_and_is_never_called_ready(two: Two) -> None:
    settled(two)
    two.open = False
    two.cut()
    two.wait(1)
    two.y.withdraw("a")
    watching = two.x.table.v1()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    watching.told()
    two.open = True
    two.wait(3)
    assert [(told["update"], len(listed(told, "drop"))) for told in watching.told()] == [([], 1)]
    assert kept(two) == {}


def test_after_a_restart_with_the_snapshot_it_is_there_as_suspect_until_it_is_told_again(two: Two) -> None:
    settled(two)
    two.open = False
    two.restart(two.x, saved=True)
    assert kept(two) == {TEN: "suspect"}
    two.wait(600)
    assert kept(two) == {TEN: "suspect"}
    assert two.x.table.disco.complete
    two.open = True
    two.wait(3)
    assert kept(two) == {TEN: "ready"}


def test_what_went_while_we_were_not_there_goes_when_the_other_knows_everything(two: Two) -> None:
    settled(two)
    two.open = False
    two.wait(1)
    two.y.withdraw("a")
    two.restart(two.x, saved=True)
    assert kept(two) == {TEN: "suspect"}
    two.open = True
    two.wait(3)
    assert kept(two) == {}


def test_without_a_snapshot_we_are_complete_though_the_other_is_away(two: Two) -> None:
    settled(two)
    two.open = False
    two.restart(two.x, saved=False)
    assert kept(two) == {}
    two.wait(16)
    assert two.x.table.disco.complete


def test_while_the_other_has_just_started_what_it_does_not_know_yet_is_kept(two: Two) -> None:
    settled(two)
    two.restart(two.y, saved=False)
    two.wait(5)
    assert two.y.own() == []
    assert kept(two) == {TEN: "ready"}
    two.y.join()
    two.wait(20)
    assert kept(two) == {TEN: "ready"}


def test_what_does_not_come_back_to_the_other_goes_when_it_knows_everything(two: Two) -> None:
    settled(two)
    two.restart(two.y, saved=False)
    two.wait(14)
    assert kept(two) == {TEN: "ready"}
    two.wait(6)
    assert kept(two) == {}


def test_what_the_other_takes_back_while_it_has_just_started_goes_at_once(two: Two) -> None:
    settled(two)
    two.restart(two.y, saved=False)
    two.y.join()
    two.wait(3)
    two.y.withdraw("a")
    two.wait(1)
    assert not two.y.table.disco.complete
    assert kept(two) == {}


def test_a_data_centre_that_is_not_followed_any_more_leaves_nothing_behind(two: Two) -> None:
    settled(two)
    settings = replace(two.x.table.settings, federated=())
    again = Table(settings, saved=bytes(two.x.table.disco.snapshot()), now=two.x.table.now + 1)
    assert [one.federated for one in again.disco.hub.registry] == []


def test_its_own_name_for_itself_does_not_count() -> None:
    table = Table(replace(SETTINGS, dc="x", federated=("y",)))
    _hears(table, Endpoint(id="1", host=TEN, port=80, dc="x", key="dev/blog/db/mysql"))
    assert [one.dc for one in table.disco.hub.registry] == ["y"]


def test_what_cannot_be_served_here_is_left_out_and_said_once() -> None:
    table = Table(replace(SETTINGS, dc="x", federated=("y",)))
    good, bad = (Endpoint(id=str(port), host=TEN, port=port, key="dev/blog/db/mysql") for port in (80, 0))
    _hears(table, good, bad)
    _hears(table, good, bad)
    assert [one.address.port for one in table.disco.hub.registry] == [80]
    assert [note.text for note in table.notes] == [
        "data centre y: 1 of its endpoints cannot be served here: "
        'Argument "address" must be {"host": text, "port": 1 to 65535, "proto": "tcp", "udp" or "sctp"}.'
    ]
    assert _link(table)["refused"] == 1


def test_many_are_taken_over_in_turns_between_which_others_are_heard() -> None:
    table = Table(replace(SETTINGS, dc="x", federated=("y",)))
    keys: dict[int, list[Endpoint]] = {}
    for number in range(1200):
        key = Key(**{**NAMES, "endpoint": f"e{number}"})
        one = Endpoint(id=str(number), host=TEN, port=number + 1, key=str(key))
        keys.setdefault(key.part, []).append(one)
    told = {part: Told(endpoints=tuple(ones), complete=True) for part, ones in keys.items()}
    table.disco.federate(table.now, "y", News(up=True, told=told))
    assert importing.TURN <= len(table.disco.hub.registry) < 1200
    table.wait(1)
    assert len(table.disco.hub.registry) == 1200
    table.disco.federate(table.now, "y", News(up=False))
    table.wait(1)
    assert all(one.suspect for one in table.disco.hub.registry)


def test_a_provider_here_ousts_nobody_there(two: Two) -> None:
    settled(two)
    two.open = False
    two.cut()
    two.flow()
    peer = two.x.table.v1(attributes={"dc": "y"})
    peer.ask("provision.set", offer("z", host=TEN))
    assert kept(two) == {TEN: "suspect"}


def _hears(table: Table, *endpoints: Endpoint) -> None:
    news = News(up=True, told={KEY.part: Told(endpoints=endpoints, complete=True)})
    table.disco.federate(table.now, "y", news)
    table.deliver()


# How the link is.


def _link(table: Table) -> dict[str, Any]:
    links = table.disco.status()["links"]
    assert isinstance(links, list)
    (one,) = links
    assert isinstance(one, dict)
    return one


def test_the_status_says_how_the_link_is_since_when_and_why(two: Two) -> None:
    settled(two)
    up = _link(two.x.table)
    assert (up["dc"], up["state"], up["endpoints"], up["suspect"], up["problem"]) == ("y", "up", 1, 0, "")
    two.open = False
    two.cut()
    two.wait(10)
    down = _link(two.x.table)
    assert (down["state"], down["endpoints"], down["suspect"], down["problem"]) == ("down", 1, 1, "it is cut")
    assert down["since"] > up["since"]
    assert down["divergence"] == 0


def test_a_server_that_is_another_data_centre_is_not_believed(two: Two) -> None:
    settled(two)
    # As if somebody had given the other's name to a third one.
    two.y.table.disco.hub.settings = replace(two.y.table.settings, dc="z")
    two.cut()
    two.wait(5)
    assert _link(two.x.table)["problem"] == "it says that it is data centre z, not y"
    assert kept(two) == {TEN: "suspect"}


def test_a_server_that_is_ourselves_is_not_believed(two: Two) -> None:
    settled(two)
    two.x.following._epoch = two.y.table.disco.epoch
    two.cut()
    two.wait(5)
    assert _link(two.x.table)["problem"] == "it is this very server, or one that shares its store"


def test_an_endpoint_is_found_under_its_data_centre_alone(two: Two) -> None:
    settled(two, zone="a")
    two.x.provide("b", offer("b", host="192.0.2.60", zone="a"))
    two.wait(1)
    near = two.x.table.v1(attributes={"dc": "x", "zone": "a"})
    near.ask("requirement.set", {**NAMES, "uid": "r", "prefer": ["zone"]})
    assert [names(told) for told in near.told()] == [["add:192.0.2.60"]]
    answer = two.x.table.disco.lookup(Query(key=KEY), prefer=("zone", "dc", "any"), dc="x", zone="a")
    assert [(one.provision.address.host, one.tier) for one in answer.found] == [("192.0.2.60", 0), (TEN, 2)]


def test_an_endpoint_of_an_old_peer_is_told_with_its_name(two: Two) -> None:
    old = two.y.table.v0()
    given = {"environment": "Dev", "service": "My Blog", "role": "db", "endpoint": "mysql"}
    old.ask("provision.add", {**given, "address": {"host": TEN, "port": "80"}})
    two.y.ever.add(TEN)
    two.wait(1)
    (one,) = two.x.taken().values()
    assert (str(one.key), one.address.host, one.address.port) == ("Dev/My Blog/db/mysql", TEN, 80)
