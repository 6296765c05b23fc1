"""The run folder: what scs keeps current inside containers (`/run/scs`), and its own notes about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from scs.model.identity import Digest, Identity
from scs.model.observed import RunFolder, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """`path` is below the folder of secrets."""

    path: str
    content: bytes = field(repr=False)
    mode: int
    uid: int
    gid: int


class Delivery(Protocol):
    """Files of the host's tmpfs, replaced by rename. Everything here may vanish at a reboot."""

    def read(self, identity: Identity) -> RunFolder: ...

    def folder(self, identity: Identity, container: str) -> str:
        """The absolute path of the folder that becomes `/run/scs` in the container; made when it is not there."""
        ...

    def above(self, identity: Identity) -> str:
        """The absolute path in which the folders of all containers of a manifest are, by the containers' names."""
        ...

    def deliver(self, identity: Identity, container: str, told: Iterable[Told]) -> None:
        """Writes `requires/NAME.json` for each."""
        ...

    def deliver_secrets(self, identity: Identity, container: str, files: Iterable[SecretFile]) -> None:
        """Writes `secrets/PATH` for each. Nobody else on the host can get at them."""
        ...

    def has_secrets(self, identity: Identity, container: str) -> bool: ...

    def remember_told(self, identity: Identity, container: str, requirement: str, endpoints: Digest) -> None: ...

    def remember_file(self, identity: Identity, container: str, path: str, file: Digest) -> None: ...

    def remember_verified(self, identity: Identity, container: str, container_id: str) -> None: ...

    def forget_verified(self, identity: Identity, container: str) -> None: ...

    def forget(self, identity: Identity, container: str) -> None:
        """Removes the container's folder."""
        ...

    def keep_only(self, identity: Identity, containers: Collection[str]) -> None:
        """Removes the folders of containers that are gone, but for those of `scs run`, which come and go alone."""
        ...
