"""Which keys of a map a schema says anything of, itself or by a schema that applies to the same map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scs.manifest.schema import pattern


def is_named(key: str, schema: Mapping[str, Any]) -> bool:
    """Whether the key stands in `properties`, or fits one of `patternProperties`."""
    rules = schema.get("patternProperties", ())
    return key in schema.get("properties", ()) or any(pattern.found(rule, key) for rule in rules)


def keys(validator: Any, schema: Any, value: Mapping[str, Any]) -> set[str]:
    """As https://json-schema.org/draft/2020-12/json-schema-core#section-11.3 has it."""
    if not isinstance(schema, Mapping):
        return set()
    found = {key for key in value if is_named(key, schema)}
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        rest = validator.evolve(schema=schema.get(keyword, False))
        found |= {key for key in value if rest.is_valid(value[key])}
    return found.union(*(keys(validator, one, value) for one in _in_place(validator, schema, value)))


def _in_place(validator: Any, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[Any]:
    def fits(one: Any) -> bool:
        return bool(validator.evolve(schema=one).is_valid(value))

    if "$ref" in schema:
        # The validator's own keywords get at what a reference leads to in this way, and there is no other.
        yield validator._resolver.lookup(schema["$ref"]).contents
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from filter(fits, schema.get(keyword, ()))
    yield from (one for key, one in schema.get("dependentSchemas", {}).items() if key in value)
    if "if" in schema:
        is_so = fits(schema["if"])
        yield from (schema["if"], schema.get("then")) if is_so else (schema.get("else"),)
