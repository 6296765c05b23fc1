"""Runs a command as a person would, and measures the whole process; knows neither scs nor Compose."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`began` in seconds since the epoch, `seconds` of wall clock, `peak` in bytes, of the process itself."""

    began: float
    seconds: float
    peak: int


class CommandFailedError(Exception):
    """A command that is measured has to succeed."""


def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Run:
    """Raises CommandFailedError with what it said."""
    with (cwd / "output").open("w+b") as output:
        began, clock = time.time(), time.perf_counter()
        process = subprocess.Popen(
            argv, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise CommandFailedError(f"{' '.join(argv)}: exit {process.returncode}\n{output.read().decode()[-4000:]}")
    return Run(began=began, seconds=seconds, peak=used.ru_maxrss * 1024)
