"""One question to a server, without a session and without a loop: for commands that ask and end."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Sequence
from types import TracebackType

from scs.disco.edges import places
from scs.disco.edges.places import Place
from scs.disco.edges.wishes import Unreachable
from scs.disco.problems import Refused
from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.framing import Lines, TooLong
from scs.disco.wire.lines import Result

LONGEST = 16 * 1024 * 1024
PIECE = 64 * 1024


class Line:
    """A connection to the first of these servers that answers."""

    def __init__(self, to: Sequence[Place], tls: ssl.SSLContext | None = None, *, timeout: float = 5.0) -> None:
        """Raises Unreachable."""
        self._timeout = timeout
        self._asked = 0
        self._lines = Lines(LONGEST)
        problems = []
        for place in to:
            try:
                self._socket = _connected(place, tls, timeout)
            except (OSError, ValueError) as error:  # ValueError: what can be the name of no host
                problems.append(f"cannot connect to {place}: {places.said(error, timeout)}")
            else:
                self._place = place
                return
        raise Unreachable("; ".join(problems))

    def __enter__(self) -> Line:
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, command: str, arguments: Json) -> Json:
        """Raises Refused, or Unreachable where no answer comes."""
        self._asked += 1
        try:
            self._socket.sendall(lines.command(self._asked, command, arguments))
            return self._answer(str(self._asked), time.monotonic() + self._timeout)
        except (OSError, TooLong) as error:
            said = places.said(error, self._timeout) if isinstance(error, OSError) else "its answer is too long"
            raise Unreachable(f"{self._place}: {said}") from None

    def _answer(self, identifier: str, until: float) -> Json:
        while True:
            while (line := self._lines.take()) is not None:
                match lines.parse(line):
                    case Result(id=one, value=dict(value), error=None) if one == identifier:
                        return value
                    case Result(id=one, error=dict(error)) if one == identifier:
                        raise Refused(str(error.get("message", "")), name=str(error.get("name", "Error")))
                    case lines.Fault(name=name, message=message):
                        raise Refused(message, name=name)
                    case _:
                        pass  # a heartbeat, or what concerns others
            self._socket.settimeout(max(0.001, until - time.monotonic()))
            data = self._socket.recv(PIECE)
            if not data:
                raise Unreachable(f"{self._place} closed the connection instead of an answer")
            self._lines.feed(data)


def _connected(place: Place, tls: ssl.SSLContext | None, timeout: float) -> socket.socket:
    if not place.path:
        one = socket.create_connection((place.host, place.port), timeout=timeout)
    else:
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(timeout)
    try:
        if place.path:
            one.connect(place.path)
        elif tls is not None:
            return tls.wrap_socket(one, server_hostname=place.host)
    except (OSError, ValueError):
        one.close()
        raise
    return one
