"""The types of volumes and networks as the compiler knows them: schemas and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scs.model.storage import Network, Spec, Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeType:
    """`schema` is that of the options, `type` included; `prepare` raises `model.problem.InvalidSpec`."""

    schema: Mapping[str, Any]
    prepare: Callable[[Spec, Volume | None], Volume]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkType:
    """`schema` is that of the options, `type` included; `prepare` raises `model.problem.InvalidSpec`."""

    schema: Mapping[str, Any]
    prepare: Callable[[Spec], Network]


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """Every type that is installed, by the word that `type:` takes."""

    volumes: Mapping[str, VolumeType] = field(default_factory=dict)
    networks: Mapping[str, NetworkType] = field(default_factory=dict)
