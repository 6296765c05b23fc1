"""A proxy on the engine's socket that counts calls and spoils one of them; knows nothing of scs but its process.

Everything passes unchanged, chunked and upgraded streams too, until a fault is armed and its call comes. The
process that is killed is the one at the other end of the connection, as the kernel has it.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from tests.torture import wire
from tests.torture.faults import STATUSES, Fault

CHANGING = ("POST", "PUT", "DELETE")
LISTS = ("/containers/json", "/networks", "/volumes", "/images/json")
GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{]\x00\xff\xfe\r\n\t}"
HANG_SECONDS = 2.0
PEER = struct.Struct("3i")


class Proxy:
    """Listens at `path` until it is closed. `calls` holds the changing calls since it was last armed or cleared."""

    def __init__(self, path: Path, engine: Path) -> None:
        self.path = path
        self.calls: list[str] = []
        self.reads = 0
        self.fired = False
        self.hang = HANG_SECONDS
        self._engine = engine
        self._fault: Fault | None = None
        self._seen: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    @contextmanager
    def armed(self, fault: Fault | None) -> Iterator[None]:
        """Counts anew, and spoils that call inside the block; `fired` says whether it came."""
        with self._lock:
            self.calls, self.reads, self.fired, self._seen = [], 0, False, {}
            self._fault = fault
        try:
            yield
        finally:
            with self._lock:
                self._fault = None

    def close(self) -> None:
        """Ends every connection."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="proxied", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as upstream, self._kept(client, upstream):
            try:
                upstream.connect(str(self._engine))
                one = _Conversation(client, upstream, self)
                while one.exchange():
                    pass
            except (OSError, wire.Closed):
                return  # either side has gone, and with it the conversation

    @contextmanager
    def _kept(self, *sockets: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.update(sockets)
        try:
            yield
        finally:
            with self._lock:
                self._open.difference_update(sockets)

    def due(self, head: wire.Head) -> Fault | None:
        """Counts a call; the fault that is to happen to it."""
        with self._lock:
            changes = head.method in CHANGING
            number = len(self.calls) if changes else self.reads
            if changes:
                self.calls.append(f"{head.method} {head.path}")
            else:
                self.reads += 1
            fault = self._fault
            if fault is None or fault.reads is changes or fault.at != number or fault.kind == "stale":
                return None
            self.fired = True
            return fault

    def stale(self, head: wire.Head) -> bytes | None:
        """The earlier answer that this list is to get instead of a true one; each kind gets it once."""
        with self._lock:
            fault, kind = self._fault, _list(head)
            if fault is None or fault.kind != "stale" or not kind or len(self.calls) <= fault.at:
                return None
            found = self._seen.pop(kind, None)
            self.fired = self.fired or found is not None
            return found

    def remember(self, head: wire.Head, response: bytes) -> None:
        """Keeps the first answer to each list for `stale`."""
        with self._lock:
            if self._fault is not None and self._fault.kind == "stale" and len(self.calls) <= self._fault.at:
                self._seen.setdefault(_list(head), response)


class _Conversation:
    """One client's connection, with one of its own to the engine."""

    def __init__(self, client: socket.socket, upstream: socket.socket, proxy: Proxy) -> None:
        self._client, self._upstream = wire.Line(client), wire.Line(upstream)
        self._proxy = proxy

    def exchange(self) -> bool:
        """One request and its response; False when the connection is at its end."""
        head = self._client.head()
        if head is None:
            return False
        request = head.raw + b"".join(self._client.body(head))
        fault = self._proxy.due(head)
        if fault is not None:
            return self._spoil(fault, head, request)
        old = self._proxy.stale(head)
        if old is not None:
            self._client.connection.sendall(old)
            return True
        return self._pass(head, request)

    def _pass(self, head: wire.Head, request: bytes) -> bool:
        self._upstream.connection.sendall(request)
        response = self._upstream.head()
        if response is None:
            return False
        self._client.connection.sendall(response.raw)
        if response.status == wire.UPGRADED:
            self._join()
            return False
        parts = []
        for part in self._upstream.body(response, answers=head.method):
            self._client.connection.sendall(part)
            if _list(head):
                parts.append(part)
        if parts:
            self._proxy.remember(head, response.raw + b"".join(parts))
        return response.chunked or response.length is not None or response.status in wire.WITHOUT_BODY

    def _spoil(self, fault: Fault, head: wire.Head, request: bytes) -> bool:
        connection = self._client.connection
        if fault.kind in STATUSES:
            status = HTTPStatus(int(fault.kind))
            connection.sendall(wire.answer(status, status.phrase, b'{"message":"a fault on purpose"}'))
            return True
        if fault.kind == "kill-before":
            self._kill()
            return False
        if fault.kind == "lost":
            return False
        self._upstream.connection.sendall(request)
        response = self._whole(head)
        if fault.kind == "kill-after":
            self._kill()
        elif fault.kind == "hang":
            self._wait_for_its_end()
        elif fault.kind == "cut":
            connection.sendall(_first_part(response))
        elif fault.kind == "garbage":
            connection.sendall(GARBAGE)
        return False

    def _whole(self, head: wire.Head) -> bytes:
        response = self._upstream.head()
        if response is None or response.status == wire.UPGRADED:
            return b"HTTP/1.1 101 UPGRADED\r\n"
        return response.raw + b"".join(self._upstream.body(response, answers=head.method))

    def _kill(self) -> None:
        """Kills the process at the other end, and waits until the kernel has closed what it held."""
        data = self._client.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        os.kill(PEER.unpack(data)[0], signal.SIGKILL)
        with suppress(OSError):
            while self._client.connection.recv(wire.CHUNK):
                pass

    def _wait_for_its_end(self) -> None:
        self._client.connection.settimeout(self._proxy.hang)
        with suppress(OSError):
            self._client.connection.recv(1)

    def _join(self) -> None:
        """Both ways at once, until the engine has said all."""
        ways = {self._client.connection: self._upstream.connection, self._upstream.connection: self._client.connection}
        self._upstream.connection.sendall(self._client.taken())
        self._client.connection.sendall(self._upstream.taken())
        with selectors.DefaultSelector() as selector:
            for one in ways:
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(wire.CHUNK)
                    if data:
                        ways[source].sendall(data)
                    elif source is self._upstream.connection:
                        return
                    else:
                        selector.unregister(source)
                        with suppress(OSError):
                            self._upstream.connection.shutdown(socket.SHUT_WR)


def _first_part(response: bytes) -> bytes:
    """Up to the middle of the body; of an answer without one, up to the middle of its head."""
    head = response.index(b"\r\n\r\n") + 4
    return response[: (head + len(response)) // 2 if len(response) > head else head // 2]


def _list(head: wire.Head) -> str:
    """Which list a request asks for; empty for any other."""
    path = head.path.partition("?")[0]
    return path if head.method == "GET" and path in LISTS else ""
