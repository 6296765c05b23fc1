"""All provisions, by id, by key and by the name above it. Applies transactions; decides nothing."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import replace
from types import MappingProxyType

from scs.disco.registry.ring import Ring
from scs.disco.settings import Settings
from scs.disco.values import Change, Key, Provision, ProvisionId, Scalar

Place = tuple[str, str, int, str]
Attributes = tuple[tuple[str, Scalar], ...]
_NONE: Mapping[ProvisionId, Provision] = MappingProxyType({})
_INTERNED = 65_536  # names and values of attributes: 30 MiB if they are as long as may be


class Registry:
    """`rev` counts committed transactions; what it counts is told from another registry's count by `epoch`."""

    def __init__(self, epoch: str, rev: int, settings: Settings) -> None:
        self.epoch = epoch
        self.rev = rev
        self.ring = Ring(rev, entries=settings.ring, size=settings.ring_bytes)
        self._tombstones = settings.tombstones
        self._by_id: dict[ProvisionId, Provision] = {}
        self._by_key: dict[Key, dict[ProvisionId, Provision]] = {}
        self._changed: dict[Key, int] = {}
        self._gone_rev = rev
        self._names: Counter[tuple[str, ...]] = Counter()
        self._suspects: dict[Place, set[ProvisionId]] = {}
        self._federated: dict[tuple[str, int], set[ProvisionId]] = {}
        self._dropped: OrderedDict[ProvisionId, int] = OrderedDict()
        self._keys: dict[Key, Key] = {}
        self._attributes: dict[tuple[object, ...], Attributes] = {}
        self._pairs = 0  # of names and values in them

    def get(self, identifier: ProvisionId) -> Provision | None:
        return self._by_id.get(identifier)

    def under(self, key: Key) -> Mapping[ProvisionId, Provision]:
        return self._by_key.get(key, _NONE)

    @property
    def all(self) -> Mapping[ProvisionId, Provision]:
        return self._by_id

    def federated_from(self) -> Iterable[str]:
        """The data centres that something here is from, of those that others told of."""
        return {dc for (dc, _), ones in self._federated.items() if ones}

    def federated(self, dc: str, part: int) -> Iterable[Provision]:
        """What that data centre told of, and part of what it exports."""
        return tuple(self._by_id[one] for one in self._federated.get((dc, part), ()))

    def __iter__(self) -> Iterator[Provision]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def keys(self) -> KeysView[Key]:
        return self._by_key.keys()

    def known(self, names: tuple[str, ...]) -> bool:
        """Whether anything lies under these first names of a key."""
        return not names or self._names[names] > 0

    def changed_at(self, key: Key) -> int:
        """No answer about this key has changed since that revision."""
        return self._changed.get(key, self._gone_rev)

    def incarnation_lost(self, identifier: ProvisionId) -> int:
        """The incarnation at which this id was dropped; an older one may not come back."""
        return self._dropped.get(identifier, -1)

    def suspects_at(self, one: Provision) -> Iterable[ProvisionId]:
        """Suspects that claim the very address of this one, in its data centre."""
        return tuple(self._suspects.get(_place(one), ()))

    def interned(self, key: Key, attributes: Attributes) -> tuple[Key, Attributes]:
        """The same values, once in memory: those that are here. New ones are noted when they are linked."""
        return self._keys.get(key, key), self._attributes.get(_kinds(attributes), attributes)

    def _note(self, one: Provision) -> None:
        self._keys.setdefault(one.key, one.key)
        if one.attributes and (kinds := _kinds(one.attributes)) not in self._attributes:
            if self._pairs > _INTERNED:
                self._attributes.clear()
                self._pairs = 0
            self._attributes[kinds] = one.attributes
            self._pairs += len(one.attributes)

    def apply(self, rev: int, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Makes the changes true under `rev`; what came out, with what is counted here filled in."""
        self.rev = rev
        return tuple(self._apply(rev, change) for change in changes)

    def load(self, provisions: Iterable[Provision]) -> None:
        """What a snapshot or a store held: no change of ours, and so not in the ring."""
        for one in provisions:
            key, attributes = self.interned(one.key, one.attributes)
            self._link(replace(one, key=key, attributes=attributes), self.rev)

    def _apply(self, rev: int, change: Change) -> Change:
        before, after = self._by_id.get(change.id), change.after
        if before is not None:
            self._unlink(before)
        if after is not None:
            after = _counted(before, after, rev)
            self._link(after, rev)
        elif before is not None:
            self._bury(before, rev)
        done = Change(before=before, after=after) if before or after else change
        # A provision that moves to another key is gone under the one and new under the other.
        if before is not None and after is not None and before.key != after.key:
            self.ring.add(rev, Change(before=before, after=None))
            self.ring.add(rev, Change(before=None, after=after))
            self._left(before.key, rev)
        else:
            self.ring.add(rev, done)
        return done

    def _link(self, one: Provision, rev: int) -> None:
        self._note(one)
        self._by_id[one.id] = one
        under = self._by_key.get(one.key)
        if under is None:
            under = self._by_key[one.key] = {}
            for length in range(1, 5):
                self._names[one.key.names[:length]] += 1
        under[one.id] = one
        self._changed[one.key] = rev
        if one.suspect:
            self._suspects.setdefault(_place(one), set()).add(one.id)
        if one.federated:
            self._federated.setdefault((one.dc, one.key.part), set()).add(one.id)

    def _unlink(self, one: Provision) -> None:
        if one.federated:
            self._federated[one.dc, one.key.part].discard(one.id)
        if one.suspect:
            others = self._suspects[_place(one)]
            others.discard(one.id)
            if not others:
                del self._suspects[_place(one)]
        del self._by_id[one.id]
        under = self._by_key[one.key]
        del under[one.id]
        if not under:
            del self._by_key[one.key]
            for length in range(1, 5):
                names = one.key.names[:length]
                self._names[names] -= 1
                if not self._names[names]:
                    del self._names[names]

    def _left(self, key: Key, rev: int) -> None:
        if key in self._by_key:
            self._changed[key] = rev
        else:
            self._changed.pop(key, None)
            self._keys.pop(key, None)
            self._gone_rev = rev

    def _bury(self, one: Provision, rev: int) -> None:
        self._left(one.key, rev)
        if one.incarnation:
            self._dropped[one.id] = one.incarnation
            self._dropped.move_to_end(one.id)
            if len(self._dropped) > self._tombstones:
                self._dropped.popitem(last=False)


def _kinds(attributes: Attributes) -> tuple[object, ...]:
    # True equals 1, and in JSON it does not.
    return (attributes, tuple(type(value) for _, value in attributes))


def _place(one: Provision) -> Place:
    return (one.dc, one.address.host, one.address.port, one.address.proto)


def _counted(before: Provision | None, after: Provision, rev: int) -> Provision:
    if before is None:
        return after if after.created == rev else replace(after, created=rev)
    same = (before.address, before.attributes) == (after.address, after.attributes)
    version = before.version if same else before.version + 1
    if (after.created, after.version) == (before.created, version):
        return after
    return replace(after, created=before.created, version=version)
