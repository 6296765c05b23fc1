"""Everything that a client holds, and the few ways to send. What happens to it is in the modules beside this."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from scs.disco.client.held import Held
from scs.disco.client.link import Link
from scs.disco.client.options import Changed, Connect, Disconnect, Effect, Failed, Options, Want
from scs.disco.sessions.pauses import Pauses
from scs.disco.values import Json
from scs.disco.wire.lines import Result

Entropy = Callable[[int], bytes]


class State:
    """One client's state. `now` is our time: it stands still while this process is stopped."""

    def __init__(self, options: Options, *, now: float, entropy: Entropy) -> None:
        self.options = options
        self.now = now
        self.pauses = Pauses(now, 1.0)
        self.random = random.Random(entropy(8))
        self.offers: dict[str, Json] = {}
        self.wants: dict[str, Want] = {}
        self.groups: dict[str, str] = {}  # requirement -> group
        self.held: dict[str, Held] = {}
        self.told: dict[str, Changed] = {}
        self.seen: dict[str, tuple[Want, Held, int]] = {}  # what that was made of: nothing is made twice of the same
        self.resets: set[str] = set()  # groups whose whole set is on its way
        # Requirements of which the server may not know what they are now, or that they are none any more.
        self.unsure: set[str] = set()
        self.dropping: set[str] = set()
        self.session: str | None = None
        self.secret = ""
        self.epoch = ""
        self.rev = 0
        self.dc = ""  # that the server says it is in
        self.proto = 1
        self.beat, self.dead = 3.0, 10.0
        self.link: Link | None = None
        self.ready = False  # joined or resumed on this connection
        self.joining: float | None = None  # when the answer to that has to be here
        self.acked = 0
        self.failures = 0
        self.others = 0  # sessions that the server had at the last join
        self.divergences = 0  # times that we held something else than we had been told
        self.stopped = False
        self.effects: list[Effect] = []
        # v0 has ids for what v1 calls by name: name -> id at the server.
        self.old_ids: dict[str, str] = {}

    def fail(self, what: str, message: str) -> None:
        self.effects.append(Failed(what, message))

    def ask(self, name: str, arguments: Json, what: str) -> None:
        """A command of our own: if it is refused, or one of its offers, the application is told of `what`."""
        assert self.link is not None

        def then(result: Result) -> None:
            if result.error is not None and result.error.get("name") != "Lost":
                self.fail(what, str(result.error.get("message", "")))
            listed = result.value.get("refused") if isinstance(result.value, dict) else None
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict):
                    self.fail(f"offer {one.get('uid')}", str(one.get("message", "")))

        self.link.ask(self.now, name, arguments, then)

    def cut(self, why: str, *, after: float | None = None) -> None:
        """We end the connection, and come back later."""
        self.effects.append(Disconnect(why))
        self.down(after=after)

    def down(self, *, after: float | None = None) -> None:
        """The connection is gone: when to try again, spread so that a server that is back is not overrun."""
        link, self.link = self.link, None
        was_ready, self.ready, self.joining = self.ready, False, None
        self.resets.clear()
        for one in self.held.values():
            one.parts.clear()
        if link is not None:
            link.lost()
        if self.stopped:
            return
        self.failures = 0 if was_ready else self.failures + 1
        options = self.options
        again = min(options.cap, options.backoff * 2 ** min(self.failures, 10))
        wait = self.random.uniform(0, max(again, min(options.spread, self.others / options.join_rate)))
        self.effects.append(Connect(self.pauses.outside(self.now + (wait if after is None else after))))

    def saved(self) -> bytes:
        held = {name: [one.rev, one.complete, one.view, one.kept] for name, one in self.held.items()}
        said = {"session": self.session, "secret": self.secret, "epoch": self.epoch, "rev": self.rev}
        asked = {"groups": self.groups, "held": held, "dropping": sorted(self.dropping)}
        return json.dumps({**said, **asked}, separators=(",", ":")).encode()

    def restore(self, data: bytes) -> None:
        """What cannot be used is left out: a client without a past joins anew."""
        try:
            said = json.loads(data)
            held = {
                str(name): Held(rev=int(rev), complete=bool(complete), view=dict(view), kept=dict(kept))
                for name, (rev, complete, view, kept) in said["held"].items()
            }
            for one in held.values():
                one.endpoints()
            groups = {str(name): str(group) for name, group in said["groups"].items() if group in held}
            session = None if said["session"] is None else str(said["session"])
            dropping = {str(name) for name in said["dropping"]}
            self.secret, self.epoch, self.rev = str(said["secret"]), str(said["epoch"]), int(said["rev"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        self.session, self.groups, self.held, self.dropping = session, groups, held, dropping
