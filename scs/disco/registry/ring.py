"""The last changes of the registry, by key: enough to say what a subscriber missed. Forgets the oldest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from scs.disco.values import Change, Key, Provision, ProvisionId


@dataclass(frozen=True, slots=True)
class Entry:
    """At `rev`, this provision stopped being `before`."""

    rev: int
    id: ProvisionId
    before: Provision | None


class Ring:
    """`floor` is the oldest revision from which all changes are known."""

    def __init__(self, floor: int, *, entries: int, size: int) -> None:
        self.floor = floor
        self._most, self._room = entries, size
        self._size = 0
        self._order: deque[Key] = deque()
        self._keys: dict[Key, list[Entry]] = {}  # a deque takes ten times the room where keys are many

    def add(self, rev: int, change: Change) -> None:
        entry = Entry(rev, change.id, change.before)
        self._order.append(change.key)
        self._keys.setdefault(change.key, []).append(entry)
        self._size += _weight(entry)
        while len(self._order) > self._most or self._size > self._room:
            self._drop()

    def _drop(self) -> None:
        key = self._order.popleft()
        entries = self._keys[key]
        entry = entries.pop(0)
        if not entries:
            del self._keys[key]
        self._size -= _weight(entry)
        self.floor = max(self.floor, entry.rev)

    def before(self, key: Key, since: int, until: int) -> dict[ProvisionId, Provision | None]:
        """What the provisions under the key that changed in (since, until] were at `since`."""
        were: dict[ProvisionId, Provision | None] = {}
        for entry in reversed(self._keys.get(key, ())):
            if entry.rev <= since:
                break
            if entry.rev <= until:
                were[entry.id] = entry.before
        return were

    def before_under(
        self, covers: Callable[[Key], bool], since: int, until: int
    ) -> dict[ProvisionId, Provision | None]:
        """The same for all keys that are covered. What moved from one to another was what it was under the first."""
        found: dict[ProvisionId, tuple[int, Provision | None]] = {}
        for key, entries in self._keys.items():
            if entries[-1].rev <= since or not covers(key):
                continue
            for entry in entries:
                if not since < entry.rev <= until:
                    continue
                rev, before = found.get(entry.id, (entry.rev + 1, None))
                if entry.rev < rev or (entry.rev == rev and before is None):
                    found[entry.id] = entry.rev, entry.before
        return {identifier: before for identifier, (_, before) in found.items()}

    def __len__(self) -> int:
        return len(self._order)


def _weight(entry: Entry) -> int:
    """Roughly what an entry keeps alive, in bytes."""
    return 120 if entry.before is None else 480 + 100 * len(entry.before.attributes)
