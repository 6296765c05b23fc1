"""Where rows run: how long they may take, their folder, and the servers that they start and that end with them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.disco.servers import Disco, Etcd
from scs.disco.settings import Times

T = TypeVar("T")
MANY = ("--connections", "20000", "--per-host", "20000")
MEMORY = Path("/dev/shm")
SERVER, DRIVER = 0, 1  # cores
FAST = Times(grace=1, v1_beat=0.3, v1_dead=1.5, v1_timeout=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`short`: seconds instead of minutes, to see that rows run and that their counts are right."""

    folder: Path
    short: bool = False
    pinned: bool = True

    def of(self, full: T, short: T) -> T:
        return short if self.short else full

    @property
    def core(self) -> int | None:
        return SERVER if self.pinned and (os.cpu_count() or 1) > 1 else None

    @contextlib.contextmanager
    def disco(
        self, *words: str, name: str = "disco", times: Times | None = None, limits: Sequence[str] = MANY
    ) -> Iterator[Disco]:
        """A server with the command's defaults, but for how many one host may be. `times` only where it is short."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            one = Disco(Path(folder), [*limits, *words], core=self.core, name=name, times=times if self.short else None)
            try:
                one.start()
                yield one
            finally:
                one.kill()

    @contextlib.contextmanager
    def etcd(self, count: int = 1) -> Iterator[list[Etcd]]:
        """On a disk of memory where there is one, which is best for it."""
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else self.folder) as folder:
            members = [Etcd(f"m{number}", Path(folder), core=self.core) for number in range(count)]
            try:
                for one in members:
                    one.join(members)
                    one.start()
                for one in members:
                    one.ready()
                yield members
            finally:
                for one in members:
                    one.kill()
