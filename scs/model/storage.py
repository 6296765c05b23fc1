"""Volumes and networks as provisioners prepare them, and the bindings through which containers get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scs.model.identity import Digest, Identity
from scs.model.problem import Place

Scope = Literal["host", "zone", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A volume or network as the manifest says it, already valid by its type's schema.

    `name` is its name on the engine (`dev-blog-db`), `key` its name in the manifest, `folder` the manifest's folder,
    absolute, against which relative paths count.
    """

    identity: Identity
    key: str
    name: str
    type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: str = field(default="/", metadata={"identity": False})
    place: Place | None = field(default=None, compare=False, metadata={"identity": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A prepared volume: defaults filled in, identity and digest fixed. `parent` names the volume that it lies in.

    `host_path` is the folder of the host that is this volume alone, where its type has one.
    """

    identity: Identity
    key: str
    name: str
    type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    digest: Digest
    scope: Scope = "host"
    parent: str | None = None
    host_path: str | None = None
    place: Place | None = field(default=None, compare=False, metadata={"identity": False})

    @classmethod
    def of(cls, spec: Spec, *, options: Mapping[str, Any], digest: Digest, scope: Scope) -> Volume:
        """The volume of a spec, under its name; what else a type knows of it is its own to add."""
        return cls(
            identity=spec.identity, key=spec.key, name=spec.name, type=spec.type, place=spec.place,
            options=options, digest=digest, scope=scope,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A prepared network. `shared` says that containers on it reach one another by name.

    `mode` says that it replaces all others: the host's own network, or none.
    """

    identity: Identity
    key: str
    name: str
    type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    digest: Digest
    shared: bool = True
    mode: Literal["host", "none"] | None = None
    place: Place | None = field(default=None, compare=False, metadata={"identity": False})

    @classmethod
    def of(cls, spec: Spec, *, options: Mapping[str, Any], digest: Digest) -> Network:
        """The network of a spec, under its name; what else a type knows of it is its own to add."""
        return cls(
            identity=spec.identity, key=spec.key, name=spec.name, type=spec.type, place=spec.place,
            options=options, digest=digest,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPath:
    """A folder or file of the host, absolute, which must exist when the container is created."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineVolume:
    """A named volume of the engine."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    """Memory that lives as long as the container runs. `size` in bytes, None for the kernel's default."""

    size: int | None = None
    mode: int | None = None


Binding = HostPath | EngineVolume | Tmpfs


PREDEFINED_BRIDGE = "bridge"
"""The engine's own network, which knows no aliases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineNetwork:
    """A network of the engine, by name; containers get an address of their own there."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMode:
    """A network that replaces all others: `host` or `none`."""

    mode: str


Attaching = EngineNetwork | NetworkMode
