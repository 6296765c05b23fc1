"""What is left on the filesystems that a change writes to; how much is enough is decided in `plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Use = Literal["engine", "build", "own"]
"""Whose folder: the engine's own; the one in which images are prepared; the one where scs keeps its notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What all but root may still take: bytes, and files (inodes), None where the filesystem does not count them."""

    bytes: int
    files: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is left for one use, in its folder."""

    use: Use
    folder: str
    left: Left
