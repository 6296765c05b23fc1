"""Providers that wait until all were told: nobody is waited for who knows, or who will never be told."""

from __future__ import annotations

import json
from dataclasses import replace

from scs.disco.client.client import Client
from scs.disco.client.options import Options, Want, Write
from scs.disco.effects import Propose
from scs.disco.problems import Refused
from tests.disco.table import NAMES, SETTINGS, Peer, Table, offer

V0 = {**NAMES, "attributes": None}


def answers(peer: Peer, number: str) -> list[str]:
    return [line for line in peer.lines() if line.startswith(f"r:{number} ")]


class Real:
    """A client of ours on the table."""

    def __init__(self, table: Table) -> None:
        self.table, self.peer = table, table.peer()
        self.client = Client(Options(), now=table.now, entropy=bytes)
        self.client.connected(table.now)

    def flow(self) -> None:
        for _ in range(4):
            data, self.peer.received = self.peer.received, b""
            if data:
                self.client.received(self.table.now, data)
            for effect in self.client.drain():
                if isinstance(effect, Write):
                    self.table.disco.receive(self.table.now, self.peer.id, effect.data)
            self.table.deliver()


def test_what_a_second_group_is_told_later_under_the_same_revision_is_acknowledged_too() -> None:
    table = Table()
    real, one = Real(table), table.v1()
    for name, tests in (("all", {}), ("gold", {"tier": "gold"})):
        real.client.require(table.now, name, Want(arguments={**NAMES, "filter": tests}))
    real.flow()
    one.ask("provision.set", offer("a", attributes={"tier": "gold"}))
    for number in range(5):
        one.ask("provision.set", offer("b", weight=number + 2))  # only one group has its turns used up
    real.flow()
    one.send('c:x provision.drop {"id":"a","wait":5}')
    real.flow()
    assert not answers(one, "x")
    table.now += 0.25
    table.disco.tick(table.now)
    table.deliver()
    real.flow()
    assert answers(one, "x") == ['r:x {"result":{"timed_out":false}}']


def test_an_old_peer_that_is_sent_nothing_is_not_waited_for() -> None:
    table = Table()
    admin, old = table.peer(), table.v0()
    table.disco.hub.connections[admin.id].trusted = True
    admin.join(proto=1)
    admin.ask("provision.sync", {"provisions": [offer("a"), offer("b", host="192.0.2.11")]})
    admin.ask("provision.state", {"id": "a", "state": "suspect"})
    old.ask("requirement.add", V0)
    assert admin.ask("provision.drop", {"id": "a", "wait": 5}) == {"timed_out": False}
    assert old.told() == []


def test_what_came_back_before_anybody_was_told_that_it_went_is_waited_for_by_nobody() -> None:
    table = Table()
    watching, one = table.v1(), table.v1()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    one.ask("provision.set", offer())
    table.wait(1, watching, one)
    for number in range(5):
        one.ask("provision.set", offer("b", host="192.0.2.11", weight=number + 2))
    assert len(watching.told()) == 7
    one.send('c:x provision.drop {"id":"a","wait":5}')
    one.ask("provision.set", offer())
    table.wait(0.25, watching, one)
    assert watching.told() == []
    assert answers(one, "x") == ['r:x {"result":{"timed_out":false}}']


def test_a_drop_that_the_store_refuses_waits_for_nobody() -> None:
    table = Table(replace(SETTINGS, external=True))
    watching, one = table.v1(), table.v1()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    one.send(f"c:a provision.set {json.dumps(offer())}")
    settle(table, None)
    (connection,) = [each for each in table.disco.hub.connections.values() if each.id == one.id]
    assert connection.in_flight == 0
    one.lines()
    one.send('c:x provision.drop {"id":"a","wait":0}')
    settle(table, Refused("etcd is away.", name="Unavailable"))
    assert one.lines() == ['r:x {"error":{"name":"Unavailable","message":"etcd is away."}}']
    assert connection.in_flight == 0
    assert [group.waits for group in table.disco.hub.groups.values()] == [[]]


def test_who_waited_long_enough_is_kept_nowhere() -> None:
    table = Table()
    watching, one = table.v1(), table.v1()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    one.ask("provision.set", offer())
    one.send('c:x provision.drop {"id":"a","wait":1}')
    table.wait(1.5, watching, one)
    assert answers(one, "x") == ['r:x {"result":{"timed_out":true}}']
    assert not any(session.waits for session in table.disco.hub.sessions.values())


def settle(table: Table, problem: Refused | None) -> None:
    proposed = [each for each in table.effects if isinstance(each, Propose)][-1]
    if problem is None:
        table.disco.observe(table.now, table.disco.rev + 1, proposed.transaction)
    table.disco.settle(table.now, proposed.ticket, problem)
    table.deliver()
