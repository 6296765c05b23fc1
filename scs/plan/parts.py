"""Which parts of a container's wish differ from what it was made from, and which of them can be changed on it."""

from __future__ import annotations

from collections.abc import Mapping

from scs.model import fields, labels
from scs.model.container import Container
from scs.model.fields import Field
from scs.model.observed import ObservedContainer, Record
from scs.plan import files

LIVE = frozenset({"limits", "restart", "networks"})
"""What the engine can change while a container runs. Labels stay as they are, so that it is asked what holds now."""

_PREFIXES = {
    "limits": ("resources.memory", "resources.cpus", "resources.pids"),
    "restart": ("restart.",),
    "networks": ("networks.",),
}


def changed(container: Container, old: ObservedContainer) -> tuple[str, ...]:
    """The parts that differ, by name."""
    if old.labels.get(labels.DIGEST) == container.digest:
        return ()
    before = labels.data(old.labels, labels.PARTS)
    now = {part: files.short(full) for part, full in container.parts.items()}
    return tuple(part for part in dict.fromkeys((*now, *before)) if before.get(part) != now.get(part))


def asked_anew(container: Container, old: ObservedContainer, record: Record | None) -> tuple[str, ...]:
    """The parts of which something else is asked for than when it was last made or changed, by name.

    Its labels say what it was made from, and the record, where there is one, what it was changed to since: whatever
    the labels say, another wish than that is a new one.
    """
    found = changed(container, old)
    if record is None or not record.wish:
        return found
    now = fields.wish(container)
    anew = {part for part in found if part not in LIVE} | {
        part for part in LIVE if _of(part, record.wish) != _of(part, now)
    }
    return tuple(part for part in dict.fromkeys((*container.parts, *found)) if part in anew)


def _of(part: str, wish: Mapping[str, str]) -> Mapping[str, str]:
    return {path: text for path, text in wish.items() if path.startswith(_PREFIXES[part])}


def fields_of(container: Container, old: ObservedContainer, record: Record | None) -> tuple[Field, ...]:
    """What differs field by field, as far as it was kept what the old one was made from."""
    if record is None or not record.wish:
        return ()
    same = LIVE.difference(changed(container, old))  # these may have been changed since, and are as asked for
    left_out = tuple(prefix for part in same for prefix in _PREFIXES[part])
    found = fields.changes(record.wish, fields.wish(container))
    return tuple(one for one in found if not one.path.startswith(left_out))


def stays(container: Container, old: ObservedContainer) -> bool:
    """Whether it need not be replaced for what the manifest says."""
    return LIVE.issuperset(changed(container, old))
