"""Writes `schemas/overlay.schema.json`: the manifest's keys, none of them demanded; scs itself does not read it.

Run it with `script/docs`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import schemas

TARGET = Path(schemas.__file__).with_name("overlay.schema.json")

_MANIFEST = "manifest.schema.json"
_ABOUT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": TARGET.name,
    "$comment": "Made from manifest.schema.json and the types by script/docs.",
    "title": "An overlay",
    "description": "A file that `scs apply` is given after the manifest: maps merge, others replace, null removes.",
    "examples": [{"containers": {"web": {"replicas": 2, "resources": None}}}],
}
_KEPT = (
    "title", "description", "examples", "pattern", "minLength", "minimum", "exclusiveMinimum", "maximum",
    "minItems", "uniqueItems",
)  # fmt: skip
# The default of a key that an overlay leaves out is what the manifest says.
_DROPPED = ("$id", "$schema", "default", "required", "dependentRequired", "minProperties")


def page() -> str:
    """The whole file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Mapping[str, Any]:
    """The schema of an overlay, complete but for the items of lists, which are the manifest's own."""
    top = {key: value for key, value in schemas.manifest().items() if key not in {*_ABOUT, "$defs"}}
    made = _relaxed(top, _MANIFEST)
    sources = {_name(key): (key, one) for key, one in schemas.manifest()["$defs"].items()}
    forms = set(_forms())
    parts: dict[str, Any] = {}
    waiting = list(_names(made))
    while waiting:
        name = waiting.pop()
        if name not in parts:
            key, one = sources[name]
            part = _relaxed(one, key if "$id" in one else _MANIFEST)
            parts[name] = _opened(part) if name in forms else part
            waiting += _names(part)
    return {**_ABOUT, **made, "$defs": dict(sorted(parts.items()))}


def _name(key: str) -> str:
    return key.removesuffix(".schema.json").replace("/", ".")


def _forms() -> Iterator[str]:
    """The definitions that a map's `type` chooses between."""
    for one in schemas.manifest()["$defs"].values():
        for choice in one.get("allOf", ()):
            yield from _names({"$ref": _reference(choice["then"].get("$ref", "#"), _MANIFEST)})


def _names(one: Any) -> Iterator[str]:
    """The definitions that a schema refers to."""
    if isinstance(one, Mapping):
        if str(one.get("$ref")).startswith("#/$defs/"):
            yield one["$ref"].split("/")[2]
        one = list(one.values())
    if isinstance(one, list):
        for part in one:
            yield from _names(part)


def _relaxed(one: Any, file: str) -> Any:
    """The schema of a part of a value, and of null; `file` is what its references count from."""
    if not isinstance(one, Mapping):
        return one
    made: dict[str, Any] = {}
    for key, value in one.items():
        if key in _KEPT:
            made[key] = value
        elif key == "const":
            made["enum"] = [value, None]
        elif key in _RULES:
            made[key] = _RULES[key](value, file)
        elif key not in _DROPPED and not key.startswith("x-") and not _is_about_presence(key, value):
            raise ValueError(f"docs/overlay.py does not know what becomes of {key!r} in an overlay")
    if made.get("then") == {}:
        del made["if"], made["then"]
    return made


def _is_about_presence(key: str, value: Any) -> bool:
    """Null makes a key present that is to go, so that what forbids keys side by side goes too."""
    choices = {"oneOf": value, "not": [value]}.get(key)
    return choices is not None and all(each.keys() == {"required"} for each in choices)


def _reference(reference: str, file: str) -> str:
    other, _, pointer = reference.partition("#")
    target = other or file
    return f"#{pointer}" if target == _MANIFEST else f"#/$defs/{_name(target)}{pointer}"


def _type(names: str | Sequence[str]) -> Sequence[str]:
    known = [names] if isinstance(names, str) else names
    return [*(name for name in known if name != "null"), "null"]


def _by_name(named: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    return {name: _relaxed(one, file) for name, one in named.items()}


def _choices(choices: Sequence[Mapping[str, Any]], file: str) -> Sequence[Mapping[str, Any]]:
    """The forms of a map by its `type`; where an overlay leaves that to the manifest, any of them will do."""
    forms = [_opened(_relaxed(choice["then"], file)) for choice in choices]
    chosen = [(choice["if"], form) for choice, form in zip(choices, forms, strict=True) if "required" in choice["if"]]
    unsaid = {"type": "object", "properties": {"type": {"type": "null"}}}
    return [{"if": if_, "then": then} for if_, then in [*chosen, (unsaid, {"anyOf": forms})]]


def _opened(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """A new type has to take away the keys of the old one."""
    return {**form, "additionalProperties": {"type": "null"}} if "additionalProperties" in form else form


def _whole(one: Any, file: str) -> Any:
    """What is not merged, as it is in the manifest: an overlay replaces a list whole, and cannot say half a name."""
    if isinstance(one, Mapping):
        made = {key: _whole(value, file) for key, value in one.items() if not key.startswith("x-")}
        return {**made, "$ref": f"{file}{one['$ref']}"} if one.get("$ref", "").startswith("#") else made
    return one


_RULES: Mapping[str, Callable[[Any, str], Any]] = {
    "$ref": _reference,
    "type": lambda names, _: _type(names),
    "enum": lambda options, _: [*options, None],
    "properties": _by_name,
    "patternProperties": _by_name,
    "$defs": _by_name,
    "additionalProperties": _relaxed,
    "items": _whole,
    "propertyNames": _whole,
    "anyOf": lambda options, file: [_relaxed(one, file) for one in options],
    "allOf": _choices,
    "if": _whole,
    "then": _relaxed,
}


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
