"""Two data centres that follow each other, in one thread: each a server on its own table and a client of the other."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from scs.disco.client.client import Client
from scs.disco.client.following import Following
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Failed, Options, Write
from scs.disco.settings import Settings, Times
from scs.disco.values import PARTS, Json, Provision
from tests.disco.table import Peer, Table

TIMES = Times(grace=15, v1_timeout=5, max_hold=60)
KEYS = ("mysql", "http", "smtp")
STEP = 0.25


def offer(uid: str, endpoint: str = "mysql", *, host: str = "192.0.2.1", **more: object) -> Json:
    names = {"environment": "dev", "service": "blog", "role": "db", "endpoint": endpoint}
    return {**names, "uid": uid, "address": {"host": host, "port": 80}, **more}


def host_of(given: Json) -> str:
    address = given["address"]
    assert isinstance(address, dict)
    return str(address["host"])


@dataclass(eq=False)
class Side:
    """One data centre: its server, who provides there, and its link to the other."""

    dc: str
    other: Side = field(init=False)
    table: Table = field(init=False)
    provider: Peer = field(init=False)
    client: Client = field(init=False)
    following: Following = field(init=False)
    truth: dict[str, Json] = field(default_factory=dict)
    peer: Peer | None = None  # what the other knows of our connection
    connect_at: float | None = None
    joined: bool = False
    ever: set[str] = field(default_factory=set)  # hosts that were provided here
    absent: set[str] = field(default_factory=set)  # ids here that were gone since the other last took them over

    def begin(self, now: float, saved: bytes | None = None) -> None:
        settings = Settings(server=f"s-{self.dc}", dc=self.dc, federated=(self.other.dc,), times=TIMES)
        self.table = Table(settings, saved=saved, now=now)
        self.joined = False

    def link(self) -> None:
        now = self.table.now
        options = Options(client=f"federation of {self.dc}", dc=self.dc, cap=1, backoff=0.1)
        self.client = Client(options, now=now, entropy=random.Random(f"{self.dc} {now}").randbytes)
        self.following = Following(self.client, self.other.dc, self.table.disco.epoch, now)
        self.connect_at, self.peer = None, None

    # Who provides here.

    def join(self) -> None:
        """The provider comes (back), and says all that it provides."""
        self.provider = self.table.peer()
        self.provider.join(proto=1, timeout=10)
        self.provider.ask("provision.sync", {"provisions": list(self.truth.values())})
        self.joined = True

    def provide(self, uid: str, given: Json) -> None:
        if uid in self.truth and self.truth[uid]["endpoint"] != given["endpoint"]:
            self.absent |= {one.id for one in self.own() if one.uid == uid}  # under that name
        self.truth[uid] = given
        self.ever.add(host_of(given))
        if self.joined:
            self.provider.ask("provision.set", given)

    def withdraw(self, uid: str) -> None:
        self.truth.pop(uid)
        self.absent |= {one.id for one in self.own() if one.uid == uid}
        if self.joined:
            self.provider.ask("provision.drop", {"id": uid})

    def away(self) -> None:
        if self.joined:
            self.joined = False
            self.provider.fin()

    # What is here.

    def own(self) -> list[Provision]:
        return [one for one in self.table.disco.hub.registry if not one.federated]

    def taken(self) -> dict[str, Provision]:
        """What the other told us, by its id there."""
        return {one.uid: one for one in self.table.disco.hub.registry if one.federated}

    def hosts(self) -> dict[str, str]:
        return {one.address.host: str(one.state) for one in self.taken().values()}

    # The link.

    def unlink(self) -> None:
        """Both ends lose the connection."""
        peer, self.peer = self.peer, None
        if peer is not None:
            if peer.closed is None and peer.table is self.other.table:
                peer.fin()
            self.client.disconnected(self.table.now)

    def flow(self, *, open_: bool, silent: bool) -> None:
        """What is on its way arrives."""
        now, other = self.table.now, self.other.table
        if self.peer is not None and self.peer.table is not other:
            self.peer = None
            self.client.disconnected(now)
        if self.connect_at is not None and now >= self.connect_at and self.peer is None:
            self.connect_at = None
            if open_ and not silent:
                self.peer = other.peer()
                self.client.connected(now)
            else:
                self.client.disconnected(now)
        while self._effects(silent=silent) or self._arrives(silent=silent):
            pass

    def _effects(self, *, silent: bool) -> bool:
        effects = self.client.drain()
        for effect in effects:
            match effect:
                case Write(data=data) if self.peer is not None and not silent:
                    self.peer.table.disco.receive(self.peer.table.now, self.peer.id, data)
                    self.peer.table.deliver()
                case Connect(at=at):
                    self.connect_at = at
                case Disconnect():
                    peer, self.peer = self.peer, None
                    if peer is not None and not silent and peer.closed is None:
                        peer.fin()
                case Changed() | Answered() | Failed():
                    self.following.heard(effect)
                case Write():
                    pass
        news = self.following.look(self.table.now, "it is cut")
        if news is not None:
            self.table.disco.federate(self.table.now, self.other.dc, news)
            self.table.deliver()
        return bool(effects)

    def _arrives(self, *, silent: bool) -> bool:
        peer = self.peer
        if peer is None or silent:
            return False
        data, peer.received = peer.received, b""
        if data:
            self.client.received(self.table.now, data)
        elif peer.closed is not None:
            self.peer = None
            self.client.disconnected(self.table.now)
        return bool(data)


class Two:
    """`x` and `y`. Their clocks have nothing in common."""

    def __init__(self) -> None:
        self.x, self.y = Side(dc="x"), Side(dc="y")
        self.x.other, self.y.other = self.y, self.x
        self.open, self.silent = True, False
        for side, now in ((self.x, 1_000.0), (self.y, 50_000.0)):
            side.begin(now)
            side.join()
        for side in self.sides:
            side.link()
        self.known = {side.dc: set[str]() for side in self.sides}
        self.wait(1)

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.x, self.y

    def restart(self, side: Side, *, saved: bool) -> None:
        """Its server dies without a word, and another process begins with the snapshot, or with nothing."""
        data = bytes(side.table.disco.snapshot()) if saved else None
        if side.peer is not None and side.peer.table is side.other.table:
            side.peer.fin()
        side.begin(side.table.now + STEP, data)
        side.link()
        if not saved:
            self.known[side.dc] = set()

    def cut(self) -> None:
        for side in self.sides:
            side.unlink()

    def wait(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / STEP))):
            for side in self.sides:
                table = side.table
                table.now += STEP
                if side.joined:
                    table.disco.receive(table.now, side.provider.id, b"\n")
                table.disco.tick(table.now)
                table.deliver()
                side.client.tick(table.now)
                table.disco.look_over(table.now, side.other.dc, range(PARTS))
                table.deliver()
            self.flow()

    def flow(self) -> None:
        for side in self.sides:
            side.flow(open_=self.open, silent=self.silent)
        self.check()

    def check(self) -> None:
        """What has to hold at any time."""
        for side in self.sides:
            there = {one.id for one in side.own()}
            if side.table.disco.complete:
                # What it has just started to know of may still come.
                side.absent |= self.known[side.other.dc] - there
        for side in self.sides:
            taken, known = side.taken(), self.known[side.dc]
            dropped = known - taken.keys()
            assert dropped <= side.other.absent, "dropped, and nobody ever said so"
            side.other.absent -= (taken.keys() - known) & {one.id for one in side.other.own()}
            self.known[side.dc] = set(taken)
            assert all((one.dc, one.owner) == (side.other.dc, "federated") for one in taken.values())
            assert side.hosts().keys() <= side.other.ever, "what we told came back"

    def converge(self) -> None:
        """Everything heals: each holds what the other provides, and all of it is ready."""
        self.open, self.silent = True, False
        for side in self.sides:
            if not side.joined:
                side.join()
        self.wait(60)
        for side in self.sides:
            expected = {one.id: (str(one.key), one.address, one.zone, "ready") for one in side.other.own()}
            found = {name: (str(o.key), o.address, o.zone, str(o.state)) for name, o in side.taken().items()}
            assert found == expected
            assert len(expected) == len(side.other.truth)
            assert side.table.disco.counters.get("divergence_total", 0) == 0
            assert side.table.disco.complete


def settled(two: Two, **more: Any) -> Two:
    """One endpoint of `y`, known to `x`; both know everything."""
    two.wait(TIMES.grace)
    two.y.provide("a", offer("a", host="192.0.2.50", **more))
    two.wait(1)
    assert two.x.hosts() == {"192.0.2.50": "ready"}
    return two
