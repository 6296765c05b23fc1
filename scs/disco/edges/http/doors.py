"""Connections of the HTTP edge: at most so many, and none that says nothing. What they ask is not looked at."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import Counter
from typing import cast

from aiohttp import web

MOST = 2_500
SILENT = 10.0  # seconds for a first request; afterwards idle ones are closed after KEEP
KEEP = 75.0
_LOOK = 2.0


class Doors:
    """`spoke` is to be told of each request. At most `of_one` connections are one address's."""

    def __init__(self, server: web.Server, counters: Counter[str], of_one: int) -> None:
        self._server = server
        self._counters = counters
        self._of_one = of_one
        self._hosts: Counter[str] = Counter()
        self._listening: list[asyncio.Server] = []
        self._spoken: set[object] = set()
        self._silent: dict[object, float] = {}
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def open(self, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        shaking = SILENT if tls is not None else None
        self._listening.append(
            await loop.create_server(self._protocol, sock=listening, ssl=tls, ssl_handshake_timeout=shaking)
        )

    async def close(self) -> None:
        """Nobody comes in any more."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        for one in self._listening:
            one.close()

    def spoke(self, request: web.BaseRequest) -> None:
        self._spoken.add(request.protocol)

    def _protocol(self) -> asyncio.Protocol:
        return _Door(self)

    def let_in(self, host: str) -> asyncio.Protocol | None:
        if len(self._server.connections) >= MOST or self._hosts[host] >= self._of_one:
            self._counters["http_turned_away"] += 1
            return None
        self._hosts[host] += 1
        return self._server()

    def left(self, host: str) -> None:
        self._hosts[host] -= 1
        if not self._hosts[host]:
            del self._hosts[host]

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_LOOK)
            here, now = self._server.connections, clock()
            self._spoken.intersection_update(here)
            self._silent = {one: self._silent.get(one, now) for one in here if one not in self._spoken}
            for one in here:
                if now - self._silent.get(one, now) > SILENT:
                    self._counters["http_silent"] += 1
                    one.force_close()


class _Door(asyncio.Protocol):
    """One connection: what happens on it is its handler's, as soon as it is known whose it is."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._handler: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        name = transport.get_extra_info("peername")
        self._host = str(name[0]) if isinstance(name, tuple) else ""
        self._handler = self._doors.let_in(self._host)
        if self._handler is None:
            cast(asyncio.Transport, transport).abort()
        else:
            self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._handler is not None:
            self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self._handler.eof_received() if self._handler is not None else None

    def pause_writing(self) -> None:
        if self._handler is not None:
            self._handler.pause_writing()

    def resume_writing(self) -> None:
        if self._handler is not None:
            self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._handler is not None:
            self._doors.left(self._host)
            self._handler.connection_lost(exc)


class Malformed(logging.Logger):
    """What the library would log of requests that are none: counted, since everybody can send them."""

    def __init__(self, counters: Counter[str]) -> None:
        super().__init__("disco.http")
        self._counters = counters

    def handle(self, _record: logging.LogRecord) -> None:
        self._counters["http_malformed"] += 1
