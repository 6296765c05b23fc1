"""Patterns in linear time: what RE2 runs, or what is plain enough to be compared. Python's `re` never runs one."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scs.disco import problems

_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_MEMORY = 1 << 18  # with less, a program of this size is run without its cache of states, a hundred times slower
_PROGRAM = 256  # instructions: `\pL` alone has a thousand, `.{30}` as many as this
_TRIED = 1 << 16  # what a program of that size surely needs no more than: a larger one is found out in a millisecond
_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Plain:
    """One alternative: a literal, which has to stand at the start, at the end, at both, or anywhere."""

    text: str
    start: bool
    end: bool

    def found(self, value: str) -> bool:
        if self.start and self.end:
            return value == self.text
        if self.start:
            return value.startswith(self.text)
        return value.endswith(self.text) if self.end else self.text in value


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that searches anywhere in a value. Equal texts are equal patterns; `size` is 0 for plain ones."""

    text: str
    size: int = field(compare=False)
    search: Callable[[str], bool] = field(compare=False, repr=False)


def compiled(text: str, *, most: int = 256) -> Pattern:
    """Refuses what is too long, wrong, or cannot be run in linear time here."""
    if len(text) > most:
        raise problems.limit(f"The pattern has {len(text)} characters; at most {most} are allowed.")
    plain = _plain(text)
    if plain is not None:
        return Pattern(text, 0, lambda value: any(one.found(value) for one in plain))
    if _engine() is None:
        raise problems.syntax(
            f'The pattern "{text}" needs google-re2, which this server does not have. '
            "Plain texts, their alternatives (a|b) and the anchors ^ and $ work without it."
        )
    return _run(text)


@functools.lru_cache(_KEPT)
def _run(text: str) -> Pattern:
    engine = _engine()
    try:
        if engine.compile(text, _options(engine, _TRIED)).programsize > _PROGRAM:
            raise problems.limit(f'The pattern "{text}" is too large: it needs fewer or shorter repetitions.')
        searching = engine.compile(text, _options(engine, _MEMORY))
    except engine.error as error:
        raise problems.syntax(f'The pattern "{text}" cannot be used: {_words(error)}.') from None
    return Pattern(text, searching.programsize, lambda value: searching.search(value) is not None)


def _plain(text: str) -> tuple[Plain, ...] | None:
    """The alternatives of a pattern that is made of literals; None if it is more than that."""
    alternatives: list[Plain] = []
    literal, start, end, escaped = "", False, False, False
    for at, one in enumerate(text):
        if end and one != "|":
            return None
        if escaped:
            if one.isalnum() or one not in _SPECIAL | frozenset("/-"):
                return None
            literal, escaped = literal + one, False
        elif one == "\\":
            escaped = True
        elif one == "^" and not literal and not start:
            start = True
        elif one == "$" and at:
            end = True
        elif one == "|":
            alternatives.append(Plain(literal, start, end))
            literal, start, end = "", False, False
        elif one in _SPECIAL:
            return None
        else:
            literal += one
    return None if escaped else (*alternatives, Plain(literal, start, end))


def _engine() -> Any:
    # RE2 is an extra: a server without it works, and refuses such patterns. It has no types.
    try:
        return importlib.import_module("re2")
    except ImportError:
        return None


def _options(engine: Any, memory: int) -> Any:
    options = engine.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else "it is not valid"
    return (said.decode(errors="replace") if isinstance(said, bytes) else str(said)).rstrip(".")
