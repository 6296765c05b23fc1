"""Listening sockets: where they may be, how fast connections are taken from them, TLS. Knows no protocol."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scs.disco.edges.places import Place, is_loopback
from scs.disco.edges.serving import CannotServe, Serving
from scs.disco.sessions.budget import Bucket

BACKLOG = 4096
AT_ONCE = 64  # connections taken before anything else is looked at
HANDSHAKE = 10.0
FULL = 1.0  # seconds until connections are taken again where there was no room
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SILENT = 60_000  # ms without an acknowledgement; who should be told earlier is told by the core


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may come in; the others wait in the kernel's queue, or (a host's) are turned away."""

    plain: float = 4_000  # a second
    handshakes: float = 300  # a second
    shaking: int = 1_000
    shaking_per_host: int = 100


def check(place: Place, *, encrypted: bool, tokens: bool, insecure: bool) -> None:
    """Raises CannotServe where others than this machine would reach what nothing protects."""
    if place.local or insecure:
        return
    if not encrypted:
        raise CannotServe(
            f"{place} can be reached from other machines, and without TLS anybody on the way reads and changes what is "
            "said: give --cert and --key, or --insecure where the network is trusted"
        )
    if not tokens:
        raise CannotServe(
            f"{place} can be reached from other machines, and without tokens anybody may provide anything: "
            "give --tokens FILE, or --insecure where the network is trusted"
        )


def bind(place: Place) -> list[socket.socket]:
    """Listening sockets, one for each address of the host. Raises CannotServe."""
    try:
        if place.path:
            return [_bind_unix(place.path)]
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotServe(f"cannot listen on {place}: {error.strerror or error}") from None
    if place.local and not all(is_loopback(str(address[0])) for *_, address in found):
        raise CannotServe(f"cannot listen on {place}: here that name is an address that other machines reach")
    ours: list[socket.socket] = []
    try:
        for family, kind, proto, _, address in dict.fromkeys(found):
            ours.append(_bind(family, kind, proto, address))
    except OSError as error:
        for one in ours:
            one.close()
        hint = ": does another server run?" if error.errno == errno.EADDRINUSE else ""
        raise CannotServe(f"cannot listen on {place}: {error.strerror or error}{hint}") from None
    return ours


def _bind(family: int, kind: int, proto: int, address: object) -> socket.socket:
    one = socket.socket(family, kind, proto)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        one.listen(BACKLOG)
        one.setblocking(False)
    except OSError:
        one.close()
        raise
    return one


def _bind_unix(path: str) -> socket.socket:
    """A socket that a dead server left is removed; one that answers is another server's."""
    one = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(Path(path).stat().st_mode):
            if not one.connect_ex(path):
                one.close()
                raise OSError(errno.EADDRINUSE, "another server answers there")
            Path(path).unlink()
            one.close()
            one = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        one.bind(path)
    finally:
        os.umask(before)
    one.listen(BACKLOG)
    one.setblocking(False)
    return one


class Listener:
    """Takes connections from one listening socket."""

    def __init__(
        self,
        listening: socket.socket,
        serving: Serving,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        budget: Budget,
    ) -> None:
        self._socket = listening
        self._serving = serving
        self._protocol = protocol
        self._tls = tls if listening.family != socket.AF_UNIX else None
        self._budget = budget
        rate = budget.handshakes if self._tls is not None else budget.plain
        self._bucket = Bucket(rate, rate, serving.now())
        self._loop = asyncio.get_running_loop()
        self._pending: dict[asyncio.Task[None], str] = {}
        self._hosts: Counter[str] = Counter()
        self._again: asyncio.TimerHandle | None = None
        self._said = -60.0  # when it was said that there is no room

    @property
    def name(self) -> object:
        return self._socket.getsockname()

    def start(self) -> None:
        self._again = None
        self._loop.add_reader(self._socket, self._ready)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        if self._again is not None:
            self._again.cancel()
        for task in list(self._pending):
            task.cancel()
        path = self._socket.getsockname() if self._socket.family == socket.AF_UNIX else None
        self._socket.close()
        if isinstance(path, str):
            with contextlib.suppress(OSError):
                Path(path).unlink()

    def _ready(self) -> None:
        for _ in range(AT_ONCE):
            wait = 0.05 if len(self._pending) >= self._budget.shaking else self._bucket.take(self._serving.now())
            if wait:
                self._rest(wait)
                return
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _FULL:
                    self._full(error)
                    return
                continue  # that one is gone already
            self._take(connection, str(address[0]) if isinstance(address, tuple) else "")

    def _full(self, error: OSError) -> None:
        self._serving.counters["accepts_failed"] += 1
        if self._serving.now() >= self._said + 60:
            self._said = self._serving.now()
            self._serving.note("warning", f"cannot take more connections: {error.strerror}; see ulimit -n")
        self._rest(FULL)

    def _rest(self, seconds: float) -> None:
        self._loop.remove_reader(self._socket)
        self._again = self._loop.call_later(seconds, self.start)

    def _take(self, connection: socket.socket, host: str) -> None:
        self._serving.counters["accepted"] += 1
        if self._hosts[host] >= self._budget.shaking_per_host and self._tls is not None:
            self._serving.counters["handshakes_refused"] += 1
            connection.close()
            return
        connection.setblocking(False)
        if connection.family != socket.AF_UNIX:
            _tune(connection)
        task = self._loop.create_task(self._connect(connection))
        self._pending[task] = host
        self._hosts[host] += 1
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        host = self._pending.pop(task)
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]

    async def _connect(self, connection: socket.socket) -> None:
        times = {"ssl_handshake_timeout": HANDSHAKE, "ssl_shutdown_timeout": 5.0} if self._tls is not None else {}
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection, ssl=self._tls, **times)
        except (OSError, TimeoutError):  # TLS errors are OSErrors
            self._serving.counters["handshakes_failed"] += 1
            connection.close()


def _tune(connection: socket.socket) -> None:
    """Small messages go out at once, and a host that vanished is noticed without our help too."""
    with contextlib.suppress(OSError):  # it is gone already: reading it will say so
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT)
