"""Makes values by a JSON Schema, mostly such as fit it; it follows no rule of the schema to the last word."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from scs.manifest.schema import pattern, subschema
from tests.fuzz import traps

_NAMES = ("a", "b", "db", "web", "app", "data", "blog", "default", "http", "mysql", "master", "x-y", "/srv/a", "PORT")
_DEPTH = 9


class Grammar:
    """Values that a whole schema describes, references within it followed."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def made(self, random: Random) -> Any:
        return self._value(self._root, random, 0)

    def _value(self, schema: Any, random: Random, depth: int) -> Any:
        if not isinstance(schema, Mapping) or depth > _DEPTH or random.random() < 0.01:
            return traps.value(random)
        if depth and random.random() < 0.3 and (shown := schema.get("examples")):
            return random.choice(shown)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return random.choice(schema["enum"])
        rules = schema.get("allOf", ())
        parts = [self._referred(schema), *self._alternative(schema, random), *(one for one in rules if "if" not in one)]
        found = [self._value(one, random, depth + 1) for one in parts if one is not None]
        found += [self._conditional(one, random, depth) for one in rules if "if" in one]
        own = self._own(schema, random, depth)
        maps = [one for one in (*found, own) if isinstance(one, dict)]
        if maps:
            return {key: value for one in maps for key, value in one.items()}
        return own if own is not None or not found else found[0]

    def _referred(self, schema: Mapping[str, Any]) -> Any:
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return None
        if not reference.startswith("#"):
            return self._root["$defs"].get(reference, True)
        return subschema.referred(self._root, reference)

    def _alternative(self, schema: Mapping[str, Any], random: Random) -> list[Any]:
        ways = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        return [random.choice(ways)] if ways else []

    def _conditional(self, schema: Mapping[str, Any], random: Random, depth: int) -> Any:
        """Now and then what stands under `then`, and what its `if` names with it."""
        if random.random() > 0.25:
            return None
        found = [self._value(schema.get(key), random, depth + 1) for key in ("then", "if")]
        return {key: value for one in found if isinstance(one, dict) for key, value in one.items()}

    def _own(self, schema: Mapping[str, Any], random: Random, depth: int) -> Any:
        types = schema.get("type", "object" if "properties" in schema else ())
        wanted = types if isinstance(types, str) else random.choice(types) if types else ""
        match wanted:
            case "object":
                return self._map(schema, random, depth)
            case "array":
                count = random.choice((0, 1, 1, 2, 3))
                return [self._value(schema.get("items", {}), random, depth + 1) for _ in range(count)]
            case "integer" | "number":
                return random.choice(
                    (schema.get("minimum", 1), schema.get("maximum", 9), 1, 2, 80, traps.scalar(random))
                )
            case "boolean":
                return random.random() < 0.5
            case "string":
                return _text(schema, random)
            case _:
                return None

    def _map(self, schema: Mapping[str, Any], random: Random, depth: int) -> dict[str, Any]:
        options = schema.get("properties", {})
        share = 0.5 if depth < 2 else 0.2
        kept = [key for key in options if key in schema.get("required", ()) or random.random() < share]
        made = {key: self._value(options[key], random, depth + 1) for key in kept}
        rest = schema.get("additionalProperties", False)
        if isinstance(rest, Mapping):
            count = random.choice((1, 1, 2, 3)) if depth < 4 else random.choice((0, 1, 1, 2))
            made |= {random.choice(_NAMES): self._value(rest, random, depth + 1) for _ in range(count)}
        return made


def _text(schema: Mapping[str, Any], random: Random) -> str:
    rule = pattern.strict(schema.get("pattern", ""))
    for _ in range(12):
        text = random.choice((*_NAMES, *traps.TEXTS))
        if not rule or pattern.found(rule, text):
            return text
    return "a"
