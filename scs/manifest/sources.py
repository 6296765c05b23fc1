"""What the compiler reads besides its arguments: manifests and the sources of images; not how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scs.manifest.syntax import text, tree
from scs.model.image import Source
from scs.model.problem import Place, Problem

Parsed = tuple[tree.Node | None, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something is there and cannot be used. `why` follows a file's name: `is larger than 1 MiB`."""

    why: str
    hint: str = ""


class Sources(Protocol):
    """Relative paths count from the working directory. Nothing is raised: what cannot be read is a value."""

    def absolute(self, path: str) -> str:
        """The path from the root on, without `.` and `..`; symbolic links stay as they are."""
        ...

    def read(self, path: str) -> bytes | Trouble | None:
        """The content of a file that only its owner may write; None when it is not there."""
        ...

    def tree(self, path: str, *, ignore: bool = False) -> tuple[Source, ...] | Trouble | None:
        """Every file and link below the folder, sorted by path relative to it; None when it is not there.

        A file or link itself is one entry whose path is empty. Links are recorded, never followed, but
        for the folder itself with `ignore` or a path that ends in `/`. `ignore` leaves out what the folder's
        `.dockerignore` names.
        """
        ...


def parsed(file: str, sources: Sources) -> Parsed | None:
    """The tree of a file, and what is wrong with the text or the file itself; None when it is not there."""
    content = sources.read(file)
    if isinstance(content, Trouble):
        return None, (refused(file, content),)
    return None if content is None else text.parse(content, file)


def refused(file: str, trouble: Trouble) -> Problem:
    place = Place(file=file, line=1, column=1)
    return Problem(place=place, path="", message=f"the file {trouble.why}", hint=trouble.hint)
