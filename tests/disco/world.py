"""A server, its clients and a bad network, in one thread with one clock: every byte moves when the test says so.

What is checked at every step: each connection tells a group's revisions in order, each once, none left out; a client
holds at a revision exactly what the server's registry was at it; nobody is given up before its time. And at the
end, when the network is good again: everybody holds the same, and what is provided.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Failed, Options, Want, Write
from scs.disco.core.disco import Disco
from scs.disco.effects import Close, Send
from scs.disco.registry.views import View
from scs.disco.sessions.timers import Kind
from scs.disco.settings import Settings, Times
from scs.disco.values import Change, ConnectionId, Json, Provision, ProvisionId, SessionId
from scs.disco.wire import shapes

TIMES = Times(grace=15, v1_timeout=5, max_hold=60)
WALL = 1_700_000_000.0
FILTERS: tuple[Json, ...] = (
    {},
    {"tier": "gold"},
    {"tier": {"ne": "gold"}},
    {"zone": {"in": ["a", "b"]}},
    {"tier": {"prefix": "s"}},
    {"tier": {"exists": False}},
)
KEYS = ("mysql", "http")


@dataclass(eq=False)
class Wire:
    """One connection: what is on its way in either direction, and who still believes in it."""

    id: ConnectionId
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    client_open: bool = True
    server_open: bool = True
    partitioned: bool = False
    blocked: bool = False
    tail: bytes = b""  # of what the client received, not yet a line
    last: dict[str, int] = field(default_factory=dict)  # group -> revision last told on this connection
    highest: int = 0


@dataclass(eq=False)
class Host:
    """A client and the world's view of it."""

    name: str
    client: Client
    wire: Wire | None = None
    connect_at: float | None = None
    sets: dict[str, Changed] = field(default_factory=dict)
    failures: list[Failed] = field(default_factory=list)


