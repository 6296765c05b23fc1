"""Files that a manifest puts into containers: what they hold, and what is done when that is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scs.model.identity import Digest, digest
from scs.model.service import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The process is sent a signal."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command runs in the container."""

    words: tuple[str, ...]


OnChange = Literal["recreate", "restart", "ignore"] | Signal | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Content that is known when the manifest is compiled."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A template that is rendered when it is known where these requirements are.

    `stand_in` is what it comes to with stand-ins for their endpoints, so that all else that decides it counts. `names`
    are the other names that it uses.
    """

    source: str
    stand_in: str
    requires: tuple[str, ...]
    names: Mapping[str, Any] = field(repr=False, metadata={"identity": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFile:
    """`path` is absolute in the container. `folder` is the mount that it lies in, `/` for the container's own files."""

    path: str
    content: Fixed | Later
    owner: str = "root:root"
    mode: int = 0o644
    on_change: OnChange = "recreate"
    folder: str = "/"

    @property
    def requires(self) -> tuple[str, ...]:
        """The requirements whose endpoints it holds."""
        return self.content.requires if isinstance(self.content, Later) else ()

    @property
    def tracked(self) -> bool:
        """Whether another content of it is no other container by itself, or more than the manifest decides about it."""
        return self.on_change != "recreate" or isinstance(self.content, Later)

    def digest(self, endpoints: Mapping[str, tuple[Endpoint, ...]]) -> Digest:
        """Another one means another file. `endpoints` holds those of its requirements, others do not count."""
        return digest((self.content, self.owner, self.mode, {name: endpoints[name] for name in self.requires}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What a file in a container is known by, but never its content: that as SHA-256, empty for what is no file."""

    content: str
    mode: int = 0
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A file right after it was put into a container. `wish` is the digest of what was asked for then."""

    wish: Digest
    found: Print


def stand_in(name: str) -> Mapping[str, Any]:
    """What a template finds under `requires.NAME` before anybody knows."""
    return shown((Endpoint(host=f"{name}.invalid", port=1),))


def shown(endpoints: tuple[Endpoint, ...]) -> Mapping[str, Any]:
    """What a template finds under `requires.NAME`; empty where an optional requirement is not met."""
    listed = [{"host": one.host, "port": one.port, "address": one.address} for one in endpoints]
    first = listed[0] if listed else {"host": "", "port": 0, "address": ""}
    return {**first, "endpoints": listed}
