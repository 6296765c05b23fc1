"""Runs commands of the machine for the test bed, and says what they said when they fail; enters no host."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class BedError(RuntimeError):
    """The test bed could not do its part; the message says what and why."""


def check(argv: Sequence[str], *, stdin: str = "", timeout: float = 60, env: Mapping[str, str] | None = None) -> str:
    """What the command printed. Raises BedError, with all of its output, when it fails."""
    done = subprocess.run(argv, input=stdin, text=True, capture_output=True, timeout=timeout, env=env, check=False)
    if done.returncode:
        raise BedError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(holds: Callable[[], bool], *, timeout: float) -> bool:
    """Whether it held before the time was over; looks again every few hundredths of a second."""
    deadline = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def tail(log: Path, lines: int = 30) -> str:
    """The end of a log file, or a word that there is none."""
    if not log.exists():
        return f"({log} was never written)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
