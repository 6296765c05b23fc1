"""The client's side of one connection: commands and their answers, heartbeats, silence. Knows no group."""

from __future__ import annotations

from collections.abc import Callable

from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.framing import Lines
from scs.disco.wire.lines import Message, Result

Then = Callable[[Result], None]
LINE = 256 * 1024  # what a server takes that does not say it


class Link:
    """Lives as long as the connection. `write` is given what goes out."""

    def __init__(self, now: float, limit: int, write: Callable[[bytes], None]) -> None:
        self._lines = Lines(limit)
        self._write = write
        self._asked: dict[str, Then] = {}
        self._last = 0
        self.longest = LINE  # a server hangs up on more
        self.received = now
        self.sent = now

    def ask(self, now: float, name: str, arguments: Json, then: Then) -> None:
        self._last += 1
        identifier = str(self._last)
        line = lines.command(identifier, name, arguments)
        if len(line) > self.longest:
            why = f"The command is {len(line)} bytes long; the server takes lines of at most {self.longest}."
            then(Result(identifier, error={"name": "LimitExceeded", "message": why}))
            return
        self._asked[identifier] = then
        self.say(now, line)

    def notice(self, now: float, name: str, arguments: Json) -> None:
        self._last += 1
        self.say(now, lines.command(str(self._last), name, arguments))

    def say(self, now: float, data: bytes) -> None:
        self.sent = now
        self._write(data)

    def feed(self, now: float, data: bytes) -> None:
        self.received = now
        self._lines.feed(data)

    def next(self) -> Message | None:
        """The next message; answers go to who asked. Raises TooLong."""
        while (line := self._lines.take()) is not None:
            message = lines.parse(line)
            if not isinstance(message, Result):
                return message
            then = self._asked.pop(message.id, None)
            if then is not None:
                then(message)
        return None

    def lost(self) -> None:
        """Nobody will answer any more."""
        asked, self._asked = self._asked, {}
        for identifier, then in asked.items():
            then(
                Result(identifier, error={"name": "Lost", "message": "The connection was lost before the answer came."})
            )
