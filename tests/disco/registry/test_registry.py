"""The registry, its ring, and damping."""

from __future__ import annotations

from dataclasses import replace

from scs.disco.registry.damping import Flaps
from scs.disco.registry.registry import Registry
from scs.disco.registry.ring import Ring
from scs.disco.settings import Damping, Settings
from scs.disco.values import Address, Change, Provision, ProvisionId
from tests.disco.registry.test_filters import provision


def put(registry: Registry, one: Provision) -> Change:
    (done,) = registry.apply(registry.rev + 1, [Change(before=registry.get(one.id), after=one)])
    return done


def test_a_version_counts_changes_of_address_and_attributes_only() -> None:
    registry = Registry("e", 0, Settings())
    one = provision()
    put(registry, one)
    put(registry, replace(one, weight=7))
    found = registry.get(one.id)
    assert found is not None
    assert (found.created, found.version) == (1, 0)
    put(registry, replace(found, address=Address(host="other", port=1)))
    found = registry.get(one.id)
    assert found is not None
    assert (found.created, found.version) == (1, 1)


def test_names_are_known_as_long_as_something_lies_under_them() -> None:
    registry = Registry("e", 0, Settings())
    one = provision()
    put(registry, one)
    assert all(registry.known(one.key.names[:length]) for length in range(5))
    registry.apply(2, [Change(before=one, after=None)])
    assert not any(registry.known(one.key.names[:length]) for length in range(1, 5))
    assert registry.changed_at(one.key) == 2


def test_what_moves_to_another_key_is_gone_under_the_first() -> None:
    registry = Registry("e", 0, Settings())
    one = provision()
    put(registry, one)
    moved = replace(one, key=replace(one.key, endpoint="q"))
    put(registry, moved)
    assert not registry.under(one.key)
    assert registry.ring.before(one.key, 1, 2)[one.id] is not None
    assert registry.ring.before(moved.key, 1, 2) == {one.id: None}


def test_tombstones_are_bounded() -> None:
    registry = Registry("e", 0, Settings(tombstones=2))
    for number in range(4):
        one = replace(provision(), id=ProvisionId(str(number)), incarnation=3)
        put(registry, one)
        registry.apply(registry.rev + 1, [Change(before=one, after=None)])
    assert [registry.incarnation_lost(ProvisionId(str(number))) for number in range(4)] == [-1, -1, 3, 3]


def test_the_ring_says_what_was_before_and_from_where_on_it_knows() -> None:
    ring, one = Ring(0, entries=3, size=1 << 20), provision()
    for rev in range(1, 6):
        ring.add(rev, Change(before=replace(one, weight=rev), after=replace(one, weight=rev + 1)))
    assert ring.floor == 2
    assert len(ring) == 3
    assert ring.before(one.key, 3, 5) == {one.id: replace(one, weight=4)}
    assert ring.before(one.key, 3, 3) == {}
    assert ring.before(one.key, 2, 4) == {one.id: replace(one, weight=3)}


def test_the_ring_is_bounded_by_size_as_well() -> None:
    ring, one = Ring(0, entries=1_000, size=2_000), provision()
    for rev in range(1, 100):
        ring.add(rev, Change(before=one, after=None))
    assert len(ring) == 4


def test_a_penalty_halves_with_time_and_is_forgotten_below_its_threshold() -> None:
    flaps, one = Flaps(Damping()), provision()
    for _ in range(3):
        flaps.penalize(one, 0)
    assert flaps.suppressed(one, 0)
    assert flaps.reusable_in(one, 0) == 120
    assert flaps.suppressed(one, 119)
    assert not flaps.suppressed(one, 120)
    assert flaps.penalty(one.id, 120) == 0


def test_penalties_are_remembered_of_so_many_only() -> None:
    flaps = Flaps(Damping(remembered=2))
    ones = [replace(provision(), id=ProvisionId(str(number))) for number in range(3)]
    for one in ones:
        for _ in range(3):
            flaps.penalize(one, 0)
    assert [flaps.suppressed(one, 0) for one in ones] == [False, True, True]


def test_what_is_only_looked_at_leaves_nothing_and_what_moves_leaves_no_key() -> None:
    registry = Registry("e", 0, Settings())
    one = provision(tier="gold")
    registry.interned(one.key, one.attributes)
    assert (len(registry._keys), len(registry._attributes)) == (0, 0)
    put(registry, one)
    key, attributes = registry.interned(replace(one.key), (("tier", "gold"),))
    assert key is one.key
    assert attributes is one.attributes
    for number in range(100):
        put(registry, replace(one, key=replace(one.key, endpoint=f"q{number}")))
    assert (len(registry._keys), len(registry._changed)) == (1, 1)
    assert registry.changed_at(one.key) == registry.rev
    registry.apply(registry.rev + 1, [Change(before=registry.get(one.id), after=None)])
    assert (len(registry._keys), len(registry._changed)) == (0, 0)


def test_attributes_are_remembered_of_so_many_only() -> None:
    registry, one = Registry("e", 0, Settings()), provision()
    for number in range(5_000):
        put(registry, replace(one, attributes=tuple((f"a{each}", number) for each in range(20))))
    assert sum(map(len, registry._attributes.values())) <= 65_536 + 20
