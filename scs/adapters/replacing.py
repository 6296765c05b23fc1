"""Puts a file at a path whole or not at all; why that failed, and what to do, is for whoever asked to say."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

NEW = ".new-"
"""How the names of files begin that are still being written; a crash may leave one."""


def replace(
    path: Path, content: bytes, *, mode: int = 0o600, owner: tuple[int, int] | None = None, durable: bool = False
) -> None:
    """A reader sees the old content or the new, never a part, and never before its mode and owner guard it.

    `durable` has it on the disk before it gets its name, and its name after: a power cut leaves the old file or the
    new. On a full disk nothing is left behind.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=NEW)  # for its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if owner is not None:
                os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            if durable:
                os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    if durable:
        _sync(path.parent)


def advice(error: OSError, otherwise: str) -> str:
    """What to do about a file that cannot be written: no rights help where there is no room."""
    return "make room there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else otherwise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
