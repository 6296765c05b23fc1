"""Finds the Jinja2 templates in a tree and puts back what they come to; a `Renderer` does the rendering.

Templates stand in string values, not in keys, nor in text that is still to be parsed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from scs.manifest.syntax import text, tree
from scs.manifest.syntax.tree import JSON
from scs.model.problem import Problem

VALUE_BYTES = 64 * 1024
TEXT_BYTES = 1024 * 1024
TEXTS_LENGTH = 16 * 1024 * 1024
"""How many characters of whole texts are rendered at a time, as all of them are in memory then."""

_MAX_LISTED = 80
_USE = r"\b{name}\b(?:\.(?!(?:get|items|keys|values)\b)(\w+)|\[(['\"])(.*?)\2\])?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`limit` is how many bytes it may come to. A typed one that is a single expression keeps its type.

    `names` are its own, over those of its batch.
    """

    source: str
    limit: int
    typed: bool
    names: Mapping[str, JSON] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a template comes to."""

    value: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why a template comes to nothing, and on which of its lines; `word` was looked for among `known`."""

    message: str
    line: int = 1
    word: str = ""
    known: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        listed = ", ".join(self.known)
        is_short = 0 < len(listed) <= _MAX_LISTED and listed.isprintable()
        return tree.near(self.word, self.known) or (f"known: {listed}" if is_short else "")


class Renderer(Protocol):
    """Renders Jinja2 within bounds of time, memory and output."""

    def render(self, batch: Sequence[Template], names: Mapping[str, JSON]) -> Sequence[Rendered | Failed]:
        """An outcome for each template, in order; the last may be a Failed that stands for all after it.

        Inside text, a value that is no text is written as JSON (`true`, not `True`). A name that is not
        defined is a failure.
        """
        ...


class TemplateError(Exception):
    """A template that cannot be rendered: what is wrong, on which of its lines, and what to do about it."""

    def __init__(self, message: str, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


def render(
    node: tree.Node, names: Mapping[str, JSON], renderer: Renderer, keys: Collection[str] | None = None
) -> tuple[tree.Node, tuple[Problem, ...]]:
    """The tree with each string value that holds `{{` or `{%` rendered, all that it comes to at its place.

    With `keys`, only what stands below these keys of a map. What cannot be rendered stays as it is and is a problem.
    """
    found = tuple(one for one in _templates(node, ()) if keys is None or (one[0] and one[0][0] in keys))
    if not found:
        return node, ()
    batch = [Template(source=source, limit=VALUE_BYTES, typed=True) for _, _, source in found]
    values: dict[tree.Path, JSON] = {}
    problems: list[Problem] = []
    room = text.MAX_NODES
    for (path, each, _), outcome in zip(found, renderer.render(batch, names), strict=False):
        result = _checked(outcome, room)
        if isinstance(result, Rendered):
            values[path] = result.value
            room -= tree.size(result.value)
        else:
            said = result.message + (f", on line {result.line} of the value" if result.line > 1 else "")
            where = tree.path_text(path)
            problems.append(Problem(place=each.place, path=where, message=said, hint=result.hint))
    return _put_back(node, (), values), tuple(problems)


def render_text(source: str, names: Mapping[str, JSON], renderer: Renderer) -> str:
    """A whole template rendered by the same rules, its lines ending in LF; raises TemplateError."""
    (outcome,) = render_texts(((source, {}),), names, renderer)
    if isinstance(outcome, TemplateError):
        raise outcome
    return outcome


def render_texts(
    texts: Sequence[tuple[str, Mapping[str, JSON]]], names: Mapping[str, JSON], renderer: Renderer
) -> tuple[str | TemplateError, ...]:
    """Whole templates, each with names of its own over `names`, in as few batches as their renderer takes."""
    batch = [Template(source=source, limit=TEXT_BYTES, typed=False, names=own) for source, own in texts]
    outcomes: list[Rendered | Failed] = []
    while len(outcomes) < len(batch):
        left = _fitting(batch[len(outcomes) :])
        found = renderer.render(left, names)
        # What ends a batch early may be what its templates come to together: this one has yet to be tried alone.
        outcomes += found[:-1] if 1 < len(found) < len(left) else found
    return tuple(_text(_checked(one, 1)) for one in outcomes)


def _fitting(batch: Sequence[Template]) -> Sequence[Template]:
    lengths = itertools.accumulate(len(each.source) for each in batch)
    return batch[: max(1, sum(length <= TEXTS_LENGTH for length in lengths))]


def _text(outcome: Rendered | Failed) -> str | TemplateError:
    if isinstance(outcome, Failed):
        return TemplateError(outcome.message, outcome.line, outcome.hint)
    return str(outcome.value)


def uses(source: str, name: str) -> frozenset[str]:
    """What of a name a template speaks of; `""` where that is not one key of it alone."""
    return frozenset(found[1] or found[3] or "" for found in re.finditer(_USE.format(name=name), source))


def _templates(node: tree.Node, path: tree.Path) -> Iterator[tuple[tree.Path, tree.Node, str]]:
    if isinstance(node.value, Mapping):
        for key, each in node.value.items():
            yield from _templates(each, (*path, key))
    elif isinstance(node.value, tuple):
        for index, each in enumerate(node.value):
            yield from _templates(each, (*path, index))
    elif isinstance(node.value, str) and ("{{" in node.value or "{%" in node.value):
        yield path, node, node.value


def _put_back(node: tree.Node, path: tree.Path, values: Mapping[tree.Path, JSON]) -> tree.Node:
    if path in values:
        return tree.of(values[path], node.place, node.key)
    if isinstance(node.value, Mapping):
        entries = {key: _put_back(each, (*path, key), values) for key, each in node.value.items()}
        return replace(node, value=entries)
    if isinstance(node.value, tuple):
        items = enumerate(node.value)
        return replace(node, value=tuple(_put_back(each, (*path, index), values) for index, each in items))
    return node


def _checked(outcome: Rendered | Failed, room: int) -> Rendered | Failed:
    """The outcome, but a failure where its value is none that a tree may hold."""
    if isinstance(outcome, Failed):
        return outcome
    if tree.size(outcome.value) > room:
        return Failed(message=f"the templates come to more than {text.MAX_NODES:,} values together")
    for each in tree.scalars(outcome.value):
        if isinstance(each, str) and (found := text.NOT_TEXT.search(each)):
            return Failed(message=f"the result holds U+{ord(found[0]):04X}, which is not text")
        if isinstance(each, int) and each.bit_length() > text.MAX_BITS:
            return Failed(message="the number is too large")
    return outcome
