"""What scs reads of the host itself, and the one thing that it ends there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from scs.model.ghosts import Mounted
from scs.model.observed import Listener
from scs.model.service import Check
from scs.model.space import Left


class Host(Protocol):
    def listeners(self) -> frozenset[Listener]:
        """Every port of the host on which a process listens."""
        ...

    def address(self) -> str:
        """The host's own address towards its default route, empty when it has none."""
        ...

    def probe(self, address: str, check: Check) -> str:
        """Tries an http or tcp check once against the address. Empty when it passed, else why not, in one line."""
        ...

    def exists(self, path: str) -> bool:
        """Whether anything is at a path."""
        ...

    def program(self, name: str) -> str:
        """Where a program is, empty when it is not installed."""
        ...

    def writable(self, folder: str) -> bool:
        """Whether scs may write into a folder, or make it where it is not there."""
        ...

    def containers(self) -> Mapping[str, tuple[int, ...]]:
        """The live processes of each container of this host, by its id, whatever any engine knows of it."""
        ...

    def mounted(self, process: int, folders: Collection[str]) -> tuple[Mounted, ...]:
        """Where a process has these folders of the host, or something in them; nothing where that cannot be seen."""
        ...

    def end(self, container: str, seconds: float) -> tuple[int, ...]:
        """Kills all processes of a container and waits until they are gone; those left after so many seconds.

        Raises Failure where this user may not.
        """
        ...

    def room(self, folders: Collection[str]) -> Mapping[str, Left]:
        """What is left on the filesystem of each folder, or of the one that it would be made in.

        Without those of which it cannot be seen.
        """
        ...
