"""Reads the host itself: ports that are listened on, its own address, whether a service answers; ends ghosts."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from scs.adapters import commands, ghosts
from scs.adapters.standstill import facts
from scs.model.ghosts import Mounted
from scs.model.observed import Listener
from scs.model.service import Check, HttpCheck
from scs.model.space import Left

LISTENING = {"tcp": "0A", "udp": "07"}
"""The state column of /proc/net that means a socket waits for peers (linux/include/net/tcp_states.h)."""
GOOD_STATUS = 400


class LinuxHost:
    """Implements contract.host.Host."""

    def listeners(self) -> frozenset[Listener]:
        return frozenset(
            listener
            for protocol in LISTENING
            for family in ("", "6")
            for listener in parse_listeners(_read(f"/proc/net/{protocol}{family}"), protocol)
        )

    def address(self) -> str:
        return facts.address()

    def probe(self, address: str, check: Check) -> str:
        if isinstance(check.probe, HttpCheck):
            return _http(address, check.port, check.probe.path, check.timeout)
        return _tcp(address, check.port, check.timeout)

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def program(self, name: str) -> str:
        return commands.found(name)

    def writable(self, folder: str) -> bool:
        path = _existing(Path(folder))
        return path.is_dir() and os.access(path, os.W_OK | os.X_OK)

    def containers(self) -> Mapping[str, tuple[int, ...]]:
        return ghosts.containers()

    def mounted(self, process: int, folders: Collection[str]) -> tuple[Mounted, ...]:
        return ghosts.mounted(process, folders)

    def end(self, container: str, seconds: float) -> tuple[int, ...]:
        return ghosts.end(container, seconds)

    def room(self, folders: Collection[str]) -> Mapping[str, Left]:
        """One statvfs for each filesystem."""
        found: dict[str, Left] = {}
        known: dict[int, Left] = {}
        for folder in folders:
            with suppress(OSError):
                path = _existing(Path(folder))
                device = path.stat().st_dev
                if device not in known:
                    known[device] = _left(os.statvfs(path))
                found[folder] = known[device]
        return found


def _existing(path: Path) -> Path:
    """The path, or what is there of the way to it."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _left(seen: os.statvfs_result) -> Left:
    """What `df` and `df -i` show as available. A filesystem that makes inodes as they are needed counts none."""
    return Left(bytes=seen.f_bavail * seen.f_frsize, files=seen.f_favail if seen.f_files else None)


def parse_listeners(table: str, protocol: str) -> Iterator[Listener]:
    """The waiting sockets of one table of /proc/net, as the kernel prints it."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        if columns[3:4] == [LISTENING[protocol]]:
            address, _, port = columns[1].partition(":")
            yield Listener(address=_address(address), port=int(port, 16), protocol=protocol)


def _address(text: str) -> str:
    """The kernel prints addresses as 32-bit words in the host's byte order."""
    raw = bytes.fromhex(text)
    words = (raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    return str(ipaddress.ip_address(b"".join(words)))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return ""


def _http(address: str, port: int, path: str, timeout: float) -> str:
    import http.client  # noqa: PLC0415 - slow, and only checks need it

    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": "scs", "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"GET {path} on port {port}: {_said(error)}"
    finally:
        connection.close()
    return "" if status < GOOD_STATUS else f"GET {path} on port {port} answers {status}"


def _tcp(address: str, port: int, timeout: float) -> str:
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return ""
    except OSError as error:
        return f"port {port}: {_said(error)}"


def _said(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
