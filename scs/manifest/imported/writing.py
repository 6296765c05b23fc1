"""A manifest as the YAML that a person would have written; PyYAML writes it, by the rules of YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_WIDTH = 100
_SECTIONS = ("networks", "volumes", "containers")
_ROLE = {"scs", "image", "containers"}
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|0o[0-7]+$|0x[0-9a-fA-F]+$")
"""What is a number in YAML 1.2, some of which is text in YAML 1.1, which PyYAML writes."""


def text(manifest: Mapping[str, Any], schema: str) -> str:
    """The manifest as text; `schema` is where editors find its schema."""
    head = {key: value for key, value in manifest.items() if key not in _SECTIONS}
    sections = [_dumped(head), *(_dumped({key: manifest[key]}) for key in _SECTIONS if key in manifest)]
    sections[-1] = _spaced(sections[-1])
    return f"# yaml-language-server: $schema={schema}\n" + "\n".join(sections)


def _spaced(containers: str) -> str:
    """With an empty line between roles, unless that would become part of a text."""
    return containers if re.search(r"\|[0-9]?\+", containers) else re.sub(r"(?<!:)\n(?=  [^ ])", "\n\n", containers)


def _dumped(data: Mapping[str, Any]) -> str:
    written = yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return "".join(map(_escaped, str(written)))


def _escaped(character: str) -> str:
    """What no terminal should get; it stands in double quotes, where YAML has a way to write it."""
    code = ord(character)
    return character if character.isprintable() or character == "\n" else f"\\U{code:08X}"


class _Dumper(yaml.SafeDumper):
    """Short maps and lists on one line, double quotes, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002 - the same
        return super().increase_indent(flow, False)

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        below = [each for pair in node.value for each in pair]
        node.flow_style = _is_short(below) and not _is_catalogue(node)
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = _is_short(node.value)
        return node

    def represent_str(self, data: str) -> Any:
        lines = data.split("\n")
        style = "|" if len(lines) > 2 and all(line == line.rstrip() for line in lines) else None
        # Templates stand in quotes, as everywhere; what no terminal should get can be escaped only there.
        quoted = "{{" in data or not all(map(str.isprintable, lines))
        style = '"' if quoted else style
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_implicit_resolver("tag:scs,2012:number", _NUMBER, list("-+.0123456789"))


def _is_catalogue(node: Any) -> bool:
    """Whether it is a map to which one adds a line: of roles, networks, volumes, or a role itself."""
    below = [{name.value for name, _ in each.value} for _, each in node.value if isinstance(each, yaml.MappingNode)]
    return {key.value for key, _ in node.value} & _ROLE != set() or any("type" in names for names in below)


def _is_short(nodes: list[Any]) -> bool:
    inside = all(isinstance(node, yaml.ScalarNode) or node.flow_style for node in nodes)
    return inside and _length(nodes) <= _WIDTH and not any(getattr(node, "style", None) == "|" for node in nodes)


def _length(nodes: list[Any]) -> int:
    return sum(
        len(node.value) + 4
        if isinstance(node, yaml.ScalarNode)
        else 4 + _length([each for pair in node.value for each in (pair if isinstance(pair, tuple) else (pair,))])
        for node in nodes
    )
