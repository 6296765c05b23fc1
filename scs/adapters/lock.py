"""One apply at a time per engine: a lock that the kernel frees when its holder dies, and that names him."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scs.contract import errors
from scs.contract.clock import Clock

POLL_SECONDS = 0.2


@contextmanager
def exclusive(path: Path, *, wait: float, clock: Clock) -> Iterator[None]:
    """Holds the lock at `path` for the block, waiting up to `wait` seconds for it. Raises Refusal naming the holder."""
    handle = _open(path)
    try:
        _acquire(handle, path, clock.monotonic() + wait, clock)
        holder = {"pid": os.getpid(), "command": " ".join(["scs", *sys.argv[1:]]), "since": time.strftime("%H:%M:%S")}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(holder).encode(), 0)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise errors.Failure(
            f"the lock {path} cannot be opened ({error.strerror}): "
            f"run scs as root, or set SCS_RUN_DIR to a folder that you may write"
        ) from error


def _acquire(handle: int, path: Path, deadline: float, clock: Clock) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.monotonic() >= deadline:
                raise errors.Refusal(
                    f"another run changes this engine: {_holder(path)}; wait for it to end, "
                    f"or let scs wait with --lock-wait SECONDS"
                ) from None
            clock.sleep(POLL_SECONDS)
        else:
            return


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"'{holder['command']}' (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "its holder has not said who it is yet"
