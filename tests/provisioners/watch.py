"""What a function does to the world, by the interpreter's audit events (PEP 578); crashes made to order."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from scs.contract.context import Commands, Context
from scs.contract.engine import Engine

LOOKS = ("open", "os.listdir", "os.scandir", "os.listxattr", "os.getxattr", "glob.glob")
EFFECTS = ("os.", "shutil.", "socket.", "subprocess.", "tempfile.", "fcntl.", "pty.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_recording = threading.local()


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    events: list[tuple[str, tuple[Any, ...]]] | None = getattr(_recording, "events", None)
    if events is not None:
        events.append((event, arguments))


sys.addaudithook(_record)


@contextmanager
def looks() -> Iterator[list[str]]:
    """Every look at the world and every change of it, by this thread, as text."""
    shown: list[str] = []
    with _events() as events:
        yield shown
    shown += [f"{name} {what}" for name, what in events if name in LOOKS or name.startswith(EFFECTS)]


@contextmanager
def changes() -> Iterator[list[str]]:
    """Every change of the world, by this thread, as text. What a subprocess does is not seen."""
    shown: list[str] = []
    with _events() as events:
        yield shown
    for name, what in events:
        writes = name == "open" and isinstance(what[2], int) and what[2] & WRITING
        if writes or (name not in LOOKS and name.startswith(("os.", "shutil."))):
            shown.append(f"{name} {what}")


@contextmanager
def _events() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    events: list[tuple[str, tuple[Any, ...]]] = []
    _recording.events = events
    try:
        yield events
    finally:
        _recording.events = None


class Crash(BaseException):
    """The process is gone at this point; nothing of it cleans up."""


class Tripwire:
    """Crashes at the moment number `at`: each call through it has one before and one after it took effect."""

    def __init__(self, at: int) -> None:
        self.left = at

    def pull(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash

    def across(self, context: Context) -> Context:
        """The context with the wire across everything that it leads to."""
        engine = cast(Engine, _Wired(context.engine, self.pull))
        return replace(context, engine=engine, commands=cast(Commands, _Wired(context.commands, self.pull)))


def read_only(context: Context) -> Context:
    """The context with an engine that can be read and nothing else."""
    return replace(context, engine=cast(Engine, _Reading(context.engine)))


class _Wired:
    def __init__(self, target: Any, pull: Callable[[], None]) -> None:
        self._target = target
        self._pull = pull

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._pull()
            result = found(*args, **kwargs)
            self._pull()
            return result

        return call


class _Reading:
    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name not in ("address", "version", "list", "logs"):
            raise AssertionError(f"a look calls {name}, which may change something")
        return getattr(self._target, name)
