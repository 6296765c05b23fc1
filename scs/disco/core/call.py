"""A command that a peer gave, and the one answer that it gets, now or later."""

from __future__ import annotations

from dataclasses import dataclass

from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.sessions.session import Connection, Session
from scs.disco.values import Json
from scs.disco.wire import lines


@dataclass(slots=True, eq=False)
class Call:
    """A second answer is never sent: whoever is first has spoken."""

    hub: Hub
    connection: Connection
    id: str
    name: str
    given: Json
    answered: bool = False
    pending: bool = False

    @property
    def session(self) -> Session:
        """Commands of a session are refused before they get here without one."""
        assert self.connection.session is not None
        return self.connection.session

    def later(self) -> None:
        """The answer will come when something else has happened; until then it counts as in flight."""
        if not self.answered and not self.pending:
            self.pending = True
            self.connection.in_flight += 1

    def hand_over(self) -> None:
        """Somebody else answers: see `waiting`."""
        self.answered = True

    def ok(self, value: object) -> None:
        self._say(lines.result(self.id, value))

    def ok_text(self, value: str) -> None:
        """The same with JSON that is made already."""
        self._say(f'r:{self.id} {{"result":{value}}}\n'.encode())

    def refuse(self, why: Refused) -> None:
        error: Json = {"name": why.name, "message": why.message}
        self.hub.counters["refused"] += 1
        self._say(lines.failure(self.id, {**error, **why.extra}))

    def _say(self, data: bytes) -> None:
        if self.answered:
            return
        self.answered = True
        if self.pending:
            self.connection.in_flight -= 1
        self.hub.send(self.connection, data)
