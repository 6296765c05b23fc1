"""Writes `docs/manifest.md` from the schemas; says nothing about manifests that the schemas do not say.

Run it with `script/docs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemas

TARGET = Path(__file__).parent / "manifest.md"

_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "map",
    "null": "null",
}
_ORDER = ("boolean", "integer", "number", "string", "array", "object", "null")
_TEMPLATE = r"\{[{%]"
_WIDTH = 60
_PLAIN = re.compile(r"[A-Za-z0-9/_.^-]([A-Za-z0-9/_.@+$^*<>()&= :-]*[A-Za-z0-9/_.@+$^*<>()&=-])?")
_NOT_TEXT = re.compile(r"[-+]?[0-9]*[.]?[0-9]*(e[-+]?[0-9]+)?|0[xo].*|true|false|null|- .*|.*: .*", re.IGNORECASE)
_BACKQUOTED = re.compile(r"`[^`]*`")

INTRODUCTION = """\
# The keys of the manifests

This page is made from the JSON Schemas in `schemas/` by `script/docs`. An editor with the YAML language server
shows the same while you type, when a file begins with the path to its schema:

```yaml
# yaml-language-server: $schema=../../schemas/manifest.schema.json
```

In an overlay the path is that to `schemas/overlay.schema.json`, made from the others: the same keys, none of them
needed, and `null` wherever a key may be removed.

