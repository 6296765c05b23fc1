"""Several servers over one store: commits by way of it, sessions that move, sessions whose server is gone."""

from __future__ import annotations

import json
from dataclasses import replace

from scs.disco.core import importing
from scs.disco.effects import Forget, Keep, Propose
from scs.disco.problems import Refused
from scs.disco.sessions.imports import News, Told
from scs.disco.values import PARTS, Key
from scs.disco.wire.shapes import Endpoint
from tests.disco.table import NAMES, SETTINGS, Peer, Table, names, offer

REQUIRE = {**NAMES, "uid": "r"}


class Store:
    """What etcd does for disco: one order of transactions, told to every server."""

    def __init__(self) -> None:
        self.rev = 10
        # The clocks of two hosts have nothing in common.
        self.tables = [
            Table(replace(SETTINGS, external=True, server=name), now=now) for name, now in (("s1", 1e3), ("s2", 5e3))
        ]
        for number, table in enumerate(self.tables):
            table.disco.start_at("cluster", self.rev, ())
            table.disco.use_janitor(number == 0)

    def run(self, refuse: Refused | None = None) -> list[str]:
        """Does what the servers ask for, until they ask for nothing; the names of what was done."""
        done = []
        while any(table.effects for table in self.tables):
            for table in self.tables:
                effects, table.effects = table.effects, []
                for effect in effects:
                    done.append(type(effect).__name__)
                    self._one(table, effect, refuse)
        return done

    def _one(self, table: Table, effect: object, refuse: Refused | None) -> None:
        match effect:
            case Propose(ticket=ticket, transaction=transaction):
                if refuse is None:
                    self.rev += 1
                    for each in self.tables:
                        each.disco.observe(each.now, self.rev, transaction)
                table.disco.settle(table.now, ticket, refuse)
            case Keep(session=record):
                for each in self.tables:
                    each.disco.know(each.now, record)
            case Forget(session=identifier):
                for each in self.tables:
                    if each is not table:
                        each.disco.forget(each.now, identifier)
        for each in self.tables:
            each.deliver()

    def wait(self, seconds: float, *alive: Peer) -> None:
        for _ in range(int(seconds)):
            for table in self.tables:
                table.wait(1, *(peer for peer in alive if peer.table is table))
            self.run()


def test_a_command_is_answered_when_the_store_has_it_and_told_at_every_server() -> None:
    store = Store()
    one, other = store.tables
    provider, watching = one.v1(), other.v1()
    store.run()
    watching.ask("requirement.set", REQUIRE)
    watching.lines()
    assert provider.send(_set()) == []
    assert watching.told() == []
    assert store.run() == ["Propose"]
    assert provider.lines()[0].startswith("r:7 ")
    (told,) = watching.told()
    assert (told["rev"], names(told)) == (11, ["add:192.0.2.10"])
    assert one.disco.hub.registry.rev == other.disco.hub.registry.rev == 11


def test_what_the_store_refuses_is_refused() -> None:
    store = Store()
    provider = store.tables[0].v1()
    store.run()
    provider.send(_set())
    store.run(Refused("The store is not there.", name="Unavailable"))
    assert provider.lines() == ['r:7 {"error":{"name":"Unavailable","message":"The store is not there."}}']
    assert len(store.tables[0].disco.hub.registry) == 0


def test_a_session_may_go_on_at_another_server() -> None:
    store = Store()
    one, other = store.tables
    provider = one.peer()
    joined = provider.join(proto=1)
    store.run()
    provider.send(_set())
    store.run()
    moved = other.peer()
    said = {"id": joined["id"], "secret": joined["secret"], "epoch": "cluster", "rev": 10}
    assert moved.ask("session.resume", said)["id"] == joined["id"]
    store.run()
    assert provider.closed == "its session is at another server"
    store.wait(40, moved)
    assert [len(table.disco.hub.registry) for table in store.tables] == [1, 1]


