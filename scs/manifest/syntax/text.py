"""Text of a manifest to a tree, by the core rules of YAML 1.2; not its meaning, which the schemas give.

PyYAML only splits the text into events. What a value is, what is refused, and how deep, many and large
things may be is decided here: its own rules are YAML 1.1's (`22:22` is 1342, `NO` is false) and know no
limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml

from scs.manifest.syntax import encoding, tree, yaml_error
from scs.model.problem import Place, Problem

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_BITS = 64

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_WORDS: dict[str, tree.Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def parse(data: bytes, file: str) -> tuple[tree.Node | None, tuple[Problem, ...]]:
    """The tree of one document, with every mistake found; no tree where reading had to stop. Never raises.

    `file` is the name that places carry. An empty document is a node whose value is None.
    """
    source = encoding.read(data, file)
    if isinstance(source, Problem):
        return None, (source,)
    builder = _Builder(source, file)
    try:
        node: tree.Node | None = builder.document()
    except _StopError as stop:
        node = None
        builder.problems.append(stop.problem)
    return node, tuple(builder.problems)


class _StopError(Exception):
    """A mistake after which the rest of the text cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """A node, the number of nodes in it, itself included, and how many levels of maps and lists it has."""

    node: tree.Node
    size: int = 1
    height: int = 0


