"""JSON data as YAML text that means the same to readers of YAML 1.1 and 1.2; never folded, never with anchors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Neither version of YAML reads any of these as something else than text.
_PLAIN = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./@+-]|[: ](?=[A-Za-z0-9/]))*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_LITERAL = re.compile(r"(?:[^\s][^\n\t]*)(?:\n[^\n]*)*[^\n]\n|[^\s]\n")


def text(data: Mapping[str, Any]) -> str:
    """The data as a block of YAML, in the order that its maps have."""
    return "".join(f"{line}\n" for line in _map(data))


def _map(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{_scalar(key)}:", value)


def _list(data: list[Any]) -> Iterator[str]:
    for value in data:
        if isinstance(value, Mapping) and value:
            lines = list(_map(value))
            yield f"- {lines[0]}"
            yield from (_deeper(line) for line in lines[1:])
        else:
            yield from _entry("-", value)


def _entry(start: str, value: Any) -> Iterator[str]:
    """`start` and the value after or below it."""
    if isinstance(value, (Mapping, list)) and value:
        yield start
        below = _list(value) if isinstance(value, list) else _map(value)
        yield from (_deeper(line) for line in below)
    elif isinstance(value, str) and _is_literal(value):
        yield f"{start} |"
        yield from (_deeper(line) for line in value[:-1].split("\n"))
    else:
        yield f"{start} {_scalar(value)}"


def _deeper(line: str) -> str:
    return f"  {line}" if line else ""


def _is_literal(value: str) -> bool:
    return "\n" in value[:-1] and _LITERAL.fullmatch(value) is not None and value.replace("\n", "").isprintable()


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))
    return json.dumps(value)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
