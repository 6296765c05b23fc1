"""Hands the terminal to the engine's own command line, which knows raw terminals, resizing and signals."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence

from scs.contract import errors


def docker(engine: str, arguments: Sequence[str]) -> int:
    """Runs `docker` with the caller's own standard streams; its exit code."""
    program = shutil.which("docker")
    if program is None:
        raise errors.Failure("the 'docker' command is not installed, and consoles need it: apt-get install docker.io")
    # Ctrl-C is for whom the console belongs to; a handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        return subprocess.run([program, "--host", engine, *arguments], check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def words(command: Sequence[str] | None) -> tuple[str, ...]:
    """The command without the `--` that may stand before it."""
    given = tuple(command or ())
    return given[1:] if given[:1] == ("--",) else given


def terminal_flags() -> tuple[str, ...]:
    """`-i` always, `-t` where both ends are a terminal."""
    return ("-i", "-t") if sys.stdin.isatty() and sys.stdout.isatty() else ("-i",)
