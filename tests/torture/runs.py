"""Runs of scs on a host of the test bed, begun within milliseconds, several at once; what they said is kept."""

from __future__ import annotations

import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.testbed.host import Host

ROOT = Path(__file__).parents[2]
SECONDS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`code` is negative for the signal that killed it."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"scs {' '.join(self.argv)}: exit {self.code}\n{self.out}{self.err}"


@dataclass(slots=True)
class Running:
    argv: tuple[str, ...]
    out: Path
    err: Path
    pid: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    ended: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float = SECONDS) -> Ended:
        """Its end; one that outlives its time is killed."""
        try:
            code = self.ended.get(timeout=timeout)
        except queue.Empty:
            self.kill()
            code = self.ended.get(timeout=30)
        out, err = (path.read_text(errors="backslashreplace") for path in (self.out, self.err))
        for path in (self.out, self.err):
            path.unlink()
        return Ended(argv=self.argv, code=code, out=out, err=err)


class Launcher:
    """A context manager: the process that all runs are forks of lives inside it."""

    def __init__(self, host: Host, env: Mapping[str, str], folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._starting: dict[int, Running] = {}
        self._alive: dict[int, Running] = {}
        self._process = host.popen(
            [sys.executable, "-m", "tests.torture.launch"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read, name="launcher", daemon=True)
        self._reader.start()

    def begin(self, *argv: str, cwd: Path) -> Running:
        """Start scs; returns when its process is there."""
        number = next(self._numbers)
        running = Running(argv=argv, out=self._folder / f"{number}.out", err=self._folder / f"{number}.err")
        self._starting[number] = running
        order = {"run": number, "argv": argv, "cwd": str(cwd), "out": str(running.out), "err": str(running.err)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        if not running.begun.wait(30):
            raise TimeoutError("the launcher does not start scs")
        return running

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "run" in said:
                running = self._starting.pop(said["run"])
                running.pid = said["pid"]
                self._alive[running.pid] = running
                running.begun.set()
            else:
                self._alive.pop(said["pid"]).ended.put(said["code"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
