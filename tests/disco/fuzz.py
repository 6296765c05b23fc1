"""Hostile bytes for the server and for the client: `python -m tests.disco.fuzz --inputs 200000 --seed 1`.

Each input is a few lines that are nearly right, or not at all, cut into pieces anywhere. What has to hold: nothing is
raised, a command gets at most one answer, what is buffered and registered keeps to its limits, and memory stays.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from scs.disco.client.client import Client
from scs.disco.client.options import Options, Want
from scs.disco.core.disco import Disco
from scs.disco.effects import Close, Send
from scs.disco.settings import Limits, Settings, Times
from scs.disco.values import ConnectionId
from scs.disco.wire import arguments

LIMITS = replace(Limits(), line=8192, provisions=20, requirements=20, connections_per_host=100)
SETTINGS = Settings(times=Times(grace=0), limits=LIMITS)
NAMES = {"environment": "dev", "service": "blog", "role": "db", "endpoint": "mysql"}
VALUES: tuple[Callable[[random.Random], object], ...] = (
    lambda r: None,
    lambda r: r.choice([True, False, 0, -1, 1, 2**53, 2**70, 1.5, -0.0, 1e308]),
    lambda r: r.choice(
        ["", "a", "/", "\0", "\u2028", "\ud7ff", "é" * 300, "x" * 5000, "^(a+)+$", "((", "[", "a{1000}"]
    ),
    lambda r: [],
    lambda r: {},
    lambda r: {"host": "h", "port": r.choice([0, 1, 65536, "80", None])},
    lambda r: {"in": [], "re": "(", "ne": None},
    lambda r: [{**NAMES, "uid": str(r.randrange(9)), "address": {"host": "h", "port": 1}}],
    lambda r: {"proto": r.choice([0, 1, 2, "1"]), "timeout": r.choice([None, 0, 1, -1, 1e9, "x"])},
    lambda r: {f"k{number}": "v" for number in range(r.choice([1, 40]))},
)


def text(chance: random.Random) -> bytes:
    """One line, without its end."""
    kind = chance.randrange(10)
    if kind == 0:
        return chance.randbytes(chance.choice([1, 20, 300]))
    if kind == 1:
        return b"c:1 ping " + chance.choice([b"[" * 3000, b'{"a":' * 900, b"1" * 5000, b'"\\ud800"', b"NaN", b"1e999"])
    if kind == 2:
        return chance.choice([b"", b"\r", b"r:1 {}", b'r:1 {"result":1}', b"e {}", b"e 1", b"x" * 9000])
    line = command(chance)
    return mutated(line, chance) if kind < 6 else line


def command(chance: random.Random) -> bytes:
    name = chance.choice(list(arguments.ARGUMENTS))
    said: dict[str, object] = {}
    for argument in arguments.ARGUMENTS[name]:
        if argument in NAMES and chance.random() < 0.9:
            said[argument] = NAMES[argument]
        elif argument == "address" and chance.random() < 0.7:
            said[argument] = {"host": f"192.0.2.{chance.randrange(9)}", "port": 80}
        elif argument == "uid" and chance.random() < 0.8:
            said[argument] = f"u{chance.randrange(30)}"
        elif chance.random() < 0.3:
            said[argument] = chance.choice(VALUES)(chance)
    return f"c:{chance.randrange(1_000_000)} {name} {json.dumps(said)}".encode()


def mutated(line: bytes, chance: random.Random) -> bytes:
    changed = bytearray(line)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(3):
            case 0:
                changed[at : at + 1] = chance.randbytes(1)
            case 1:
                del changed[at : at + chance.randrange(1, 8)]
            case _:
                changed[at:at] = changed[max(0, at - 9) : at]
    return bytes(changed)


class Trial:
    """A server with a few connections that are replaced when they are closed, and a client."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = 0.0
        self.disco = Disco(SETTINGS, now=0, wall=1e9, entropy=self.chance.randbytes)
        self.last = 0
        self.open: list[ConnectionId] = []
        self.answers: Counter[tuple[ConnectionId, bytes]] = Counter()
        self.asked: Counter[tuple[ConnectionId, bytes]] = Counter()
        self.client = self._client()

    def _client(self) -> Client:
        client = Client(Options(), now=self.now, entropy=self.chance.randbytes)
        client.require(self.now, "r", Want(arguments=dict(NAMES)))
        client.connected(self.now)
        client.received(
            self.now, b'r:1 {"result":{"id":"x","proto":1,"secret":"y","epoch":"z","rev":0,"complete":true}}\n'
        )
        client.received(self.now, b'r:3 {"result":{"id":"q","group":"g","rev":0,"complete":true}}\n')
        return client

    def one(self) -> None:
        data = b"".join(text(self.chance) + b"\n" for _ in range(self.chance.randrange(1, 4)))
        while len(self.open) < 5:
            self._connect()
        to = self.chance.choice(self.open)
        for line in data.split(b"\n"):
            # A command's id is the server's to read however the rest of the line looks.
            if line.startswith(b"c:"):
                self.asked[to, line[2:].split(b" ")[0]] += 1
        cut = self.chance.randrange(len(data) + 1)
        for piece in (data[:cut], data[cut:]):
            self.disco.receive(self.now, to, piece)
            self._drain()
        self._others(to)
        self._client_takes(data)

    def _others(self, to: ConnectionId) -> None:
        match self.chance.randrange(40):
            case 0:
                self.disco.closed(self.now, to)
                self._gone(to)
            case 1:
                self.disco.blocked(self.now, to)
                self.disco.writable(self.now, to)
            case 2 | 3:
                self.now += 0.5
                self.disco.tick(self.now)
            case _:
                pass
        self._drain()

    def _connect(self) -> None:
        self.last += 1
        connection = ConnectionId(self.last)
        self.open.append(connection)
        self.disco.connect(self.now, connection, "h", "h:1")
        if self.chance.random() < 0.9:
            options = {"proto": self.chance.randrange(2), "timeout": self.chance.choice([0, 2])}
            line = f"c:join registry.join {json.dumps({'options': options})}\n"
            self.disco.receive(self.now, connection, line.encode())
            self.asked[connection, b"join"] += 1
        self._drain()

    def _gone(self, connection: ConnectionId) -> None:
        if connection in self.open:
            self.open.remove(connection)
        for counted in (self.asked, self.answers):
            for key in [key for key in counted if key[0] == connection]:
                del counted[key]

    def _drain(self) -> None:
        for effect in self.disco.drain():
            match effect:
                case Send(to=to, data=data):
                    for line in data.split(b"\n"):
                        if line.startswith(b"r:"):
                            key = (to[0], line[2:].split(b" ")[0])
                            self.answers[key] += 1
                            assert key[0] not in self.open or self.answers[key] <= self.asked[key], line[:200]
                case Close(connection=connection):
                    self._gone(connection)
                case _:
                    pass

    def _client_takes(self, data: bytes) -> None:
        group = self.chance.choice(["g", "h"])
        said = self.chance.choice([b"", f'c:1 requirement.changed {{"id":"{group}","rev":1,'.encode()])
        self.client.received(self.now, said + data)
        self.client.tick(self.now)
        self.client.drain()
        if self.client.state.link is None:
            self.client = self._client()

    def check(self) -> None:
        hub = self.disco.hub
        assert len(hub.connections) <= 6
        for connection in hub.connections.values():
            assert len(connection.lines) <= LIMITS.line
        for session in hub.sessions.values():
            assert len(session.provisions) <= LIMITS.provisions
            assert len(session.requirements) <= LIMITS.requirements
            assert len(session.syncing) <= LIMITS.provisions


def run(inputs: int, seed: int) -> float:
    """MiB by which the process has grown after its first tenth."""
    trial = Trial(seed)
    base = 0
    for number in range(inputs):
        trial.one()
        if number % 500 == 0:
            trial.check()
        if number == inputs // 10:
            base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    grown = run(given.inputs, given.seed)
    print(f"{given.inputs} inputs, seed {given.seed}: no traceback, grown by {grown:.1f} MiB")
    assert grown < 64, "memory grows"