def test_a_session_of_a_server_that_is_gone_is_given_up_by_the_janitor_alone() -> None:
    store = Store()
    one, other = store.tables
    provider = other.v1()
    store.run()
    provider.send(_set())
    store.run()
    (session,) = other.disco.hub.sessions.values()
    orphan = replace(session.record, server="")
    store.tables = [one]
    one.disco.know(one.now, orphan)
    store.wait(9)
    assert [one.suspect for one in one.disco.hub.registry] == [True]
    store.wait(30)
    assert len(one.disco.hub.registry) == 0
    assert len(one.disco.hub.sessions) == 0


def test_a_server_that_lost_the_store_for_a_while_tells_the_difference() -> None:
    store = Store()
    one, other = store.tables
    provider, watching = one.v1(), other.v1()
    store.run()
    watching.ask("requirement.set", REQUIRE)
    watching.lines()
    provider.send(_set())
    store.run()
    watching.lines()
    other.disco.start_at("cluster", 15, ())
    other.deliver()
    (told,) = watching.told()
    assert (told["rev"], told["prev"], [one.split(":")[0] for one in names(told)]) == (15, 11, ["drop"])


def test_what_two_servers_write_of_another_data_centre_is_there_once() -> None:
    store = _following()
    for table in store.tables:  # as if either took itself for the one that follows
        _tell(table, "192.0.2.50")
    store.run()
    assert [_hosts(table) for table in store.tables] == [["192.0.2.50"], ["192.0.2.50"]]
    assert len(store.tables[0].disco.hub.registry) == 1
    for table in store.tables:
        _tell(table)
    store.run()
    assert [_hosts(table) for table in store.tables] == [[], []]


def test_what_is_told_while_the_store_has_not_answered_yet_is_written_after_it() -> None:
    store = _following()
    one, other = store.tables
    _tell(one, "192.0.2.50")
    _tell(one, "192.0.2.51")
    _tell(one)
    assert store.run() == ["Propose"]
    store.wait(2)
    assert _hosts(one) == _hosts(other) == []


def test_what_the_store_did_not_take_is_written_when_somebody_looks_again() -> None:
    store = _following()
    one, other = store.tables
    _tell(one, "192.0.2.50")
    store.run(Refused("The store is away.", name="Unavailable"))
    assert _hosts(one) == []
    one.disco.look_over(one.now, "y", ())
    one.deliver()
    store.run()
    assert _hosts(one) == _hosts(other) == ["192.0.2.50"]


def test_who_does_not_follow_any_more_writes_nothing() -> None:
    store = _following()
    one, other = store.tables
    _tell(one, "192.0.2.50")
    store.run()
    one.disco.federate(one.now, "y", None)
    _tell(other)
    store.run()
    one.disco.look_over(one.now, "y", range(PARTS))
    one.deliver()
    assert store.run() == []
    assert _hosts(one) == _hosts(other) == []


def test_what_nobody_follows_any_more_goes_by_the_janitors_word() -> None:
    store = _following()
    one, other = store.tables
    _tell(other, "192.0.2.50")
    store.run()
    one.disco.hub.imports.clear()
    for _ in range(2):  # a second time while the store has not answered: once is enough
        one.disco.forsake(one.now)
    one.deliver()
    assert store.run() == ["Propose"]
    assert _hosts(one) == _hosts(other) == []


def _following() -> Store:
    store = Store()
    for table in store.tables:
        table.disco.hub.settings = replace(table.settings, federated=("y",))
        importing.begin(table.disco.hub)
    return store


def _tell(table: Table, *hosts: str) -> None:
    table.disco.federate(table.now, "y", _news(*hosts))
    table.deliver()


def _news(*hosts: str) -> News:
    ones = tuple(Endpoint(id=host, host=host, port=80, key="dev/blog/db/mysql") for host in hosts)
    return News(up=True, told={Key(**NAMES).part: Told(endpoints=ones, complete=True)})


def _hosts(table: Table) -> list[str]:
    table.deliver()
    return [one.address.host for one in table.disco.hub.registry]


def _set() -> str:
    return f"c:7 provision.set {json.dumps(offer())}"
