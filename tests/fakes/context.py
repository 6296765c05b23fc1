"""What an effect may use of the world, for tests: a clock by hand, real subprocesses, kept progress."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from scs.contract import errors
from scs.contract.context import Commands, Completed, Context
from scs.contract.engine import Engine
from scs.model.storage import Binding
from tests.fakes.engine import FakeEngine


class Clock:
    """Stands still until somebody sleeps."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def undisturbed(self) -> Clock:
        return self


class Children:
    """Real subprocesses, and the argument lists of all of them."""

    def __init__(self) -> None:
        self.run_so_far: list[tuple[str, ...]] = []

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        self.run_so_far.append(tuple(argv))
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        try:
            done = subprocess.run(argv, input=stdin, capture_output=True, timeout=timeout, env=env, check=False)
        except subprocess.TimeoutExpired:
            raise errors.Retry(f"{argv[0]} took longer than {timeout:g} s") from None
        out, err = (text.decode(errors="backslashreplace") for text in (done.stdout, done.stderr))
        return Completed(code=done.returncode, stdout=out, stderr=err)


class Hanging:
    """Every subprocess outlives its time."""

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        raise errors.Retry(f"{argv[0]} took longer than {timeout:g} s")


class Progress:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def context(
    engine: Engine | None = None,
    *,
    commands: Commands | None = None,
    parents: Mapping[str, Binding] | None = None,
    seconds: float = 10.0,
) -> Context:
    """A context with so many seconds, and a listing as new as can be."""
    clock, used = Clock(), FakeEngine() if engine is None else engine
    return Context(
        clock=clock,
        deadline=clock.monotonic() + seconds,
        engine=used,
        commands=Children() if commands is None else commands,
        progress=Progress(),
        listing=used.list(),
        parents=parents or {},
    )
