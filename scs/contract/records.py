"""What scs keeps of a container right after its start, so that it can say later what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from scs.model.observed import Record


class Records(Protocol):
    """Kept by the container's id. May be lost: then changes are told less exactly, and settings not compared."""

    def read(self, ids: Iterable[str]) -> Mapping[str, Record]:
        """Those that there are."""
        ...

    def write(self, container_id: str, record: Record) -> None: ...

    def adjust(self, container_id: str) -> None:
        """Notes that it will be other than its labels say, as these cannot be changed."""
        ...

    def adjusted(self) -> frozenset[str]:
        """The ids of those."""
        ...

    def lose(self, container_id: str) -> None:
        """Notes that the engine never starts it again (errors.LostTask)."""
        ...

    def lost(self) -> frozenset[str]:
        """The ids of those."""
        ...

    def keep_only(self, ids: Iterable[str]) -> None:
        """Forgets all others: their containers are gone."""
        ...
