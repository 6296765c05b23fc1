"""The client without I/O: wishes, bytes and time in; bytes, whole sets and times to connect out. Outlives servers."""

from __future__ import annotations

from scs.disco.client import joining, old, telling
from scs.disco.client.link import Link
from scs.disco.client.options import Answered, Connect, Effect, Options, Want, Write
from scs.disco.client.state import Entropy, State
from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.framing import TooLong
from scs.disco.wire.lines import Command, Fault, Result


class Client:
    """Keeps what is provided and required true on a server that speaks v1, or v0."""

    def __init__(self, options: Options, *, now: float, entropy: Entropy, saved: bytes | None = None) -> None:
        self.state = State(options, now=now, entropy=entropy)
        self._tickets = 0
        if saved is not None:
            self.state.restore(saved)
        self.state.effects.append(Connect(now))

    # What the edge says.

    def connected(self, now: float) -> None:
        self._time(now)
        state = self.state
        state.link = Link(state.now, state.options.line, lambda data: state.effects.append(Write(data)))
        state.ready, state.acked = False, 0
        state.joining = state.now + state.options.answer
        joining.begin(state)

    def disconnected(self, now: float) -> None:
        """The connection is gone, or none came about."""
        self._time(now)
        self.state.down()

    def received(self, now: float, data: bytes) -> None:
        self._time(now)
        state, link = self.state, self.state.link
        if link is None:
            return
        link.feed(state.now, data)
        try:
            while state.link is link and (message := link.next()) is not None:
                if isinstance(message, Command):
                    telling.told(state, message)
                elif isinstance(message, Fault):
                    state.fail("session", f"The server says: {message.message}")
            telling.publish(state)
        except TooLong:
            state.cut("the server sent a line that is too long")
        except (ValueError, KeyError, TypeError) as error:
            state.session = None
            state.cut(f"the server sent what cannot be understood: {error}")

    def tick(self, now: float) -> None:
        self._time(now)
        state, link = self.state, self.state.link
        if link is None:
            return
        if state.joining is not None and state.now >= state.joining:
            state.cut("the server did not answer the join")
        elif state.now >= link.received + state.dead:
            state.cut("the server was silent for too long")
        elif state.ready and state.now >= link.sent + state.beat:
            if state.proto:
                telling.acknowledge(state)
            if state.now >= link.sent + state.beat:
                link.say(state.now, lines.HEARTBEAT)

    def due(self) -> float | None:
        """When `tick` has something to do, in the edge's time."""
        state, link = self.state, self.state.link
        if link is None:
            return None
        at = min(link.received + state.dead, state.joining if state.joining is not None else link.sent + state.beat)
        return state.pauses.outside(at)

    def drain(self) -> list[Effect]:
        effects, self.state.effects = self.state.effects, []
        return effects

    def _time(self, now: float) -> None:
        # A pause of ours: the server's heartbeats of that time may be waiting in the socket.
        self.state.now, paused = self.state.pauses.read(now)
        if self.state.link is not None:  # the server did not stand still: it has waited for our heartbeat
            self.state.link.sent -= paused

    # What the application wishes.

    def provide(self, now: float, uid: str, offer: Json) -> None:
        """Provides this from now on; the same uid again changes it. `offer`: arguments of `provision.set` but `uid`."""
        self._time(now)
        state = self.state
        state.offers[uid] = offer
        if not state.ready:
            return
        if state.proto:
            joining.provide(state, uid)
        else:
            old.provide(state, uid)

    def withdraw(self, now: float, uid: str, *, wait: float | None = None) -> int:
        """No longer provides it. The ticket is answered when the server did, or at once if there is no connection."""
        self._time(now)
        self.state.offers.pop(uid, None)
        identifier = uid if self.state.proto else self.state.old_ids.pop(f"offer {uid}", uid)
        return self.ask(now, "provision.drop", {"id": identifier, "wait": wait})

    def require(self, now: float, name: str, want: Want) -> None:
        """Requires this from now on: `Changed` says what there is."""
        self._time(now)
        self.state.wants[name] = want
        self.state.unsure.add(name)
        self.state.dropping.discard(name)
        if self.state.ready:
            joining.require(self.state, name)

    def unrequire(self, now: float, name: str) -> None:
        self._time(now)
        state = self.state
        if state.wants.pop(name, None) is None:
            return
        state.told.pop(name, None)
        state.seen.pop(name, None)
        state.unsure.discard(name)
        group = state.groups.pop(name, None)
        if group is not None and group not in state.groups.values():
            state.held.pop(group, None)
            state.resets.discard(group)
        state.dropping.add(name)
        if state.ready:
            joining.drop(state, name)

    def leave(self, now: float, *, wait: float | None = None) -> int:
        """Everything goes, and the client does not come back; a connection that is on its way provides nothing."""
        self.state.stopped = True
        self.state.offers.clear()
        self.state.wants.clear()
        return self.ask(now, "registry.leave", {"wait": wait})

    def ask(self, now: float, name: str, arguments: Json) -> int:
        """Any command of the protocol. `Answered` has the ticket."""
        self._time(now)
        self._tickets += 1
        state, ticket = self.state, self._tickets

        def then(result: Result) -> None:
            state.effects.append(Answered(ticket, result.value, result.error))

        if state.link is None or not state.ready:
            then(Result("", error={"name": "Lost", "message": "There is no connection to a server."}))
        else:
            state.link.ask(state.now, name, arguments, then)
        return ticket

    def saved(self) -> bytes:
        """What lets the next process of this client go on. It holds a secret: only its user may read it."""
        return self.state.saved()
