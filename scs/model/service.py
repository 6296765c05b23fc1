"""What containers offer each other: provided services, checks, requirements and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["tcp", "udp", "sctp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCheck:
    """Healthy when a GET of `path` on the provided port answers with a status below 400."""

    path: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpCheck:
    """Healthy when the provided port accepts a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecCheck:
    """Healthy when the command, run inside the container, exits with 0."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How health is seen. Times in seconds; `port` is the container's, unused by `exec`.

    A container gets `start_period` plus `retries` failures, one each `interval`, before it counts as unhealthy.
    """

    probe: HttpCheck | TcpCheck | ExecCheck
    port: int = 0
    interval: float = 5.0
    timeout: float = 5.0
    retries: int = 3
    start_period: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A port of the host that leads to the service. `port` 0: the engine picks one; `address` empty: every address."""

    port: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """A service that a container offers."""

    name: str
    port: int
    protocol: Protocol = "tcp"
    publish: Publish | None = None
    check: Check | None = field(default=None, metadata={"identity": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class FromRole:
    """A service of another role: of this manifest, or of the manifest `service` in the same environment."""

    role: str
    provided: str
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Endpoints that the manifest itself names."""

    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """A service that a container needs. `source` is None only in an image, which does not know its surroundings."""

    name: str
    source: FromRole | Static | None = None
    on_change: tuple[str, ...] | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Endpoint:
    """One address at which a provided service answers."""

    host: str
    port: int

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def environment(name: str, endpoints: tuple[Endpoint, ...]) -> Mapping[str, str]:
    """The variables that tell a container where its requirement is. No endpoint gives no variable."""
    if not endpoints:
        return {}
    prefix = name.upper().replace("-", "_")
    first = endpoints[0]
    return {
        f"{prefix}_HOST": first.host,
        f"{prefix}_PORT": str(first.port),
        f"{prefix}_ADDRESS": first.address,
        f"{prefix}_ENDPOINTS": ",".join(endpoint.address for endpoint in endpoints),
    }


def told(name: str, endpoints: tuple[Endpoint, ...]) -> Mapping[str, object]:
    """The same as data, for `/run/scs/requires/NAME.json` inside the container."""
    shown = [{"host": one.host, "port": one.port, "address": one.address} for one in endpoints]
    return {"requirement": name, "endpoints": shown}