class World:
    def __init__(self, seed: int = 0, hosts: int = 4) -> None:
        self.random = random.Random(seed)
        self.now = 1_000.0
        self.settings = Settings(times=TIMES)
        self.numbers = itertools.count(1)
        self.wires: dict[ConnectionId, Wire] = {}
        self.truth: dict[tuple[str, int], dict[ProvisionId, Provision]] = {}
        self.heard: dict[SessionId, float] = {}  # when the server last heard of a session
        self.divergences = self.expired = self.frames = 0
        self.stopped = False
        self.saved: bytes | None = None
        self.disco = self._server(None)
        self.hosts = [self._host(f"h{number}") for number in range(hosts)]
        self.settle(1)

    # The server.

    def _server(self, saved: bytes | None) -> Disco:
        disco = Disco(self.settings, now=self.now, wall=WALL, entropy=self.random.randbytes, saved=saved)
        registry = disco.hub.registry
        self.started = self.now
        self.truth[registry.epoch, registry.rev] = {one.id: one for one in registry}
        apply = registry.apply

        def recorded(rev: int, changes: Iterable[Change]) -> tuple[Change, ...]:
            done = apply(rev, changes)
            self.truth[registry.epoch, rev] = {one.id: one for one in registry}
            return done

        registry.apply = recorded  # type: ignore[method-assign]  # to see each revision, also those within one input
        return disco

    def restart(self, *, saved: bool, stale: bool = False) -> None:
        """The server dies without a word; the next one starts with its last snapshot, an older one, or none."""
        self.divergences += self.disco.counters.get("divergence_total", 0)
        fresh = bytes(self.disco.snapshot())
        old, self.saved = self.saved, fresh
        for wire in list(self.wires.values()):
            wire.server_open = False
            wire.up.clear()
        self.heard.clear()
        self.disco = self._server((old if stale else fresh) if saved else None)

    def keep_snapshot(self) -> None:
        self.saved = bytes(self.disco.snapshot())

    def pause(self, seconds: float) -> None:
        """The server's process is stopped; everybody else goes on."""
        self.stopped = True
        self.advance(seconds)
        self.stopped = False

    def _perform(self) -> None:
        for effect in self.disco.drain():
            match effect:
                case Send(to=to, data=data):
                    for one in to:
                        if one in self.wires and self.wires[one].server_open:
                            self.wires[one].down += data
                case Close(connection=one):
                    self._server_closes(one)
        self._check_expiries()

    def _server_closes(self, one: ConnectionId) -> None:
        wire = self.wires.get(one)
        if wire is not None:
            wire.server_open = False

    def _check_expiries(self) -> None:
        for session in self.disco.hub.sessions.values():
            if session.connection is not None:
                self.heard[session.id] = max(self.heard.get(session.id, 0), session.connection.received)
        known = self.disco.hub.sessions
        for identifier in [one for one in self.heard if one not in known]:
            del self.heard[identifier]

    # Hosts and their wires.

    def _host(self, name: str, saved: bytes | None = None) -> Host:
        zone = "abc"[int(name[1:]) % 3]
        options = Options(client=name, dc="x", zone=zone, cap=2, backoff=0.2)
        return Host(name=name, client=Client(options, now=self.now, entropy=self.random.randbytes, saved=saved))

    def reborn(self, host: Host) -> None:
        """The client's process ends and the next one starts with what was saved; its offers are its application's."""
        before, saved = host.client.state, host.client.saved()
        if host.wire is not None:
            self.cut(host, keep=0)
        fresh = self._host(host.name, saved)
        host.client = fresh.client
        for uid, given in before.offers.items():
            host.client.provide(self.now, uid, given)
        for name, want in before.wants.items():
            host.client.require(self.now, name, want)
        self._client_effects(host)

    def _client_effects(self, host: Host) -> None:
        for effect in host.client.drain():
            match effect:
                case Write(data=data):
                    if host.wire is not None and host.wire.client_open:
                        host.wire.up += data
                case Connect(at=at):
                    host.connect_at = at
                case Disconnect():
                    self._client_closes(host)
                case Changed(name=name):
                    host.sets[name] = effect
                case Failed():
                    host.failures.append(effect)
                case Answered():
                    pass

    def _client_closes(self, host: Host) -> None:
        wire, host.wire = host.wire, None
        if wire is not None:
            wire.client_open = False
            wire.down.clear()
            if not wire.partitioned:
                self._fin(wire)

    def _fin(self, wire: Wire) -> None:
        """The server learns of it after what was sent before."""
        if wire.server_open and not self.stopped:
            if wire.up:
                self.disco.receive(self.now, wire.id, bytes(wire.up))
                wire.up.clear()
            wire.server_open = False
            self.disco.closed(self.now, wire.id)
            self._perform()

    def _dial(self, host: Host) -> None:
        if host.connect_at is None or self.now < host.connect_at or host.wire is not None or self.stopped:
            return
        host.connect_at = None
        wire = host.wire = Wire(ConnectionId(next(self.numbers)))
        self.wires[wire.id] = wire
        self.disco.connect(self.now, wire.id, host.name, host.name)
        host.client.connected(self.now)
        self._client_effects(host)

    def move_up(self, host: Host, count: int) -> None:
        wire = host.wire
        if wire is None or wire.partitioned or wire.blocked or self.stopped or not wire.up or not wire.server_open:
            return
        data = bytes(wire.up[:count])
        del wire.up[:count]
        self.disco.receive(self.now, wire.id, data)
        self._perform()

    def move_down(self, host: Host, count: int) -> None:
        wire = host.wire
        if wire is None or wire.partitioned or not wire.client_open:
            return
        data = bytes(wire.down[:count])
        del wire.down[:count]
        if data:
            self._look(host, wire, data)
        elif not wire.server_open:
            host.wire = None
            host.client.disconnected(self.now)
            self._client_effects(host)

    def _look(self, host: Host, wire: Wire, data: bytes) -> None:
        """Line by line, so that each frame is looked at when it was taken."""
        *whole, wire.tail = (wire.tail + data).split(b"\n")
        if not whole:
            host.client.received(self.now, data)
            return
        # The client gets the very bytes, cut where lines end, in order.
        first, rest = data.split(b"\n", 1)
        pieces = [first + b"\n"] + [one + b"\n" for one in rest.split(b"\n")[:-1]] + [rest.rsplit(b"\n", 1)[-1]]
        for piece, line in zip(pieces, [*whole, None], strict=True):
            if line is not None:
                self._check_frame(wire, line)
            host.client.received(self.now, piece)
            self._client_effects(host)
            if host.wire is not wire:
                return
            self._check_views(host)

    # Faults.

    def cut(self, host: Host, *, keep: int) -> None:
        """Both ends lose the connection; so many bytes of what was on its way still arrive."""
        wire = host.wire
        if wire is None:
            return
        wire.partitioned = False
        self.move_up(host, keep)
        self.move_down(host, keep)
        if host.wire is not wire:
            return
        wire.up.clear()
        host.wire, wire.client_open = None, False
        self._fin(wire)
        host.client.disconnected(self.now)
        self._client_effects(host)

    def partition(self, host: Host, on: bool) -> None:
        """Nothing arrives, and nobody is told."""
        if host.wire is not None:
            host.wire.partitioned = on

    def block(self, host: Host, on: bool) -> None:
        """The client does not read, and the server's buffer is full; or it reads again."""
        wire = host.wire
        if wire is None or not wire.server_open or self.stopped or wire.blocked is on:
            return
        wire.blocked = on
        if on:
            self.disco.blocked(self.now, wire.id)
        else:
            self.disco.writable(self.now, wire.id)
        self._perform()

    # Time.

    def advance(self, seconds: float, *, flow: bool = False) -> None:
        """Lets time pass; bytes move only if they may flow."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.25)
            for host in self.hosts:
                self._dial(host)
                if flow:
                    self.move_up(host, 1 << 20)
                    self.move_down(host, 1 << 20)
                host.client.tick(self.now)
                self._client_effects(host)
            if not self.stopped:
                self.disco.tick(self.now)
                self._perform()
                self._check_silence()

    def to_the_end_of_grace(self) -> None:
        """All goes well until a step before the server calls complete what it knows."""
        timers = self.disco.hub.timers._heap
        ends = [self.disco.hub.pauses.outside(one.at) for one in timers if one.kind is Kind.GRACE]
        self.settle(max(0.0, min(ends, default=self.now) - self.now - 0.03))

    def settle(self, seconds: float) -> None:
        self.advance(seconds, flow=True)

    # What has to hold.

    def _check_frame(self, wire: Wire, line: bytes) -> None:
        if b" requirement.changed " not in line:
            return
        said = json.loads(line.split(b" ", 2)[2])
        self.frames += 1
        group, rev, prev = said["id"], said["rev"], said["prev"]
        if said["action"] == "diff":
            # A reset answers a question: it says how the group is, which may be long since.
            assert rev >= wire.highest, f"told {rev} after {wire.highest}"
            wire.highest = rev
        if said["action"] == "diff" and group in wire.last:
            assert prev == wire.last[group], f"told from {prev} on, after {wire.last[group]}"
            assert rev > prev or not (said["add"] or said["update"] or said["drop"]), "told twice"
        if not said.get("more"):
            wire.last[group] = rev

    def _check_silence(self) -> None:
        """Who is silent for longer than a peer may be is cut off, whatever else is the matter."""
        hub = self.disco.hub
        for session in hub.sessions.values():
            one = session.connection
            if one is not None and one.blocked is None:
                assert hub.now <= max(one.received + TIMES.v1_dead, hub.settled_at) + 0.01

    def _check_views(self, host: Host) -> None:
        """At its revision, a client holds what the registry was."""
        state = host.client.state
        for group, one in state.held.items():
            known = self.disco.hub.groups.get(group)  # type: ignore[call-overload]  # a group's id is text
            truth = self.truth.get((state.epoch, one.rev))
            if known is None or truth is None or one.parts or group in state.resets or not one.rev:
                continue
            if self.disco.hub.registry.epoch != state.epoch or group not in (host.wire.last if host.wire else ()):
                continue
            view: View = {name: each for name, each in truth.items() if known.query.matches(each)}
            expected = {name: shapes.v1(each) for name, each in view.items()}
            assert one.view == expected, f"{host.name} at {one.rev}: {one.view} instead of {expected}"

    def check_converged(self) -> None:
        """Everything heals; after a while everybody is told of exactly what is provided."""
        for host in self.hosts:
            self.partition(host, False)
            self.block(host, False)
        # Damping and the budget keep late comers and suspects for a while: this is longer.
        self.settle(420)
        offers = [
            (host, uid, given)
            for host in self.hosts
            for uid, given in host.client.state.offers.items()
            if given["endpoint"] in KEYS  # others are refused, and keep nobody out
        ]
        assert len(self.disco.hub.registry) == len(offers)
        for host in self.hosts:
            assert host.client.state.ready, f"{host.name} is not connected"
            assert all(one.what.endswith("/bad") for one in host.failures), host.failures
            for name, want in host.client.state.wants.items():
                changed = host.sets.get(name)
                expected = {self._host_of(given) for who, _, given in offers if self._wanted(want, given, who)}
                got = {one.host for one in changed.endpoints} if changed is not None else set()
                assert got == expected, f"{host.name} {name}: {got} instead of {expected}"
        self.divergences += self.disco.counters.get("divergence_total", 0)
        assert self.divergences == 0, "a client held something else than it was told"
        assert self.disco.counters.get("gap_total", 0) == 0, "a client missed something"

    @staticmethod
    def _host_of(given: Json) -> str:
        address = given["address"]
        assert isinstance(address, dict)
        return str(address["host"])

    @staticmethod
    def _wanted(want: Want, given: Json, who: Host) -> bool:
        if want.arguments["endpoint"] != given["endpoint"]:
            return False
        attributes = given.get("attributes") or {}
        assert isinstance(attributes, dict)
        tier, zone = attributes.get("tier"), who.client.state.options.zone
        tests = {
            0: True,
            1: tier == "gold",
            2: tier != "gold",
            3: zone in ("a", "b"),
            4: tier is not None and tier.startswith("s"),
            5: tier is None,
        }
        return tests[FILTERS.index(want.arguments["filter"])]
