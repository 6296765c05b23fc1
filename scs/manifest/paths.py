"""Paths as manifests write them and messages show them: relative to a file, never made absolute."""

from __future__ import annotations

import posixpath


def folder(file: str) -> str:
    """The folder of a file as it was given, `.` for one that is just a name."""
    return posixpath.dirname(file) or "."


def within(path: str, folder: str) -> bool:
    """Whether the path is the folder or lies below it, both written alike."""
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def joined(start: str, path: str) -> str:
    """The path seen from a folder, as short as it can be written."""
    return posixpath.normpath(posixpath.join(start, path))
