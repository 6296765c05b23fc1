"""Something that listens on a socket where an engine should, and misbehaves as told; no engine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

Script = Callable[[str], Iterable[bytes]]
"""From a request's first line to what is sent for it, bit by bit; the connection is cut after the last."""

TICK = 0.02


class Peer:
    """Answers every request by its script, a connection each."""

    def __init__(self, folder: Path, script: Script = lambda _: ()) -> None:
        self.path = folder / "engine.sock"
        self.address = f"unix://{self.path}"
        self.asked: list[str] = []
        self.closing = threading.Event()
        self.script = script
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def drip(self, said: bytes) -> Iterable[bytes]:
        """One byte a tick, for as long as anybody waits."""
        for place in range(len(said)):
            yield said[place : place + 1]
            self.closing.wait(TICK)

    def silence(self) -> Iterable[bytes]:
        """Nothing, until the test is over."""
        self.closing.wait()
        return ()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while b"\r\n\r\n" not in received:
                part = connection.recv(65536)
                if not part:
                    return
                received += part
            first = received.partition(b"\r\n")[0].decode().removesuffix(" HTTP/1.1")
            self.asked.append(first)
            try:
                for part in self.script(first):
                    connection.sendall(part)
            except OSError:
                return  # the caller had enough


def reply(status: int, body: object = None, *, raw: bytes | None = None) -> bytes:
    """A whole answer."""
    said = json.dumps(body).encode() if raw is None else raw
    head = f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {len(said)}\r\n\r\n"
    return head.encode() + said


def refusal(status: int, words: str) -> bytes:
    return reply(status, {"message": words})
