"""Single values of a Compose file, whose variables are marks, as a manifest takes them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs.manifest.imported import literal, quantities
from scs.manifest.imported.compose.variables import Variables
from scs.manifest.imported.notes import Notes


class Ready(str):
    """Text of the manifest that is a template already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """`prefix` leads from the manifest's folder to that of the Compose file."""

    variables: Variables
    notes: Notes
    prefix: str

    def here(self, value: Any, at: str) -> Any:
        """The value, its variables resolved here and now: what takes no template, or has to be rewritten."""
        if not isinstance(value, str) or not self.variables.has_any(value):
            return value
        found = self.variables.resolved(value)
        self.notes.add(at, f"its variables are resolved as they are here, to {found!r}", "write it as you need it")
        return found

    def count(self, value: Any, at: str) -> int | str | None:
        """A whole number, or a template that comes to one."""
        if isinstance(value, str) and self.variables.has_any(value):
            number = self.variables.number(value)
            if number != self.variables.template(value):
                return Ready(number)
        found = quantities.count(self.here(value, at))
        if found is None and value is not None:
            self.notes.add(at, f"{value!r} is no whole number")
        return found

    def whole(self, value: Any, at: str) -> int | None:
        """A whole number as it is here and now."""
        found = self.count(self.here(value, at), at)
        return found if isinstance(found, int) else None

    def size(self, value: Any, at: str) -> str | int | None:
        found = quantities.bytes_of(self.here(value, at))
        if found is None and value is not None:
            self.notes.add(at, f"{value!r} is no size")
        return quantities.size(found) if found else None

    def seconds(self, value: Any, at: str) -> float | None:
        found = quantities.seconds_of(self.here(value, at))
        if found is None and value is not None:
            self.notes.add(at, f"{value!r} is no duration")
        return found

    def flag(self, value: Any, at: str) -> bool:
        found = self.here(value, at)
        return found is True or (isinstance(found, str) and found.lower() == "true")

    def path(self, source: str) -> str:
        """A path of the host: from the manifest's folder on, or absolute."""
        if source == "~" or source.startswith("~/"):
            return f"{self.variables.of_name('HOME')}{source[1:]}"
        if source.startswith("/") or self.variables.resolved(source).startswith("/"):
            return source if self.variables.has_any(source) else posixpath.normpath(source)
        joined = posixpath.normpath(posixpath.join(self.prefix, source))
        return joined if joined.startswith("..") or joined == "." else f"./{joined}"

    def pairs(self, value: Any) -> dict[str, Any]:
        """A map, or a list of `key=value`; None where there is a key alone."""
        if isinstance(value, Mapping):
            return {name: _plain(each) for name, each in value.items()}
        found: dict[str, Any] = {}
        for each in value or ():
            name, separator, rest = each.partition("=")
            found[name] = literal.scalar(rest) if separator else None
        return {name: each for name, each in found.items() if name}

    def texts(self, value: Any) -> dict[str, Any]:
        """The same without the possibility of no value."""
        return {name: "" if each is None else each for name, each in self.pairs(value).items()}


def listed(value: Any) -> list[str]:
    """A list of texts, where one alone may stand for itself."""
    return [str(value)] if isinstance(value, (str, int, float)) else [str(each) for each in value or ()]


def _plain(value: Any) -> Any:
    """Numbers as Compose passes them on."""
    if isinstance(value, float) and value == int(value) and abs(value) < 2**53:
        return int(value)
    return literal.scalar(value) if isinstance(value, str) else value
