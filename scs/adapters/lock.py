"""One apply at a time per engine: a lock that the kernel frees when its holder dies, and that names him."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scs.adapters import flock, replacing
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
        flock.sign(handle)
        yield


@contextmanager
def held(path: Path, *, advice: str, busy: Callable[[], None]) -> Iterator[int]:
    """Holds the lock at `path` for the block; its handle. While another has it, `busy` waits a little or raises.

    Raises Failure with the advice when there can be no such file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while (handle := flock.taken(str(path))) is None:
            busy()
    except OSError as error:
        raise errors.Failure(
            f"the lock {path} cannot be opened ({error.strerror}): {replacing.advice(error, advice)}"
        ) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"'{holder['command']}' (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "its holder has not said who it is yet"
