"""What scs reads of the host itself."""

from __future__ import annotations

from typing import Protocol

from scs.model.observed import Listener
from scs.model.service import Check


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
