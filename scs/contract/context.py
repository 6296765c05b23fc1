"""What an effect may use of the world: deadline, clock, progress, the engine, and the only way to a subprocess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from scs.contract.clock import Clock
from scs.contract.engine import Engine
from scs.model.observed import Listing
from scs.model.storage import Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A finished subprocess. Output is decoded as UTF-8, undecodable bytes escaped."""

    code: int
    stdout: str
    stderr: str


class Commands(Protocol):
    """The only way to a subprocess."""

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        """Runs an argument list in a process group of its own under the C locale, killed at `timeout` seconds.

        Raises Failure when the program is not there (saying the package to install, if known), Retry on time-out.
        """
        ...


class Progress(Protocol):
    """Where an effect says what it is doing, one short line at a time."""

    def say(self, line: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`deadline` is a reading of `clock.monotonic()`; `listing` is what this pass listed of the engine, not newer;

    `parents` holds the bindings of volumes in which the present one lies, by name.
    """

    clock: Clock
    deadline: float
    engine: Engine
    commands: Commands
    progress: Progress
    listing: Listing
    parents: Mapping[str, Binding]
