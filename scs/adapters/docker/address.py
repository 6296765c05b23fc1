"""Where an engine listens, read from what a person wrote; opens nothing."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from scs.contract import errors

LONGEST_PATH = 107
"""Bytes of a socket's path (unix(7): `sun_path` has 108 with the final zero)."""
TCP_PORT = 2375


@dataclass(frozen=True, slots=True, kw_only=True)
class UnixSocket:
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPort:
    """A TCP port of this host itself."""

    ipv6: bool
    host: str
    port: int


Address = UnixSocket | LocalPort


def parse(text: str) -> Address:
    """Raises Failure for everything but a socket or a loopback port."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _unreadable(text) from None
    if parts.scheme == "unix":
        return _socket(text, text.removeprefix("unix://"))
    if parts.scheme == "tcp":
        return _local_port(text, parts, port or TCP_PORT)
    if parts.scheme in ("ssh", "http", "https") and parts.hostname:
        raise _elsewhere(text)
    raise _unreadable(text)


def target(address: Address) -> tuple[int, str | tuple[str, int]]:
    """The family of a socket that leads there, and what it connects to."""
    if isinstance(address, UnixSocket):
        return socket.AF_UNIX, address.path
    return socket.AF_INET6 if address.ipv6 else socket.AF_INET, (address.host, address.port)


def _socket(text: str, path: str) -> UnixSocket:
    if not path.startswith("/") or "\0" in path:
        raise _unreadable(text)
    if len(path.encode(errors="surrogateescape")) > LONGEST_PATH:
        raise errors.Failure(
            f"engine address {text!r} is too long: the path of a socket has at most {LONGEST_PATH} bytes: "
            f"make a link to its folder at a shorter path"
        )
    return UnixSocket(path=path)


def _local_port(text: str, parts: SplitResult, port: int) -> LocalPort:
    host = "127.0.0.1" if parts.hostname in (None, "localhost") else parts.hostname
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        raise _elsewhere(text) from None
    if not number.is_loopback:
        raise _elsewhere(text)
    return LocalPort(ipv6=isinstance(number, ipaddress.IPv6Address), host=str(number), port=port)


def _elsewhere(text: str) -> errors.Failure:
    return errors.Failure(
        f"engine address {text!r} may lead to another host: scs has to run on the engine's own host, because "
        f"it makes folders, mounts and probes there: run it there, with unix:///PATH or tcp://127.0.0.1:PORT"
    )


def _unreadable(text: str) -> errors.Failure:
    return errors.Failure(
        f"engine address {text!r} is not understood: "
        f"write unix:///PATH or tcp://127.0.0.1:PORT, with --engine or in DOCKER_HOST"
    )
