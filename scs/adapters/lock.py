"""One apply at a time per engine: a lock that the kernel frees when its holder dies, and that names him."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from scs.adapters import replacing
from scs.contract import errors
from scs.contract.clock import Clock

POLL_SECONDS = 0.2


@contextmanager
def exclusive(path: Path, *, wait: float, clock: Clock) -> Iterator[None]:
    """Holds the lock of an engine for the block, waiting up to `wait` seconds. Raises Refusal naming the holder."""
    deadline = clock.monotonic() + wait

    def busy() -> None:
        if clock.monotonic() >= deadline:
            raise errors.Refusal(
                f"another run changes this engine: {_holder(path)}; wait for it to end, "
                f"or let scs wait with --lock-wait SECONDS"
            )
        clock.sleep(POLL_SECONDS)

    advice = "run scs as root, or set SCS_RUN_DIR to a folder that you may write"
    with held(path, advice=advice, busy=busy) as handle:
        holder = {"pid": os.getpid(), "command": " ".join(["scs", *sys.argv[1:]]), "since": time.strftime("%H:%M:%S")}
        os.ftruncate(handle, 0)
        with suppress(OSError):  # on a full disk it locks all the same, and only does not say for whom
            os.pwrite(handle, json.dumps(holder).encode(), 0)
        yield


@contextmanager
def held(path: Path, *, advice: str, busy: Callable[[], None]) -> Iterator[int]:
    """Holds the lock at `path` for the block; its handle. While another has it, `busy` waits a little or raises.

    Raises Failure with the advice when there can be no such file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while (handle := _taken(path)) is None:
            busy()
    except OSError as error:
        raise errors.Failure(
            f"the lock {path} cannot be opened ({error.strerror}): {replacing.advice(error, advice)}"
        ) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _taken(path: Path) -> int | None:
    """A handle that holds the lock, None while another has it. A file that is no longer at the path locks nothing."""
    while True:
        with ExitStack() as undo:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            undo.callback(os.close, handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.lstat()):
                    undo.pop_all()
                    return handle


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"'{holder['command']}' (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "its holder has not said who it is yet"
