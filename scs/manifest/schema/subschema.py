"""The schemas inside a schema: finding and following them, and mistakes that the meta-schema lets pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from scs.manifest.schema import pattern
from scs.manifest.syntax import tree
from scs.model.problem import Problem

_BY_NAME = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
_ON_VALUES = (
    "$ref", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
    "maxContains", "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format",
)  # fmt: skip
_ABOUT = (
    "$comment", "title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples",
    "contentEncoding", "contentMediaType",
)  # fmt: skip
_KEYWORDS = frozenset((*_BY_NAME, *_LISTS, *_SINGLE, *_ON_VALUES, *_ABOUT))
"""Those of https://json-schema.org/draft/2020-12/schema, but for what gives a schema, or a part of it, an address."""
_LOCAL = "write it under $defs and refer to it as #/$defs/NAME"

Path = tree.Path


def within(schema: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The schema and each one inside it, with the way to it."""
    yield path, schema
    if not isinstance(schema, Mapping):
        return
    for keyword in _BY_NAME:
        for name, one in schema.get(keyword, {}).items():
            yield from within(one, (*path, keyword, name))
    for keyword in _LISTS:
        for index, one in enumerate(schema.get(keyword, ())):
            yield from within(one, (*path, keyword, index))
    for keyword in _SINGLE:
        if keyword in schema:
            yield from within(schema[keyword], (*path, keyword))


def referred(root: Any, reference: str) -> Any:
    """What a reference such as `#/$defs/port` leads to; None when it leads nowhere in this schema."""
    if reference != "#" and not reference.startswith("#/"):
        return None
    found = root
    for part in unquote(reference).split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, Sequence) and not isinstance(found, str) and step.isdecimal():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flaw:
    """`is_key` says that it is about the key at the end of the path and not about what stands there."""

    path: Path
    message: str
    hint: str = ""
    is_key: bool = False


def problems(node: tree.Node, path: Path) -> Iterator[Problem]:
    """What makes a schema useless although the meta-schema has nothing against it."""
    root: Any = tree.plain(node)
    for flaw in _flaws(root):
        at = tree.at(node, flaw.path)
        shown = (*path, *(flaw.path[:-1] if flaw.is_key else flaw.path))
        place = (at.key or at.place) if flaw.is_key else at.place
        yield Problem(place=place, path=tree.path_text(shown), message=flaw.message, hint=flaw.hint)


def _flaws(root: Any) -> Iterator[_Flaw]:
    if not isinstance(root, Mapping):
        yield _Flaw(path=(), message=f"must be a map, not {tree.kind(root)}")
        return
    yield from _top(root)
    for path, schema in within(root):
        if isinstance(schema, Mapping):
            yield from _unknown_keywords(schema, path)
            yield from _patterns(schema, path)
            yield from _reference(root, schema, path)


def _top(root: Mapping[str, Any]) -> Iterator[_Flaw]:
    if root.get("type", "object") != "object":
        yield _Flaw(path=("type",), message="must be object: options are a map")
    known = root.get("properties", {})
    for index, name in enumerate(root.get("required", ())):
        if name not in known and not root.get("additionalProperties", False):
            message = f"no option is called {tree.shown(name)}"
            yield _Flaw(path=("required", index), message=message, hint=tree.near(name, known))


def _unknown_keywords(schema: Mapping[str, Any], path: Path) -> Iterator[_Flaw]:
    for key in schema:
        is_dialect = not path and key == "$schema"
        if key not in _KEYWORDS and not is_dialect and not key.startswith("x-"):
            message, hint = f"unknown keyword {tree.shown(key)}", tree.near(key, _KEYWORDS)
            yield _Flaw(path=(*path, key), message=message, hint=hint, is_key=True)


def _patterns(schema: Mapping[str, Any], path: Path) -> Iterator[_Flaw]:
    named = [((*path, "patternProperties", rule), rule, True) for rule in schema.get("patternProperties", {})]
    own = [((*path, "pattern"), schema["pattern"], False)] if "pattern" in schema else []
    for steps, rule, is_key in named + own:
        try:
            pattern.found(rule, "")
        except re.error as error:
            message = f"{tree.shown(rule)} is no regular expression: {error}"
            yield _Flaw(path=steps, message=message, is_key=is_key)


def _reference(root: Any, schema: Mapping[str, Any], path: Path) -> Iterator[_Flaw]:
    reference = schema.get("$ref")
    if reference is None:
        return
    found = referred(root, reference)
    if not any(found is one for _, one in within(root)):
        message = f"{tree.shown(reference)} is not in this schema"
        yield _Flaw(path=(*path, "$ref"), message=message, hint=_LOCAL)
    elif _is_endless(root, reference):
        message = f"{tree.shown(reference)} refers to itself without end"
        yield _Flaw(path=(*path, "$ref"), message=message)


def _is_endless(root: Any, reference: str) -> bool:
    """Whether following the reference comes back to it without a step into the value."""
    seen: set[str] = set()
    waiting = [reference]
    while waiting:
        here = waiting.pop()
        schema = referred(root, here)
        for one in _in_place(schema):
            if one == reference:
                return True
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return False


def _in_place(schema: Any) -> Iterator[str]:
    """The references of a schema that apply to the same value as the schema itself."""
    if not isinstance(schema, Mapping):
        return
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    for keyword in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(keyword, ()):
            yield from _in_place(one)
    for keyword in ("not", "if", "then", "else"):
        yield from _in_place(schema.get(keyword))
    for one in schema.get("dependentSchemas", {}).values():
        yield from _in_place(one)
