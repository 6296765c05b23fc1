"""Whether a value fits a schema, told in a hundredth of the time that it takes to say what does not; no reasons.

A value that is accepted has no problems. One that is not may have none either: the slow way decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from scs.manifest.schema import pattern

_DATA = frozenset({"const", "default", "enum", "examples"})
"""Keywords below which no schema is."""


def accepts(schema: Mapping[str, Any], value: Any) -> bool:
    """True where the value surely fits."""
    try:
        return not _has_floats(value) and _validator(_Same(schema)).is_valid(value)
    except ValueError:  # a schema or a value that only the other validator understands
        return False


class _Same:
    """A schema by its place in memory: those that come with scs are the same object each time."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=64)
def _validator(same: _Same) -> jsonschema_rs.Draft202012Validator:
    unnamed = {key: one for key, one in same.schema.items() if key != "$schema"}
    return jsonschema_rs.Draft202012Validator(_rendered(unnamed))


def _rendered(schema: Any) -> Any:
    """The schema for trees whose templates are rendered: without the alternative that editors need."""
    if isinstance(schema, list):
        return [_rendered(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: one if key in _DATA else _rendered(one) for key, one in schema.items()}
    rule = schema.get("pattern")
    if isinstance(rule, str):
        if rule == pattern.TEMPLATE and isinstance(schema.get("type"), list) and len(schema["type"]) > 1:
            found["type"] = [one for one in schema["type"] if one != "string"]
        found["pattern"] = pattern.strict(rule)
    return found


def _has_floats(value: Any) -> bool:
    """1.0 is a whole number to JSON Schema, and none to us."""
    if isinstance(value, dict):
        return any(map(_has_floats, value.values()))
    return any(map(_has_floats, value)) if isinstance(value, list) else isinstance(value, float)
