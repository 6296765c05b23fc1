"""The sentence for a value that does not fit its schema, and the hint to it; not which faults get one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from scs.manifest.schema import pattern
from scs.manifest.schema.fault import Fault
from scs.manifest.syntax import tree

_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}
_AMOUNTS = {
    "minLength": ("at least", "character"),
    "maxLength": ("at most", "character"),
    "minItems": ("at least", "item"),
    "maxItems": ("at most", "item"),
    "minProperties": ("at least", "key"),
    "maxProperties": ("at most", "key"),
}
_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}
_WORD = re.compile(r"[A-Za-z0-9_./-]+")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?")


def sentence(fault: Fault, node: tree.Node) -> str:
    """What the value must be, and what it is."""
    wanted = requirement(fault)
    told = written(fault.value, node) if wanted.startswith(("must be ", "must match ")) else ""
    return f"{wanted}{told}"


def requirement(fault: Fault) -> str:
    """What the value must be."""
    if fault.says and (fault.keyword == "type" or not isinstance(fault.value, (list, dict))):
        return fault.says
    if fault.keyword in _AMOUNTS:
        return _amount(fault.keyword, fault.wanted)
    if fault.keyword in _BOUNDS:
        return f"must be {_BOUNDS[fault.keyword]} {json.dumps(fault.wanted)}"
    return _of_kind(fault)


def _of_kind(fault: Fault) -> str:
    match fault.keyword:
        case "type":
            return f"must be {joined([tree.KINDS[each] for each in _kinds(fault)], 'or')}"
        case "enum" | "const":
            return one_of(fault.options)
        case "pattern":
            return f"must match the pattern {fault.wanted}"
        case "false":
            return "is not allowed here"
        case _:
            return f"does not fit the keyword {fault.keyword} of its schema"


def _amount(keyword: str, wanted: int) -> str:
    if keyword.startswith("min") and wanted == 1:
        return "must not be empty"
    bound, unit = _AMOUNTS[keyword]
    return f"must have {bound} {wanted} {unit}{'' if wanted == 1 else 's'}"


def one_of(options: Sequence[Any]) -> str:
    shown = [option_text(option) for option in options]
    return f"must be {shown[0]}" if len(shown) == 1 else f"must be one of {', '.join(shown)}"


def option_text(option: Any) -> str:
    """A value as one would write it: a word as it is, all else as JSON."""
    is_word = isinstance(option, str) and _WORD.fullmatch(option)
    return str(option) if is_word else json.dumps(option, ensure_ascii=False)


def joined(words: Sequence[str], last: str) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def written(value: Any, node: tree.Node) -> str:
    """What stands there instead, to follow what should: `, not the text 'x'`."""
    if value == "" or (value is None and node.text == ""):
        return ", and it is empty"
    if isinstance(value, str):
        return f", not the text {tree.shown(value)}"
    if isinstance(value, (bool, type(None))):
        return f", not {json.dumps(value)}"
    if isinstance(value, (int, float)):
        return f", not the number {json.dumps(value)}"
    return f", not {tree.kind(value)}"


def hint(fault: Fault, source: str | None) -> str:
    """What to write instead, where that can be guessed. `source` is an unquoted value as the file has it."""
    if isinstance(fault.value, str):
        return _for_text(fault, source)
    if fault.value is None:
        is_free = "object" in _kinds(fault) and not {"required", "oneOf", "then"}.intersection(fault.schema)
        return "write {} where there is nothing to say" if is_free else ""
    if isinstance(fault.value, (list, dict)) or source is None:
        return ""
    if "string" in _kinds(fault) and fault.keyword in {"type", "enum", "const"}:
        return _quoted(source, fault.schema)
    return _as_list(fault, source)


def _kinds(fault: Fault) -> list[str]:
    """The types that the schema takes."""
    types = fault.wanted if fault.keyword == "type" else fault.schema.get("type", [])
    is_listed = not isinstance(types, str)
    is_rendered = is_listed and fault.schema.get("pattern") == pattern.TEMPLATE
    return [each for each in types if not (is_rendered and each == "string")] if is_listed else [types]


def _for_text(fault: Fault, source: str | None) -> str:
    value = fault.value
    if fault.keyword in {"enum", "const"}:
        is_meant = any(not isinstance(one, str) and json.dumps(one) == value for one in fault.options)
        words = [one for one in fault.options if isinstance(one, str)]
        return f"write it without quotes: {value}" if is_meant else tree.near(value, words)
    if source is None and _is_number(value, _kinds(fault)):
        return f"write it without quotes: {value}"
    if "boolean" in _kinds(fault) and value.lower() in _FLAGS:
        return f"write {_FLAGS[value.lower()]}"
    return _corrected(value, fault.wanted) if fault.keyword == "pattern" else _as_list(fault, value)


def _is_number(value: str, kinds: Sequence[str]) -> bool:
    is_right = "number" in kinds or ("integer" in kinds and "." not in value)
    return is_right and _NUMBER.fullmatch(value) is not None


def _as_list(fault: Fault, source: str) -> str:
    is_meant = _kinds(fault) == ["array"] and _WORD.fullmatch(source)
    return f"write it as a list: [{source}]" if is_meant else ""


def _quoted(source: str, schema: Mapping[str, Any]) -> str:
    """The source in quotes, if that is what the schema wants; an octal number of YAML 1.2 by its digits."""
    rule = pattern.strict(schema.get("pattern", ""))
    for text in (source, f"0{source[2:]}") if source.startswith("0o") else (source,):
        if (not rule or pattern.found(rule, text)) and text in schema.get("enum", [text]):
            return f'put it in quotes: "{text}"'
    return ""


def _corrected(value: str, rule: str) -> str:
    """The value in the usual spelling, if that fits."""
    plain = value.strip()
    spelt = [plain, plain.lower(), plain.rstrip("/")]
    spelt += [] if "/" in plain else [re.sub(r"\s+", "-", plain.lower())]
    spelt += [plain.upper()] if plain.isidentifier() else []
    fitting = [each for each in spelt if each != value and pattern.found(rule, each)]
    return f"did you mean {tree.shown(fitting[0])}?" if fitting else ""
