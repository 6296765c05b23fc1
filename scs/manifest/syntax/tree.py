"""The tree that a manifest's text becomes: values that know their place; not yet held to any schema."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from scs.model.problem import Place

Scalar: TypeAlias = str | int | float | bool | None
JSON: TypeAlias = "Scalar | list[JSON] | tuple[JSON, ...] | Mapping[str, JSON]"
Path: TypeAlias = tuple[str | int, ...]

KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
"""The types of JSON Schema in the words that messages use."""

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN_LENGTH = 60
_HINTED_LENGTH = 100
_HINTED_AMONG = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value and where it stands: `place` is its own, `key` that of the key naming it in its parent map.

    `text` is a scalar as the source writes it where it is unquoted (`1.20`, `0755`), else None.
    """

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    place: Place
    key: Place | None = None
    text: str | None = None


def plain(node: Node) -> JSON:
    """The value alone, as dicts, lists and scalars that `json.dumps` accepts."""
    if isinstance(node.value, Mapping):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value


def at(node: Node, path: Iterable[str | int]) -> Node:
    """The node at the path, or its nearest ancestor that exists."""
    for step in path:
        below = _child(node, step)
        if below is None:
            return node
        node = below
    return node


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, Mapping):
        return node.value.get(step) if isinstance(step, str) else None
    if isinstance(node.value, tuple) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step]
    return None


def path_text(path: Iterable[str | int]) -> str:
    """`containers.web.volumes[0].path`; a key that is more than a word is quoted: `files."/etc/x.conf"`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{_key_text(step)}" if text else _key_text(step)
    return text


def _key_text(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=not key.isprintable())


def kind(value: object) -> str:
    """What a value is, in the words that messages use. Takes a node's value and a plain one alike."""
    return KINDS["object" if isinstance(value, Mapping) else _TYPES.get(type(value), "array")]


def shown(text: str) -> str:
    """The text in quotes for a message, made short, with nothing in it that a terminal would obey."""
    return repr(text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…")


def near(word: str, known: Iterable[str]) -> str:
    """The hint `did you mean 'networks'?` when one of the known words is close, else nothing.

    Nothing also where there are very many of them: each comparison takes its time, and a file may have a word for each.
    """
    words = set(known)
    if len(word) > _HINTED_LENGTH or len(words) > _HINTED_AMONG:
        return ""
    lowered = {each.lower(): each for each in sorted(words, reverse=True)}
    close = difflib.get_close_matches(word.lower(), sorted(lowered), n=1)
    return f"did you mean {shown(lowered[close[0]])}?" if close else ""


def of(value: JSON, place: Place, key: Place | None = None) -> Node:
    """The tree of a plain value, all of it at one place."""
    if isinstance(value, Mapping):
        return Node(value={name: of(each, place, place) for name, each in value.items()}, place=place, key=key)
    if isinstance(value, (list, tuple)):
        return Node(value=tuple(of(each, place) for each in value), place=place, key=key)
    return Node(value=value, place=place, key=key)


def scalars(value: JSON) -> Iterator[Scalar]:
    """Each scalar in a plain value, keys too."""
    if isinstance(value, Mapping):
        yield from value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from scalars(each)
    else:
        yield value


def size(value: JSON) -> int:
    """How many nodes the tree of a plain value has."""
    below = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return 1 + sum(map(size, below))
