"""HTTP/1.1 messages on sockets, as far as a proxy has to see where one ends; understands no content."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CHUNK = 65536
UPGRADED = 101
WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line and the headers of a message, and the bytes that they were read from."""

    first: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def method(self) -> str:
        return self.first.split(" ", 1)[0]

    @property
    def path(self) -> str:
        """Of a request; without the version of the API, which is no part of what is asked."""
        target = self.first.split(" ")[1]
        head, slash, rest = target.removeprefix("/").partition("/")
        return f"{slash}{rest}" if head.startswith("v1.") else target

    @property
    def status(self) -> int:
        return int(self.first.split(" ")[1])

    @property
    def chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "")

    @property
    def length(self) -> int | None:
        found = self.headers.get("content-length")
        return None if found is None else int(found)


class Closed(Exception):
    """The other side ended in the middle of a message."""


class Line:
    """A socket with what was read from it and not used yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._left = b""

    def head(self) -> Head | None:
        """The next head; None where the other side has ended instead."""
        while b"\r\n\r\n" not in self._left:
            try:
                more = self.connection.recv(CHUNK)
            except OSError:
                return None
            if not more:
                return None
            self._left += more
        raw, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        named = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in named}
        return Head(first=first, headers=headers, raw=raw + b"\r\n\r\n")

    def body(self, head: Head, *, answers: str = "") -> Iterator[bytes]:
        """The raw bytes of the body, framing and all, as they come. `answers`: the method, where it is a response."""
        if answers == "HEAD" or (answers and head.status in WITHOUT_BODY):
            return
        if head.chunked:
            yield from self._chunks()
        elif head.length is not None:
            yield from self._exactly(head.length)
        elif answers:
            yield from self._rest()

    def taken(self) -> bytes:
        """What was read beyond the last message."""
        left, self._left = self._left, b""
        return left

    def _chunks(self) -> Iterator[bytes]:
        size = 1
        while size:
            line = self._line()
            yield line
            size = int(line.split(b";")[0], 16)
            if size:
                yield from self._exactly(size + 2)
        while (line := self._line()) != b"\r\n":
            yield line
        yield b"\r\n"

    def _line(self) -> bytes:
        while b"\r\n" not in self._left:
            self._left += self._more()
        line, _, self._left = self._left.partition(b"\r\n")
        return line + b"\r\n"

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._left:
                self._left = self._more()
            part, self._left = self._left[:size], self._left[size:]
            size -= len(part)
            yield part

    def _rest(self) -> Iterator[bytes]:
        yield self.taken()
        while more := self.connection.recv(CHUNK):
            yield more

    def _more(self) -> bytes:
        more = self.connection.recv(CHUNK)
        if not more:
            raise Closed
        return more


def answer(status: int, reason: str, body: bytes) -> bytes:
    """A complete response as the engine writes its errors."""
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
