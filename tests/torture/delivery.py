"""The run folder in memory, whose writes are calls that may be spoiled as well; holds no file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from scs.contract.delivery import SecretFile
from scs.model.identity import Digest, Identity
from scs.model.observed import Record, RunFolder, Told
from tests.torture.spoiled import Spoils


class MemoryDelivery:
    """Implements contract.delivery.Delivery for one manifest."""

    def __init__(self, spoils: Spoils | None = None) -> None:
        self._spoils = spoils or Spoils()
        self._told: dict[tuple[str, str], Digest] = {}
        self._verified: dict[str, str] = {}

    def copy(self) -> MemoryDelivery:
        made = MemoryDelivery()
        made.become(self)
        return made

    def become(self, other: MemoryDelivery) -> None:
        self._told, self._verified = dict(other._told), dict(other._verified)

    def read(self, identity: Identity) -> RunFolder:
        return RunFolder(told=dict(self._told), verified=frozenset(self._verified.values()))

    def folder(self, identity: Identity, container: str) -> str:
        return f"/run/scs/{container}"

    def above(self, identity: Identity) -> str:
        return "/run/scs"

    def deliver(self, identity: Identity, container: str, told: Iterable[Told]) -> None:
        self._spoils.around(lambda: None)()

    def remember_told(self, identity: Identity, container: str, requirement: str, endpoints: Digest) -> None:
        self._spoils.around(self._told.__setitem__)((container, requirement), endpoints)

    def remember_verified(self, identity: Identity, container: str, container_id: str) -> None:
        self._spoils.around(self._verified.__setitem__)(container, container_id)

    def forget_verified(self, identity: Identity, container: str) -> None:
        self._spoils.around(self._verified.pop)(container, None)

    def forget(self, identity: Identity, container: str) -> None:
        self._spoils.around(self._forget)(container)

    def _forget(self, container: str) -> None:
        self._verified.pop(container, None)
        self._told = {key: value for key, value in self._told.items() if key[0] != container}

    def deliver_secrets(self, identity: Identity, container: str, files: Iterable[SecretFile]) -> None:
        self._spoils.around(lambda: None)()

    def remember_file(self, identity: Identity, container: str, path: str, file: Digest) -> None:
        self._spoils.around(lambda: None)()

    def has_secrets(self, identity: Identity, container: str) -> bool:
        return True

    def keep_only(self, identity: Identity, containers: Collection[str]) -> None:
        for gone in {*self._verified, *(key[0] for key in self._told)} - {*containers}:
            self._forget(gone)


class MemoryRecords:
    """Implements contract.records.Records."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._adjusted: frozenset[str] = frozenset()
        self._lost: frozenset[str] = frozenset()

    def read(self, ids: Iterable[str]) -> Mapping[str, Record]:
        return {one: self._records[one] for one in ids if one in self._records}

    def write(self, container_id: str, record: Record) -> None:
        self._records[container_id] = record

    def adjust(self, container_id: str) -> None:
        self._adjusted |= {container_id}

    def adjusted(self) -> frozenset[str]:
        return self._adjusted

    def lose(self, container_id: str) -> None:
        self._lost |= {container_id}

    def lost(self) -> frozenset[str]:
        return self._lost

    def keep_only(self, ids: Iterable[str]) -> None:
        known = frozenset(ids)
        self._records = {one: record for one, record in self._records.items() if one in known}
        self._adjusted &= known
        self._lost &= known
