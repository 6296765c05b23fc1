"""The snapshot's file: read at the start, written whole or not at all, in pieces between which the loop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from scs.disco.edges.serving import CannotServe, Serving

EVERY = 2.0
FAILED = 10.0  # seconds after which a write that failed is tried again
SHARE = 4  # after one that kept the loop for long, so many times as long passes


class SnapshotFile:
    """One file, of one server at a time. It holds what is open itself, as who began may be cancelled meanwhile."""

    def __init__(self, path: Path) -> None:
        """Raises CannotServe where it cannot be used, or another server uses it."""
        self.path = path
        self._open: BinaryIO | None = None
        self._new = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotServe(
                f"cannot keep a snapshot in {path}: {error.strerror}; give --snapshot FILE with one that may be "
                "written, or --no-snapshot"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise CannotServe(f"another server keeps its snapshot in {path}: give each one --snapshot FILE") from None

    def read(self) -> bytes | None:
        """The last one; None if there is none."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotServe(f"cannot read the snapshot {self.path}: {error.strerror}") from None

    def put_aside(self) -> Path:
        """One that says nothing is kept for people to look at; the next is written in its place."""
        aside = self.path.with_name(f"{self.path.name}.unusable")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
        return aside

    def begin(self) -> None:
        """A new one; what was begun before and never put is given up."""
        self._end()
        self._open = os.fdopen(os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")

    def write(self, part: bytes) -> None:
        assert self._open is not None
        self._open.write(part)

    def put(self) -> None:
        """What was written since `begin` is the snapshot from now on, also after a power cut."""
        assert self._open is not None
        self._open.flush()
        os.fsync(self._open.fileno())
        self._end()
        self._new.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._end()
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _end(self) -> None:
        file, self._open = self._open, None
        if file is not None:
            file.close()


class Snapshotter:
    """Writes a server's snapshot when something changed; the disk is waited for in a thread."""

    def __init__(self, file: SnapshotFile, serving: Serving) -> None:
        self._file = file
        self._serving = serving
        self._written: int | None = None  # never: a new epoch has to outlive us too
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot")
        self._failing = False
        self._busy = 0.0  # seconds in which nobody was answered because of it

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._busy = 0.0
            if self._serving.core.changes != self._written:
                await self._try()
            await asyncio.sleep(FAILED if self._failing else max(EVERY, SHARE * self._busy))

    async def _try(self) -> None:
        try:
            await self._write()
        except OSError as error:
            self._serving.counters["snapshots_failed"] += 1
            if not self._failing:
                self._serving.note("warning", f"cannot write the snapshot {self._file.path}: {error.strerror}")
            self._failing = True
        else:
            self._failing = False

    async def _write(self) -> None:
        loop, changes, snapshot = asyncio.get_running_loop(), self._serving.core.changes, self._serving.core.snapshot()
        await loop.run_in_executor(self._thread, self._file.begin)
        parts = snapshot.parts()
        while (part := self._next(parts)) is not None:
            await loop.run_in_executor(self._thread, self._file.write, part)
        await loop.run_in_executor(self._thread, self._file.put)
        self._serving.counters["snapshots"] += 1
        self._written = changes

    def _next(self, parts: Iterator[bytes]) -> bytes | None:
        began = self._serving.now()
        part = next(parts, None)
        self._busy += self._serving.now() - began
        return part

    def finish(self, *, served: bool) -> None:
        """The last one, of a server that ends: after `run` was cancelled. One that never served has nothing to keep."""
        self._thread.shutdown(wait=True)
        if served and self._serving.core.changes != self._written:
            try:
                self._file.begin()
                for part in self._serving.core.snapshot().parts():
                    self._file.write(part)
                self._file.put()
            except OSError as error:
                self._serving.note("warning", f"cannot write the snapshot {self._file.path}: {error.strerror}")
        self._file.close()
