"""What the engine tells of one container and its image, as JSON, and safe ways into it; not what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_PROJECT = "com.docker.compose.project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A container as `docker inspect` shows it, and its image likewise; an empty image is one that is gone."""

    container: Mapping[str, Any]
    image: Mapping[str, Any]

    @property
    def name(self) -> str:
        return text(self.container, "Name").removeprefix("/")

    @property
    def short_id(self) -> str:
        return text(self.container, "Id")[:12]

    @property
    def config(self) -> Mapping[str, Any]:
        return mapping(self.container, "Config")

    @property
    def host(self) -> Mapping[str, Any]:
        return mapping(self.container, "HostConfig")

    @property
    def own(self) -> Mapping[str, Any]:
        """The image's configuration."""
        return mapping(self.image, "Config")

    @property
    def labels(self) -> Mapping[str, str]:
        return texts(self.config.get("Labels"))

    @property
    def mode(self) -> str:
        """The network mode; `default` is the engine's own bridge."""
        return text(self.host, "NetworkMode")

    def at(self, key: str) -> str:
        """The place of a key, for notes."""
        return f"{self.name}.{key}"


def mapping(found: object, *keys: str) -> Mapping[str, Any]:
    """The map below the keys; empty where there is none."""
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(found: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = found.get(key)
    return value if isinstance(value, list) else ()


def words(found: Mapping[str, Any], key: str) -> list[str]:
    return [each for each in items(found, key) if isinstance(each, str)]


def text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def number(found: Mapping[str, Any], key: str) -> int:
    value = found.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def texts(found: object) -> Mapping[str, str]:
    return {key: value for key, value in mapping(found).items() if isinstance(value, str)}
