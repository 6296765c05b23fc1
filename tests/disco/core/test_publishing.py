"""What groups tell, and when: no revision stands for two sets."""

from __future__ import annotations

from dataclasses import replace

from scs.disco.client.held import Held
from tests.disco.table import NAMES, SETTINGS, Peer, Table, offer


def holding(peer: Peer, one: Held) -> list[str]:
    """The hosts that a client holds after what it was told since the last look."""
    for said in peer.told():
        one.take(said)
    return sorted(found.host for found in one.endpoints())


def test_what_was_held_back_when_the_grace_ends_is_told_with_its_end() -> None:
    table = Table(replace(SETTINGS, times=replace(SETTINGS.times, grace=30)))
    watching, one, held = table.v1(), table.v1(), Held()
    watching.ask("requirement.set", {**NAMES, "uid": "r"})
    table.wait(29.95, watching, one)
    for number in range(9):
        one.ask("provision.set", offer(f"u{number}", host=f"192.0.2.{number}"))
    assert len(holding(watching, held)) == 5
    table.wait(0.05, watching, one)
    assert holding(watching, held) == [f"192.0.2.{number}" for number in range(9)]
    assert held.complete
    table.wait(5, watching, one)
    (group,) = table.disco.hub.groups.values()
    assert (held.rev, held.digest()) == (group.rev, f"{group.digest:016x}")
    assert not table.disco.hub.dirty
