"""Two connections, joined: what one says the other hears, no faster than it listens. Knows no endpoint.

- Back-pressure: when one side's buffer is full, nothing more is read from the other until it is not.
- Half-closing: the end of what one side says is told to the other, which may go on speaking.
- When one side dies (RST, an error), so does the other, by RST: nobody takes a broken stream for a finished one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import cast

HIGH = 256 * 1024  # bytes that one direction may hold
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class Side(asyncio.Protocol):
    """One of the two. Until it has another side, nothing is read from it."""

    def __init__(self, made: Callable[[Side], None] | None = None) -> None:
        self._made = made
        self.over: Callable[[], None] | None = None  # called when it is gone
        self.other: Side | None = None
        self.transport: asyncio.Transport
        self.open = False
        self._ended = False  # it says nothing more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=HIGH)
        self.open = True
        tune(self.transport)
        self.transport.pause_reading()
        if self._made is not None:
            self._made(self)

    def join(self, other: Side) -> None:
        """From now on they are one. Either may have died before the other came."""
        self.other, other.other = other, self
        for one, its in ((self, other), (other, self)):
            if not one.open:
                its.reset()
                return
        self.transport.resume_reading()
        other.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.open:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """It says nothing more; the other may. When neither does, both are over."""
        self._ended = True
        other = self.other
        if other is None or not other.open:
            return False
        with contextlib.suppress(OSError):
            other.transport.write_eof()
        if other._ended:
            other.transport.close()
            return False
        return True

    def pause_writing(self) -> None:
        if self.other is not None and self.other.open:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.open:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self.other is not None and self.other.open:
            if exc is not None:
                self.other.reset()
            else:
                self.other.transport.close()
        if self.over is not None:
            self.over()

    def reset(self) -> None:
        """Ends it so that the peer knows that something went wrong."""
        if not self.open:
            return
        raw = self.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def tune(transport: asyncio.Transport) -> None:
    """A peer that vanished is noticed in half a minute."""
    raw = transport.get_extra_info("socket")
    for level, option, value in _KEEPALIVE:
        with contextlib.suppress(OSError):  # it may be gone by now
            raw.setsockopt(level, option, value)
