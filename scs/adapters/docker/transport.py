"""HTTP over the engine's socket with a limit on the whole call; knows nothing of what is said.

The SDK's time-out counts anew with every read, so that a peer that drips a byte a minute holds it for ever.
Here each send and each read gets what is left of the call's own time.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import urllib3.connection
from requests.adapters import HTTPAdapter

from scs.adapters.docker.address import Address, target
from scs.adapters.docker.lists import OverdueError

CONNECT_SECONDS = 5.0
LEAST_SECONDS = 0.001
"""A time-out of zero would mean something else: not to block."""


class UnreachableError(Exception):
    """Nothing was sent: no connection came about. `error` is the system's reason."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Limit:
    """How long a call may take: `total` seconds from now, `idle` seconds without a byte. None is for ever."""

    def __init__(self, *, total: float | None = None, idle: float | None = None) -> None:
        self._end = None if total is None else time.monotonic() + total
        self._idle = idle

    def lift(self, *, idle: float | None) -> None:
        """From now on, only silence ends the call: for streams, whose length is not known."""
        self._end = None
        self._idle = idle

    def left(self) -> float | None:
        """Seconds for the next step. Raises OverdueError when there are none."""
        if self._end is None:
            return self._idle
        left = self._end - time.monotonic()
        if left <= 0:
            raise OverdueError
        return max(LEAST_SECONDS, left if self._idle is None else min(left, self._idle))


_current: ContextVar[Limit] = ContextVar("limit")


@contextmanager
def limited(limit: Limit) -> Iterator[None]:
    """Calls that this thread begins inside have this limit, also while their answers are read later."""
    token = _current.set(limit)
    try:
        yield
    finally:
        _current.reset(token)


class LimitedSocket(socket.socket):
    """A socket whose every send and read ends with the limit of the call that it serves."""

    limit: Limit

    def recv_into(self, *args: Any) -> int:
        self.settimeout(self.limit.left())
        try:
            return super().recv_into(*args)
        except TimeoutError as error:
            raise OverdueError from error

    def sendall(self, *args: Any) -> None:
        self.settimeout(self.limit.left())
        try:
            super().sendall(*args)
        except TimeoutError as error:
            raise OverdueError from error


def _connect(address: Address, limit: Limit) -> LimitedSocket:
    family, where = target(address)
    made = LimitedSocket(family, socket.SOCK_STREAM)
    made.limit = limit
    left = limit.left()
    made.settimeout(CONNECT_SECONDS if left is None else min(left, CONNECT_SECONDS))
    try:
        made.connect(where)
    except OSError as error:
        made.close()
        raise UnreachableError(error) from error
    return made


class _Connection(urllib3.connection.HTTPConnection):
    """Takes the limit of each call that it is used for."""

    def __init__(self, address: Address) -> None:
        super().__init__("localhost")
        self._address = address

    def connect(self) -> None:
        self.sock = _connect(self._address, _current.get())

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if isinstance(self.sock, LimitedSocket):
            self.sock.limit = _current.get()
        super().putrequest(*args, **kwargs)


class _Pool(urllib3.HTTPConnectionPool):
    def __init__(self, address: Address, size: int) -> None:
        super().__init__("localhost", maxsize=size)
        self._address = address

    def _new_conn(self) -> _Connection:
        return _Connection(self._address)


class Adapter(HTTPAdapter):
    """Leads every request of a session to one engine, over connections that are kept for the next call."""

    def __init__(self, address: Address, *, connections: int) -> None:
        super().__init__()
        self._pool = _Pool(address, connections)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> _Pool:
        return self._pool

    def close(self) -> None:
        super().close()
        self._pool.close()