class _Builder:
    """Builds the tree of a text from PyYAML's events, keeping the mistakes that need not stop it."""

    def __init__(self, source: str, file: str) -> None:
        self.source = source
        self.file = file
        self.problems: list[Problem] = []
        self.events: Iterator[Any] = yaml.parse(source, Loader=_LOADER)
        self.path: list[str | int] = []
        self.nodes = 0
        # None while the anchored value is still being read.
        self.anchors: dict[str, _Built | None] = {}

    def document(self) -> tree.Node:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return tree.Node(value=None, place=Place(file=self.file, line=1, column=1), text="")
        node = self._value(self._next(), None, 0).node
        self._next()
        after = self._next()
        if isinstance(after, yaml.DocumentStartEvent):
            raise self._stop(after, "a second document begins here", "put it in a file of its own")
        return node

    def _next(self) -> Any:
        try:
            return next(self.events)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise _StopError(yaml_error.problem(error, self.source, self.file)) from error

    def _place(self, event: Any) -> Place:
        return Place(file=self.file, line=event.start_mark.line + 1, column=event.start_mark.column + 1)

    def _problem(self, event: Any, message: str, hint: str = "") -> Problem:
        return Problem(place=self._place(event), path=tree.path_text(self.path), message=message, hint=hint)

    def _stop(self, event: Any, message: str, hint: str = "") -> _StopError:
        return _StopError(self._problem(event, message, hint))

    def _note(self, event: Any, message: str, hint: str = "") -> None:
        self.problems.append(self._problem(event, message, hint))

    def _value(self, event: Any, key: Place | None, depth: int) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, depth)
        self._count(event, 1, depth)
        anchor: str | None = event.anchor
        if anchor is not None:
            self.anchors[anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            built = _Built(node=self._scalar(event, key))
        else:
            built = self._collection(event, key, depth)
        if anchor is not None:
            self.anchors[anchor] = built
        return built

    def _count(self, event: Any, size: int, depth: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise self._stop(event, f"there are more than {MAX_NODES:,} values, each alias counted in full")
        if depth > MAX_DEPTH:
            raise self._stop(event, f"maps and lists are nested deeper than {MAX_DEPTH} levels")

    def _alias(self, event: Any, key: Place | None, depth: int) -> _Built:
        name = str(event.anchor)
        if name not in self.anchors:
            hint = tree.near(name, self.anchors)
            raise self._stop(event, f"no value before this one has the anchor {tree.shown(name)}", hint)
        built = self.anchors[name]
        if built is None:
            raise self._stop(event, f"the alias {tree.shown(name)} stands inside the value that it names")
        self._count(event, built.size, depth + built.height)
        return replace(built, node=replace(built.node, place=self._place(event), key=key))

    def _collection(self, event: Any, key: Place | None, depth: int) -> _Built:
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag != _CORE + ("map" if is_map else "seq"):
            self._bad_tag(event, "a map" if is_map else "a list")
        self._count(event, 0, depth + 1)
        below, value = self._map(depth + 1) if is_map else self._list(depth + 1)
        return _Built(
            node=tree.Node(value=value, place=self._place(event), key=key),
            size=1 + sum(each.size for each in below),
            height=1 + max((each.height for each in below), default=0),
        )

    def _list(self, depth: int) -> tuple[list[_Built], tuple[tree.Node, ...]]:
        below: list[_Built] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self.path.append(len(below))
            below.append(self._value(event, None, depth))
            self.path.pop()
        return below, tuple(each.node for each in below)

    def _map(self, depth: int) -> tuple[list[_Built], dict[str, tree.Node]]:
        below: list[_Built] = []
        value: dict[str, tree.Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            name = self._key(event, depth)
            place = self._place(event)
            if name is None:
                self._value(self._next(), place, depth)
                continue
            self.path.append(name)
            if name in value:
                first = value[name].key or place
                self._note(event, f"the key {tree.shown(name)} is repeated; it is first on line {first.line}")
            built = self._value(self._next(), place, depth)
            self.path.pop()
            below.append(built)
            value.setdefault(name, built.node)
        return below, value

    def _key(self, event: Any, depth: int) -> str | None:
        """The key as text, also where it should have been quoted; None where no text can stand for it."""
        if not isinstance(event, yaml.ScalarEvent):
            self._complex_key(event, depth)
            return None
        is_plain = event.style in {None, ""}
        if is_plain and event.tag is None and event.value == "<<":
            hint = "use an overlay file, or an alias of an x- key"
            self._note(event, "the merge key '<<' is not part of YAML 1.2", hint)
            return None
        already = len(self.problems)
        node = self._scalar(event, None)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Built(node=node)
        if isinstance(node.value, str) or len(self.problems) > already:
            return str(event.value)
        if event.value == "":
            self._note(event, "a key is missing before this ':'")
            return None
        said = f"the key {event.value} is read as {tree.kind(node.value)}, and a key must be text"
        self._note(event, said, f'put it in quotes: "{event.value}"')
        return str(event.value)

    def _complex_key(self, event: Any, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._note(event, "a key cannot be an alias", "write the key out")
            return
        index = event.start_mark.index
        if self.source[index - 1 : index + 1] == "{{":
            hint = 'put a template in quotes: "{{ … }}"'
        else:
            hint = "quote it if it is text"
        what = "a map" if isinstance(event, yaml.MappingStartEvent) else "a list"
        self._note(event, f"a key must be text, and this is {what}", hint)
        already = len(self.problems)
        self._value(event, None, depth)
        del self.problems[already:]

    def _scalar(self, event: Any, key: Place | None) -> tree.Node:
        is_plain = event.style in {None, ""}
        text = str(event.value)
        value: tree.Scalar = text
        if event.tag is not None:
            value = self._tagged(event, text)
        elif is_plain:
            value = self._resolved(event, text)
        elif found := NOT_TEXT.search(text):
            self._note(event, f"the escape of U+{ord(found[0]):04X} is not allowed: it is not text")
            value = NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)
        return tree.Node(value=value, place=self._place(event), key=key, text=text if is_plain else None)

    def _tagged(self, event: Any, text: str) -> tree.Scalar:
        name = event.tag.removeprefix(_CORE) if event.tag.startswith(_CORE) else ""
        if name not in yaml_error.TAGS[:5]:
            self._bad_tag(event, "a single value")
            return text
        if name == "str":
            return text
        value = self._resolved(event, text)
        if name == "float" and type(value) is int:
            value = float(value)
        if {int: "int", float: "float", bool: "bool", type(None): "null"}.get(type(value)) != name:
            self._note(event, f"{tree.shown(text)} is not what the tag !!{name} says")
        return value

    def _bad_tag(self, event: Any, what: str) -> None:
        name = event.tag.removeprefix(_CORE) if event.tag.startswith(_CORE) else ""
        if name in yaml_error.TAGS:
            self._note(event, f"the tag !!{name} does not fit {what}")
        else:
            said = tree.shown(f"!!{name}" if name else event.tag)
            self._note(event, f"the tag {said} is not known", yaml_error.KNOWN_TAGS)

    def _resolved(self, event: Any, text: str) -> tree.Scalar:
        """The plain scalar's value by the core schema, https://yaml.org/spec/1.2.2/#1032-tag-resolution."""
        if text in _WORDS:
            return _WORDS[text]
        number = _number(text)
        if isinstance(number, int) and number.bit_length() <= MAX_BITS:
            return number
        if isinstance(number, float) and math.isfinite(number):
            return number
        if number is not None:
            why = "is no number in JSON" if _NOT_FINITE.fullmatch(text) else "is too large for a number"
            self._note(event, f"{tree.shown(text)} {why}", "quote it if it is text")
        return text


def _number(text: str) -> int | float | None:
    # Python refuses to turn thousands of digits into an int.
    if _INT.fullmatch(text):
        return int(text) if len(text) <= MAX_BITS else math.inf
    if _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return math.inf if _NOT_FINITE.fullmatch(text) else None
