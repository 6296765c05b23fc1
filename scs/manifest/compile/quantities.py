"""Durations, sizes and modes where they stand in a manifest; what is none becomes a problem there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scs.manifest.compile import units
from scs.manifest.reader import Part
from scs.manifest.syntax import tree

_T = TypeVar("_T")


def duration(part: Part | None, default: float) -> float:
    """Seconds; the default also for what is not a duration."""
    found = _read(part, units.seconds, "a duration", "write it like 5s, 1m30s, 2h or 500ms")
    return default if found is None else found


def size(part: Part | None) -> int | None:
    """Bytes."""
    return _read(part, units.size, "a size", "write it like 512MiB, 2GB or a number of bytes")


def mode(part: Part | None, default: _T) -> int | _T:
    """Permission bits; the default also for what are none."""
    found = _read(part, units.mode, "a file mode", 'write it in quotes, like "0750"')
    return default if found is None else found


def _read(part: Part | None, read: Callable[[object], _T | None], what: str, hint: str) -> _T | None:
    found = None if part is None else read(part.node.value)
    if part is not None and found is None:
        part.problem(f"{tree.shown(part.text)} is not {what}", hint)
    return found