There are two manifests. The [manifest](#the-manifest) says how services are connected to the world: containers,
volumes, networks, what is provided and required. The [image manifest](#the-image-manifest) says how one service
works: how its image is built, which options it has, where it can be connected.

- A key that is not on this page is an error, but for keys that begin with `x-`: those are ignored, in every map
  whose keys are scs's. In maps that are passed on (`env`, `labels`, options of drivers) they are keys like others.
- Files are read by the rules of YAML 1.2: `no` and `on` are text, and so is `22:22`.
- Durations: `500ms`, `5s`, `1m30s`, `2h`, or a number of seconds.
- Sizes: `64KiB`, `512MiB`, `1GiB` (powers of 1024), `2GB` (powers of 1000), or a number of bytes.
- Permission bits are octal digits in quotes: `"0750"`.
- Names (of environments, services, roles, volumes, networks, provided and required services) are small letters,
  digits, `-` and `_`, 63 at most.
- Any value may hold templates: `{{ vars.domain }}`, `{{ env.HOME }}`, `{{ environment }}` and `{{ service }}` in the
  manifest, `{{ config.title }}` and `{{ image }}` in the image manifest.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A schema and the file that its references count from."""

    file: str
    schema: Mapping[str, Any]

    def child(self, schema: Mapping[str, Any] | bool) -> Here:
        return resolved(Here(file=self.file, schema=schema if isinstance(schema, Mapping) else {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A map: its keys, and the sections of the maps below it."""

    name: str
    here: Here
    below: tuple[Section, ...] = ()


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, *_top("manifest.schema.json", schemas.manifest())]
    parts += ["## Types of networks\n", "Under `networks`.\n"]
    for type_ in schemas.network_types():
        parts += _type(f"networks/{type_}.schema.json", f"{type_} network")
    parts += ["## Types of volumes\n", "Under `volumes`, and in place in a container's `volumes`.\n"]
    for type_ in schemas.volume_types():
        parts += _type(f"volumes/{type_}.schema.json", f"{type_} volume")
    parts += _top("image.schema.json", schemas.image())
    return "\n".join(filter(None, parts))


def resolved(here: Here) -> Here:
    """The schema with what it refers to in it; what it says itself goes first."""
    reference = here.schema.get("$ref")
    if reference is None:
        return here
    file, _, pointer = str(reference).partition("#")
    found: Any = document(file or here.file)
    for step in filter(None, pointer.split("/")):
        found = found[step]
    target = resolved(Here(file=file or here.file, schema=found))
    own = {key: value for key, value in here.schema.items() if key != "$ref"}
    return Here(file=target.file, schema={**target.schema, **own})


def document(file: str) -> Mapping[str, Any]:
    """A schema by its path in `schemas/`."""
    if file == "image.schema.json":
        return schemas.image()
    found: Mapping[str, Any] = {"manifest.schema.json": schemas.manifest(), **schemas.manifest()["$defs"]}[file]
    return found


def _top(file: str, schema: Mapping[str, Any]) -> Iterator[str]:
    here = Here(file=file, schema=schema)
    yield f"## {schema['title']}\n"
    yield f"{schema['description']}\n"
    yield _table(here, "")
    yield _examples(schema)
    for section in _below(here, ""):
        yield from _written(section)


def _type(file: str, name: str) -> Iterator[str]:
    yield from _written(Section(name=name, here=Here(file=file, schema=document(file)), below=()))
    for section in _below(Here(file=file, schema=document(file)), name):
        yield from _written(section)


def _written(section: Section) -> Iterator[str]:
    yield f"### {section.name}\n"
    yield f"{section.here.schema['description']}{_types(section)}\n"
    if _properties(section.here):
        yield _table(section.here, section.name)
    yield _examples(section.here.schema)
    for below in section.below:
        yield from _written(below)


def _types(section: Section) -> str:
    """Where to read on about a map whose keys depend on its type."""
    kind = "network" if section.name.startswith("networks") else "volume"
    conditions = [each.get("if", {}).get("properties", {}) for each in section.here.schema.get("allOf", ())]
    names = [each["type"]["const"] for each in conditions if "type" in each]
    links = [f"[{name}]({anchor(f'{name} {kind}')})" for name in names]
    return f" Types that come with scs: {', '.join(links)}." if links else ""


def anchor(heading: str) -> str:
    return f"#{re.sub('[^a-z0-9_ -]', '', heading.lower()).replace(' ', '-')}"


def _below(here: Here, name: str) -> Iterator[Section]:
    """The sections of the maps inside a map, in the order of its keys."""
    for key, each in _properties(here).items():
        nested = _nested(each, f"{name}.{key}" if name else key)
        if nested is not None:
            where, found = nested
            yield Section(name=where, here=found, below=tuple(_below(found, where)))


def _nested(here: Here, name: str) -> tuple[str, Here] | None:
    """The map that a key leads to, if it has keys of its own, and what its section is called."""
    if "x-key" in here.schema:
        return _nested(here.child(here.schema["additionalProperties"]), f"{name}.{here.schema['x-key']}")
    if isinstance(here.schema.get("items"), Mapping):
        return _nested(here.child(here.schema["items"]), f"{name}[]")
    return (name, here) if _properties(here) else None


def _properties(here: Here) -> Mapping[str, Here]:
    """The keys of a map, those that it has only in one of its forms included, and none that it has of a container."""
    own = {key: each for key, each in here.schema.get("properties", {}).items() if not _is_shared(each)}
    found = {key: here.child(each) for key, each in own.items()}
    for each in here.schema.get("anyOf", ()):
        found |= _properties(here.child(each))
    for each in here.schema.get("allOf", ()):
        then = each.get("then", {})
        if str(then.get("$ref", "")).startswith("#"):
            found |= _properties(here.child(then))
    return found


def _is_shared(schema: Mapping[str, Any] | bool) -> bool:
    """Whether it is a container's, where it is described: what jobs have too is not told twice."""
    return isinstance(schema, Mapping) and str(schema.get("$ref")).startswith("#/$defs/container/properties/")


def _table(here: Here, name: str) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    needed = {key for one in (here.schema, *here.schema.get("anyOf", ())) for key in one.get("required", ())}
    for key, each in _properties(here).items():
        default = "**needed**" if key in needed else _default(each.schema)
        rows.append(f"| `{key}` | {_what(each, name, key)} | {default} | {_told(each)} |")
    return "\n".join(rows) + "\n"


def _default(schema: Mapping[str, Any]) -> str:
    return _code(schema["default"]) if schema.get("default") not in (None, {}, []) else ""


def _what(here: Here, name: str, key: str) -> str:
    nested = _nested(here, f"{name}.{key}" if name else key)
    words = list(_words(here)) or ["any"]
    if nested is None:
        return " or ".join(words)
    return " or ".join(f"[{word}]({anchor(nested[0])})" if word in {"map", "list"} else word for word in words)


def _words(here: Here) -> Iterator[str]:
    schema = here.schema
    if "const" in schema:
        yield _code(schema["const"])
    elif "enum" in schema:
        yield ", ".join(_code(option) for option in schema["enum"])
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _words(here.child(each))
    else:
        types = schema.get("type", "map" if "properties" in schema else ())
        known = [types] if isinstance(types, str) else list(types)
        is_only_template = schema.get("pattern") == _TEMPLATE and len(known) > 1
        for each in _ORDER:
            if each in known and not (each == "string" and is_only_template):
                yield _KINDS[each]


def _told(here: Here) -> str:
    text = _BACKQUOTED.sub(lambda found: found[0].replace("|", r"\|"), here.schema["description"])
    examples = here.schema.get("examples", ())
    if not examples or _nested(here, "") is not None:
        return str(text)
    return f"{text}<br>For example {_listed(_code(example) for example in examples)}."


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _examples(schema: Mapping[str, Any]) -> str:
    shown = ["\n".join(_block(example)) for example in schema.get("examples", ())]
    return "\n".join(["```yaml", "\n---\n".join(shown), "```\n"]) if shown else ""


def _block(value: Any) -> Iterator[str]:
    """A value as YAML in as few lines as are still easy to read."""
    if not isinstance(value, dict) or not any(isinstance(each, (dict, list)) for each in value.values()):
        yield flow(value)
        return
    for key, each in value.items():
        line = f"{flow(key)}: {flow(each)}"
        if len(line) <= _WIDTH or not isinstance(each, dict):
            yield line
        else:
            yield f"{flow(key)}:"
            yield from (f"  {below}" for below in _block(each))


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{flow(key)}: {flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and not _NOT_TEXT.fullmatch(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


def _code(value: Any) -> str:
    shown = flow(value).replace("|", r"\|")
    return f"`{shown}`"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
