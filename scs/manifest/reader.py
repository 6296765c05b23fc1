"""A part of a manifest that knows where it stands and takes down what is wrong with it; not what it means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from scs.manifest.syntax import tree
from scs.model.problem import Place, Problem

_STEP = re.compile(r'\.?(?:"(?:[^"\\]|\\.)*"|[^."\[\]]+)|\[[0-9]+\]')
"""One step of a path as `tree.path_text` writes it."""

T_co = TypeVar("T_co", covariant=True)


class Ledger:
    """The problems of one manifest, and which of its parts are not to be read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._broken: set[str] = set()

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Takes down problems that make the parts at their paths unreadable."""
        for problem in problems:
            self.problems.append(problem)
            self._broken.add(problem.path)
            self._broken.update(problem.path[: step.end()] for step in _STEP.finditer(problem.path))

    def sound(self, path: str) -> bool:
        """Whether nothing is unreadable at the path or below it."""
        return path not in self._broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A node, the path to it and the ledger of its manifest."""

    node: tree.Node
    path: tree.Path = ()
    ledger: Ledger = field(compare=False, repr=False)

    @property
    def place(self) -> Place:
        """Where a person looks for it: a map at its key, anything else at itself."""
        named = self.node.key if isinstance(self.node.value, Mapping) else None
        return self.node.place if named is None else named

    @property
    def where(self) -> str:
        """Path and place in the words that messages about two places use."""
        return f"{tree.path_text(self.path)} ({self.place})"

    @property
    def sound(self) -> bool:
        """Whether the schema has nothing against it or anything below it."""
        return self.ledger.sound(tree.path_text(self.path))

    @property
    def text(self) -> str:
        """A scalar as it was written."""
        value = self.node.value
        if isinstance(value, str):
            return value
        return self.node.text if self.node.text is not None else json.dumps(tree.plain(self.node))

    @property
    def strings(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.items())

    @property
    def number(self) -> int:
        return self.node.value if isinstance(self.node.value, int) else 0

    @property
    def flag(self) -> bool:
        return self.node.value is True

    @property
    def is_map(self) -> bool:
        return isinstance(self.node.value, Mapping)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node.value, tuple)

    @property
    def is_text(self) -> bool:
        return isinstance(self.node.value, str)

    @property
    def plain(self) -> Any:
        return tree.plain(self.node)

    def enter(self, key: str, *below: str) -> Part | None:
        """What stands at the key, and at those below it, sound or not; None when nothing does, or null."""
        child = self.node.value.get(key) if isinstance(self.node.value, Mapping) else None
        if child is None or child.value is None:
            return None
        part = self._child(key, child)
        return part.enter(*below) if below else part

    def nearest(self, *keys: str) -> Part:
        """The part at the keys, one below the other, or as near to it as there is one."""
        part = self.enter(keys[0]) if keys else None
        return self if part is None else part.nearest(*keys[1:])

    def get(self, key: str) -> Part | None:
        """What stands at the key when all of it can be read."""
        child = self.enter(key)
        return child if child is not None and child.sound else None

    def text_of(self, key: str, default: str = "") -> str:
        child = self.get(key)
        return default if child is None else child.text

    def flag_of(self, key: str) -> bool:
        child = self.get(key)
        return child is not None and child.flag

    def strings_of(self, key: str) -> tuple[str, ...]:
        child = self.get(key)
        return () if child is None else child.strings

    def texts_of(self, key: str) -> Mapping[str, str]:
        """A map whose keys are free: scalars as they were written, nulls left out."""
        child = self.get(key)
        if child is None or not isinstance(child.node.value, Mapping):
            return {}
        named = ((key, child._child(key, node)) for key, node in sorted(child.node.value.items()))
        return {key: one.text for key, one in named if one.node.value is not None}

    def entries(self) -> Iterator[tuple[str, Part]]:
        """The entries sorted by key, `x-…` left out; nothing when it is not a map."""
        if isinstance(self.node.value, Mapping):
            for key in sorted(self.node.value):
                if not key.startswith("x-"):
                    yield key, self._child(key, self.node.value[key])

    def below(self, key: str) -> Iterator[tuple[str, Part]]:
        """The entries of the map at the key, sound or not; nothing when there is none."""
        below = self.enter(key)
        yield from () if below is None else below.entries()

    def entries_of(self, key: str) -> Iterator[tuple[str, Part]]:
        """The entries of the map at the key that can be read."""
        return ((name, part) for name, part in self.below(key) if part.sound)

    def items_of(self, key: str) -> Iterator[Part]:
        """The items of the list at the key that can be read."""
        below = self.enter(key)
        for part in () if below is None else below.items():
            if part.sound:
                yield part

    def items(self) -> Iterator[Part]:
        """The items in order; nothing when it is not a list."""
        if isinstance(self.node.value, tuple):
            for index, child in enumerate(self.node.value):
                yield self._child(index, child)

    def named(self, key: str) -> Part:
        """The key of this part as a part of its own, so that a problem can be about it."""
        place = self.node.place if self.node.key is None else self.node.key
        return Part(node=tree.Node(value=key, place=place), path=self.path, ledger=self.ledger)

    def problem(self, message: str, hint: str = "") -> None:
        path = tree.path_text(self.path)
        self.ledger.problems.append(Problem(place=self.place, path=path, message=message, hint=hint))

    def _child(self, step: str | int, node: tree.Node) -> Part:
        return Part(node=node, path=(*self.path, step), ledger=self.ledger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[T_co]):
    """A compiled value and the part that says it."""

    part: Part
    value: T_co
