"""Secrets as manifests name them: where a value is to be had, and how a container gets it; never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

from scs.model.problem import Place

Fingerprint = NewType("Fingerprint", str)
"""Stands for a value in labels: a keyed digest of it. Who does not have the key learns nothing from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile:
    """All of a file of the host; `path` is absolute."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromVariable:
    """An environment variable of scs itself."""

    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromCommand:
    """What a command of the host prints, without the line end after it."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """The value encrypted by age, armoured. `identity` is the file with the key, empty for the host's own."""

    text: str
    identity: str = ""


SecretSource = FromFile | FromVariable | FromCommand | Encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    name: str
    source: SecretSource
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A secret in a container: a file at `path` below `/run/scs/secrets`, and the variable `env` where one is named."""

    secret: str
    path: str
    mode: int = 0o400
    env: str = ""
