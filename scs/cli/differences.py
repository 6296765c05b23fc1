"""What differs between two compiled manifests, field by field; made from their static form, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scs.model import fields
from scs.model.fields import Field

PLURAL = ("networks", "volumes", "images", "containers", "jobs")
"""Parts that hold objects: one that comes or goes is one line."""
DERIVED = {"digest", "parts", "identity"}
"""What follows from other fields, and would say everything twice."""
NAMES = ("key", "role", "network", "target", "path", "name", "tag")
"""By which of its fields one of a list is known, the first that it has."""


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Field]:
    """From the one static form to the other, in the order of their paths."""
    return _differences("", _keyed(old), _keyed(new))


def _differences(path: str, old: Any, new: Any) -> Iterator[Field]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = f"{path}.{key}" if path else key
            before, after = old.get(key), new.get(key)
            if path in PLURAL and (before is None or after is None):
                yield _field(below, _name(before), _name(after))
            elif before is None and after and isinstance(after, Mapping):
                yield from _differences(below, {}, after)
            elif after is None and before and isinstance(before, Mapping):
                yield from _differences(below, before, {})
            else:
                yield from _differences(below, before, after)
    else:
        yield _field(path, old, new)


def _keyed(value: Any) -> Any:
    """Lists of objects as maps from what each is known by, so that order and number do not hide what changed."""
    if isinstance(value, Mapping):
        shown = {key: _keyed(one) for key, one in value.items() if key not in DERIVED}
        return {**shown, "containers": _roles(value["containers"])} if "containers" in shown else shown
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _by_name(value) if all(isinstance(one, Mapping) for one in value) else list(value)
    return value


def _by_name(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in objects:
        # A built image is known by its name, since its tag says what is in it.
        names = ("name",) if one.get("kind") == "built" else NAMES
        field = next((name for name in names if name in one), "")
        name = str(one.get(field, next(iter(one), "")))
        count = sum(key == name or key.startswith(f"{name}#") for key in found)
        rest = {key: value for key, value in one.items() if key != field}
        found[f"{name}#{count + 1}" if count else name] = _keyed(rest)
    return found


def _roles(containers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A role once, with the number of its replicas; each replica where they are not alike."""
    roles: dict[str, list[dict[str, Any]]] = {}
    for one in containers:
        wish = {key: value for key, value in _keyed(one).items() if key not in {"name", "number", "role"}}
        roles.setdefault(one["role"], []).append(wish)
    shown: dict[str, Any] = {}
    for role, replicas in roles.items():
        alike = all(one == replicas[0] for one in replicas)
        own = replicas[:1] if alike else replicas
        for number, one in enumerate(own, start=1):
            shown[role if alike else f"{role}-{number}"] = {**one, "replicas": len(replicas)} if number == 1 else one
    return shown


def _name(value: Any) -> Any:
    """Of an object that comes or goes, what tells it from others."""
    return None if value is None else value.get("image") or value.get("type") or value.get("kind") or "there"


def _field(path: str, old: Any, new: Any) -> Field:
    return Field(path=path, old=fields.text(path, old), new=fields.text(path, new))
