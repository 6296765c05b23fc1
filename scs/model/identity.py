"""Who owns an object: the identity of a manifest, the names made from it, the digests and labels that prove it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NewType

Digest = NewType("Digest", str)
"""`v1:` and the hexadecimal SHA-256 of a declared projection; equal digests mean equal wishes."""

FORMAT = "v1"
NAME = re.compile(r"[a-z0-9]([a-z0-9_]*[a-z0-9])?(-[a-z0-9_]+)*")
"""What environments, services, roles, volumes and networks may be called (they become host names)."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identity:
    """The identity of a manifest, `environment/service`. Everything scs makes carries it."""

    environment: str
    service: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.service}"

    def name(self, *parts: str | int) -> str:
        """The name of an object of this manifest: `dev-blog-web-1` for `name("web", 1)`."""
        return "-".join((self.environment, self.service, *map(str, parts)))


def projection(value: Any) -> Any:
    """The part of a value that decides what it is, as JSON data.

    Fields that hold their default are left out, so that a new release may add fields without changing any digest;
    fields with the metadata `identity: False` (places, origins on this disk) never count.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [projection(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): projection(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(projection(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        values = ((name, getattr(value, name), default) for name, default in _counted(type(value)))
        return {
            "is": type(value).__name__,
            **{name: projection(one) for name, one, default in values if one != default},
        }
    return value


@cache
def _counted(kind: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass that decide what it is, with their defaults."""
    return tuple((field.name, _default(field)) for field in fields(kind) if field.metadata.get("identity", True))


def digest(value: Any) -> Digest:
    """The digest of a value's projection. The same under every hash seed, locale and order of keys."""
    text = json.dumps(projection(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Digest(f"{FORMAT}:{hashlib.sha256(text.encode()).hexdigest()}")


def well_formed(text: str) -> bool:
    """Whether a text read from a label can be a digest of any version of scs."""
    return re.fullmatch(r"v\d+:[0-9a-f]{64}", text) is not None


def _default(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    return MISSING
