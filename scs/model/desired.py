"""The compiled manifest: what is asked for, complete and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scs.model.container import Container
from scs.model.identity import Identity
from scs.model.image import DebianBase, Image, parents
from scs.model.secret import Secret
from scs.model.storage import Network, Volume

Drift = Literal["repair", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """Volumes stand after the volumes that they lie in; containers are sorted by role and number, all else by name.

    `drift` says what becomes of what a person changed by hand.
    """

    identity: Identity
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()
    containers: tuple[Container, ...] = ()
    drift: Drift = "repair"
    jobs: tuple[Container, ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def everything(self) -> tuple[Container, ...]:
        """Every container that it asks for, whether it is to run on or to its end."""
        return (*self.containers, *self.jobs)

    def called(self, name: str) -> tuple[Container, ...]:
        """The containers of the role of that name, or the job's."""
        return tuple(container for container in self.everything if container.role == name)

    def secret(self, name: str) -> Secret:
        return next(one for one in self.secrets if one.name == name)

    @property
    def images(self) -> tuple[Image | DebianBase, ...]:
        """Every image that is needed, each after its parents, once."""
        found: dict[str, Image | DebianBase] = {}
        for container in self.everything:
            for image in reversed((container.image, *parents(container.image))):
                found.setdefault(image.tag, image)
        return tuple(found.values())
