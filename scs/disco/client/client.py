"""The client without I/O: wishes, bytes and time in; bytes, whole sets and times to connect out. Survives its server."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from scs.disco.client import held, old
from scs.disco.client.held import Held, Outcome
from scs.disco.client.link import Link
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Effect, Failed, Options, Want, Write
from scs.disco.sessions.pauses import Pauses
from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.framing import TooLong
from scs.disco.wire.lines import Command, Fault, Result

Entropy = Callable[[int], bytes]
SYNC = 100  # offers in one line


class Client:
    """Keeps what is provided and required true on a server that speaks v1, or v0."""

    def __init__(self, options: Options, *, now: float, entropy: Entropy, saved: bytes | None = None) -> None:
        self.options = options
        self.offers: dict[str, Json] = {}
        self.wants: dict[str, Want] = {}
        self.groups: dict[str, str] = {}  # requirement -> group
        self.held: dict[str, Held] = {}
        self.session: str | None = None
        self.secret = ""
        self.epoch = ""
        self.rev = 0
        self.proto = 1
        self.ready = False  # joined or resumed on this connection
        self.effects: list[Effect] = []
        self.told: dict[str, Changed] = {}
        self.resets: set[str] = set()  # groups whose whole set is on its way
        self.beat, self.dead = 3.0, 10.0
        self.link: Link | None = None
        self.old = old.Old(self)
        self._pauses = Pauses(now, 1.0)
        self.now = now
        self._random = random.Random(entropy(8))
        self._failures = 0
        self._sessions = 0
        self._tickets = 0
        self._acked = 0
        self._stopped = False
        self._joining: float | None = None
        if saved is not None:
            self._restore(saved)
        self.effects.append(Connect(now))

    # What the edge says.

    def connected(self, now: float) -> None:
        self._time(now)
        self.link = Link(self.now, self.options.line, lambda data: self.effects.append(Write(data)))
        self.ready, self._acked = False, 0
        self._joining = self.now + self.options.answer
        if self.session is not None and self.proto:
            self._resume()
        else:
            self._join()

    def disconnected(self, now: float) -> None:
        """The connection is gone, or none came about."""
        self._time(now)
        self._down()

    def received(self, now: float, data: bytes) -> None:
        self._time(now)
        link = self.link
        if link is None:
            return
        link.feed(self.now, data)
        try:
            while self.link is link and (message := link.next()) is not None:
                if isinstance(message, Command):
                    self._told(message)
                elif isinstance(message, Fault):
                    self.effects.append(Failed("session", f"The server says: {message.message}"))
        except (TooLong, ValueError, KeyError, TypeError) as error:
            self._break(f"the server sent what cannot be understood: {error}")

    def tick(self, now: float) -> None:
        self._time(now)
        link = self.link
        if link is None:
            return
        if self._joining is not None and self.now >= self._joining:
            self._break("the server did not answer the join")
        elif self.now >= link.received + self.dead:
            self._break("the server was silent for too long")
        elif self.ready and self.now >= link.sent + self.beat:
            self._beat(link)

    def due(self) -> float | None:
        """When `tick` has something to do, in the edge's time."""
        if self.link is None:
            return None
        at = min(self.link.received + self.dead, self._joining or self.link.sent + self.beat)
        return self._pauses.outside(at)

    def drain(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects

    # What the application wishes.

    def provide(self, now: float, uid: str, offer: Json) -> None:
        """Provides this from now on; the same uid again changes it. `offer`: arguments of `provision.set` but `uid`."""
        self._time(now)
        self.offers[uid] = offer
        if self.ready and self.link is not None:
            if self.proto:
                self._ask("provision.set", {**offer, "uid": uid}, f"offer {uid}")
            else:
                self.old.provide(uid, offer)

    def withdraw(self, now: float, uid: str, *, wait: float | None = None) -> int:
        """No longer provides it; the ticket is answered when the server did, or at once if there is no connection."""
        self._time(now)
        self.offers.pop(uid, None)
        identifier = uid if self.proto else self.old.forget(uid)
        return self.ask(now, "provision.drop", {"id": identifier, "wait": wait})

    def require(self, now: float, name: str, want: Want) -> None:
        """Requires this from now on: `Changed` says what there is."""
        self._time(now)
        self.wants[name] = want
        if self.ready:
            self._require(name)

    def unrequire(self, now: float, name: str) -> None:
        self._time(now)
        if self.wants.pop(name, None) is None:
            return
        self.told.pop(name, None)
        group = self.groups.pop(name, None)
        if group is not None and group not in self.groups.values():
            self.held.pop(group, None)
        if self.ready:
            self._ask("requirement.drop", {"id": name if self.proto else (group or "")}, f"requirement {name}")

    def leave(self, now: float, *, wait: float | None = None) -> int:
        """Everything goes at once, and the client does not come back."""
        self._time(now)
        self._stopped = True
        return self.ask(now, "registry.leave", {"wait": wait})

    def ask(self, now: float, name: str, arguments: Json) -> int:
        """Any command; `Answered` has the ticket."""
        self._time(now)
        self._tickets += 1
        ticket = self._tickets

        def then(result: Result) -> None:
            self.effects.append(Answered(ticket, result.value, result.error))

        if self.link is None or not self.ready:
            then(Result("", error={"name": "Lost", "message": "There is no connection to a server."}))
        else:
            self.link.ask(self.now, name, arguments, then)
        return ticket

    def saved(self) -> bytes:
        """What lets the next process of this client go on: keep it where only its user can read it."""
        held = {name: [one.rev, one.complete, one.view, one.kept] for name, one in self.held.items()}
        said = {
            "session": self.session,
            "secret": self.secret,
            "epoch": self.epoch,
            "rev": self.rev,
            "proto": self.proto,
        }
        return json.dumps({**said, "groups": self.groups, "held": held}, separators=(",", ":")).encode()
