"""Peers of the line protocol on sockets: each is a transport of the loop. Accepts nobody: that is `listening`."""

from __future__ import annotations

import asyncio
from typing import cast

from scs.disco.edges.serving import Serving, linger
from scs.disco.values import ConnectionId

HIGH = 1024 * 1024  # bytes that a peer has not read: from here on its groups are only noted
LOW = 128 * 1024


class LinePeer(asyncio.Protocol):
    """One accepted connection, from its handshake on."""

    __slots__ = ("_id", "_serving", "_transport")

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._id: ConnectionId | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        ours = self._transport = cast(asyncio.Transport, transport)
        ours.set_write_buffer_limits(high=HIGH, low=LOW)
        host, remote = _called(ours.get_extra_info("peername"))
        if self._serving.ending:
            ours.abort()
            return
        self._id = self._serving.attach(ours, host, remote)
        if self._id is None:
            linger(ours)

    def data_received(self, data: bytes) -> None:
        if self._id is not None:
            self._serving.receive(self._id, data)

    def eof_received(self) -> None:
        """The peer has closed its side: it is gone, and waits for us to close ours."""
        self._gone()
        assert self._transport is not None
        linger(self._transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._gone()
        self._transport = None

    def pause_writing(self) -> None:
        transport = self._transport
        if self._id is not None and transport is not None and not transport.is_closing():
            transport.pause_reading()
            self._serving.blocked(self._id)

    def resume_writing(self) -> None:
        transport = self._transport
        if self._id is not None and transport is not None and not transport.is_closing():
            transport.resume_reading()
            self._serving.writable(self._id)

    def _gone(self) -> None:
        identifier, self._id = self._id, None
        if identifier is not None:
            self._serving.gone(identifier)


def _called(peername: object) -> tuple[str, str]:
    """Host, and the whole address as people write it."""
    match peername:
        case (str(host), int(port), *_):
            plain = host.removeprefix("::ffff:") if "." in host else host
            return plain, f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"
        case _:
            return "unix", "unix"
