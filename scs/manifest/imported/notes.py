"""What an import comes to: a manifest, and what it could not say; not mistakes, which are problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something of the source that is not in the manifest. `path` is its place in the source."""

    path: str
    what: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.what} ({self.instead})" if self.instead else f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`manifest` is JSON data in the order in which it is to be written."""

    manifest: Mapping[str, Any]
    notes: tuple[Note, ...]


class Notes:
    """Takes down notes while a source is read, each once."""

    def __init__(self) -> None:
        self._found: dict[Note, None] = {}

    def add(self, path: str, what: str, instead: str = "") -> None:
        self._found[Note(path=path, what=what, instead=instead)] = None

    @property
    def all(self) -> tuple[Note, ...]:
        return tuple(self._found)
