"""A mistake in a manifest and the place where it stands; not an error of the world, which is met while running."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A position in a text. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where, what, what to do about it. `path` is dotted (`containers.web.image`), empty for a file."""

    place: Place
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}: " if self.path else f"{self.place}: "
        said = f"{where}{self.message} ({self.hint})" if self.hint else f"{where}{self.message}"
        # What a manifest names may hold a line end, and behind it what looks like another problem.
        return said.replace("\n", "\\n")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems without repetition, by place, then by text."""
    return tuple(sorted(set(problems), key=lambda problem: (problem.place, str(problem))))


class Invalid(Exception):
    """A manifest that cannot be used. `problems` holds all of its mistakes, never none."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InvalidSpec(Exception):
    """Options that the schema allows and the type does not. `option` names the key at fault, empty for the whole."""

    def __init__(self, message: str, *, option: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.option = option
        self.hint = hint
