"""Whatever happens, an old subscriber that only adds and drops ends up with what is to be used."""

from __future__ import annotations

import json
import random

import pytest

from scs.disco.core import frames
from scs.disco.registry import views
from scs.disco.registry.views import View
from scs.disco.wire import shapes
from tests.disco.table import NAMES, Peer, Table, offer


class Old:
    """What an old client holds: endpoints by id, from its first answer and every notification since."""

    def __init__(self, table: Table) -> None:
        self.peer = table.v0()
        said = self.peer.ask("requirement.add", {**NAMES, "attributes": None})
        self.id = said["id"]
        self.held: dict[str, object] = {}
        self.numbers: list[int] = []

    def look(self) -> None:
        for line in self.peer.lines():
            if " requirement.changed " not in line:
                continue
            head, _, text = line.split(" ", 2)
            said = json.loads(text)
            self.numbers.append(int(head[2:]))
            (endpoint,) = said["endpoints"]
            assert said["id"] == self.id
            if said["action"] == "add":
                assert endpoint["id"] not in self.held, "added twice"
                self.held[endpoint["id"]] = endpoint
            else:
                assert self.held.pop(endpoint["id"]) == endpoint


@pytest.mark.parametrize("seed", range(12))
def test_an_old_subscriber_ends_up_with_what_is_to_be_used(seed: int) -> None:
    chance, table = random.Random(seed), Table()
    old = Old(table)
    providers: list[Peer] = [table.v1() for _ in range(3)]
    for _ in range(150):
        number = chance.randrange(3)
        one, uid = providers[number], f"{number}/{chance.randrange(2)}"
        match chance.randrange(9):
            case 0 | 1 | 2:
                host = f"192.0.2.{number * 9 + chance.randrange(3)}"
                state = chance.choice(["ready", "ready", "unhealthy"])
                one.ask("provision.set", offer(uid, host=host, weight=chance.randrange(3), state=state))
            case 3:
                one.ask("provision.drop", {"id": uid})
            case 4:
                one.ask("provision.sync", {"provisions": [offer(uid, host=f"192.0.2.{number * 9}")]})
            case 5:
                one.fin()
                providers[number] = table.v1()
            case 6:
                old.peer.block()
            case 7:
                old.peer.unblock()
                old.look()
            case _:
                table.wait(chance.choice([0.25, 1, 4]), *providers, old.peer)
    old.peer.unblock()
    table.wait(1_000, *providers, old.peer)
    old.look()
    (group,) = table.disco.hub.groups.values()
    expected = {shapes.v0_id(one): shapes.v0(one) for one in views.effective(group.view).values()}
    assert old.held == expected
    assert len(old.numbers) > 10
    assert old.numbers == list(range(1, len(old.numbers) + 1))


def test_what_many_old_peers_are_told_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table, worked, seen = Table(), frames.v0_changes, []

    def counted(old: View, new: View) -> list[tuple[str, str]]:
        seen.append(new)
        return worked(old, new)

    one, peers = table.v1(), [table.v0() for _ in range(20)]
    one.ask("provision.set", offer("a"))
    for peer in peers:
        peer.ask("requirement.add", {**NAMES, "attributes": None})
    monkeypatch.setattr(frames, "v0_changes", counted)
    one.ask("provision.set", offer("b", host="192.0.2.11"))
    one.ask("provision.drop", {"id": "a"})
    assert [[said["action"] for said in peer.told()] for peer in peers] == [["add", "drop"]] * 20
    assert len(seen) == 2
