"""A server on a table: a clock that the test turns, peers that are lists of lines, entropy that repeats."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from scs.disco.core.disco import Disco
from scs.disco.effects import Close, Effect, Note, Send
from scs.disco.settings import Settings, Times
from scs.disco.values import ConnectionId, Json

START = 1_000.0
WALL = 1_700_000_000.0
SETTINGS = Settings(times=Times(grace=0))
NAMES = {"environment": "dev", "service": "blog", "role": "db", "endpoint": "mysql"}


class Peer:
    """The other side of one connection. Lines are taken off as a test looks at them."""

    def __init__(self, table: Table, number: int) -> None:
        self.table = table
        self.id = ConnectionId(number)
        self.received = b""
        self.closed: str | None = None
        self.commands = itertools.count(1)

    def send(self, *lines: str) -> list[str]:
        """Sends lines, each with its end, as one segment; what came back."""
        return self.raw("".join(f"{line}\n" for line in lines).encode())

    def raw(self, data: bytes) -> list[str]:
        self.table.disco.receive(self.table.now, self.id, data)
        self.table.deliver()
        return self.lines()

    def lines(self) -> list[str]:
        """What was received since the last look, without heartbeats."""
        *whole, rest = self.received.decode().split("\n")
        self.received = rest.encode()
        return [line for line in whole if line]

    def ask(self, command: str, arguments: Mapping[str, object] | None = None) -> Json:
        """Gives a command and takes its answer: what it came to, or the error. Other lines stay."""
        number = f"q{next(self.commands)}"
        body = "" if arguments is None else " " + json.dumps(arguments)
        lines = self.send(f"c:{number} {command}{body}")
        answers = [line for line in lines if line.startswith(f"r:{number} ")]
        self.received = "".join(f"{line}\n" for line in lines if line not in answers).encode() + self.received
        assert len(answers) == 1, lines
        said = json.loads(answers[0].split(" ", 1)[1])
        found = said["result"] if "result" in said else said["error"]
        assert isinstance(found, dict)
        return found

    def told(self) -> list[Json]:
        """The notifications since the last look: their arguments."""
        return [json.loads(line.split(" ", 2)[2]) for line in self.lines() if " requirement.changed " in line]

    def join(self, **options: object) -> Json:
        return self.ask("registry.join", {"options": options})

    def fin(self) -> None:
        self.table.disco.closed(self.table.now, self.id)
        self.table.deliver()

    def block(self) -> None:
        self.table.disco.blocked(self.table.now, self.id)
        self.table.deliver()

    def unblock(self) -> None:
        self.table.disco.writable(self.table.now, self.id)
        self.table.deliver()


class Table:
    def __init__(self, settings: Settings = SETTINGS, *, saved: bytes | None = None, now: float = START) -> None:
        self.now = now
        self.peers: dict[ConnectionId, Peer] = {}
        self.notes: list[Note] = []
        self.effects: list[Effect] = []
        self.numbers = itertools.count(1)
        entropy = random.Random(f"{now}")
        self.settings = settings
        self.disco = Disco(settings, now=now, wall=WALL, entropy=entropy.randbytes, saved=saved)
        self.deliver()

    def peer(self, host: str = "192.0.2.1") -> Peer:
        number = next(self.numbers)
        peer = self.peers[ConnectionId(number)] = Peer(self, number)
        self.disco.connect(self.now, peer.id, host, f"{host}:{40000 + number}")
        self.deliver()
        return peer

    def v1(self, **options: object) -> Peer:
        peer = self.peer()
        peer.join(proto=1, **options)
        return peer

    def v0(self, **options: object) -> Peer:
        peer = self.peer()
        peer.join(**options)
        return peer

    def deliver(self) -> None:
        for effect in self.disco.drain():
            match effect:
                case Send(to=to, data=data):
                    for one in to:
                        self.peers[one].received += data
                case Close(connection=one, why=why):
                    self.peers[one].closed = why
                case Note():
                    self.notes.append(effect)
                case _:
                    self.effects.append(effect)

    def wait(self, seconds: float, *alive: Peer) -> None:
        """Lets time pass in small steps; those who are alive send a heartbeat every second."""
        for step in self._steps(seconds):
            self.now += step
            for peer in alive:
                self.disco.receive(self.now, peer.id, b"\n")
            self.disco.tick(self.now)
            self.deliver()

    def _steps(self, seconds: float) -> Iterator[float]:
        whole = int(seconds / 0.25)
        yield from itertools.repeat(0.25, whole)
        yield seconds - whole * 0.25

    def restarted(self, *, down: float = 5.0, lost: bool = False) -> Table:
        """The next process of this server: another clock, and what the snapshot held."""
        saved = None if lost else bytes(self.disco.snapshot())
        settings = replace(self.settings, times=replace(self.settings.times, grace=30))
        return Table(settings, saved=saved, now=self.now + down)


def offer(uid: str = "a", *, host: str = "192.0.2.10", port: int = 3306, **more: object) -> Json:
    return {**NAMES, "uid": uid, "address": {"host": host, "port": port}, **more}


def names(json_object: Json) -> list[str]:
    """The hosts of a notification or an answer, as `add:host`."""
    found = []
    for word in ("add", "update", "drop"):
        ones = json_object.get(word, [])
        assert isinstance(ones, list)
        found += [f"{word}:{one['address']['host'] if isinstance(one, dict) else one}" for one in ones]
    return found
