"""etcd's JSON gateway, spoken by hand: one connection that calls, and what a watch is asked with."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from typing import cast

from benchmarks.disco.figures import Wrong
from benchmarks.disco.servers import HOST
from scs.disco.values import Json

WATCHING = b'"created":true'
PUT = b'"kv":{'
DELETED = b'"type":"DELETE"'
_END = b"\r\n\r\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def call(path: str, body: Json) -> bytes:
    """The request, as it goes out."""
    said = json.dumps(body, separators=(",", ":")).encode()
    head = f"POST /v3/{path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(said)}"
    return head.encode() + _END + said


def watch(key: str) -> bytes:
    return call("watch", {"create_request": {"key": encoded(key)}})


class Caller(asyncio.Protocol):
    """Calls in turn on one connection; answers come in that order."""

    def __init__(self) -> None:
        self._bytes = b""
        self._asked: deque[asyncio.Future[Json]] = deque()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def to(cls, port: int) -> Caller:
        _, one = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return one

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> asyncio.Future[Json]:
        waiting: asyncio.Future[Json] = self._loop.create_future()
        self._asked.append(waiting)
        self.transport.write(request)
        return waiting

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        while (end := self._bytes.find(_END)) >= 0:
            head = self._bytes[:end].decode("latin-1")
            length = _length(head)
            if len(self._bytes) < end + len(_END) + length:
                return
            body = self._bytes[end + len(_END) : end + len(_END) + length]
            self._bytes = self._bytes[end + len(_END) + length :]
            self._answered(head.split(" ", 2)[1], body)

    def _answered(self, status: str, body: bytes) -> None:
        waiting = self._asked.popleft()
        if waiting.done():
            return
        if status == "200":
            waiting.set_result(json.loads(body))
        else:
            waiting.set_exception(Wrong(f"etcd answered {status}: {body[:200].decode(errors='replace')}"))

    def connection_lost(self, _exc: Exception | None) -> None:
        for waiting in self._asked:
            waiting.cancel()

    def close(self) -> None:
        self.transport.abort()


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    raise Wrong(f"etcd's answer has no length: {head[:200]}")
