"""Servers on real sockets of this machine: in this process, or as one that can be stopped and killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop

from scs.disco.edges import places
from scs.disco.edges.places import Place
from scs.disco.edges.server import Options, Server
from scs.disco.settings import Limits, Settings, Times
from scs.disco.values import Json

SETTINGS = Settings(times=Times(grace=0))
HERE = places.parse("127.0.0.1:0")
PATIENCE = 20.0  # for a machine that is busy; nothing takes so long
FAST = Times(grace=2, v1_beat=0.3, v1_dead=1.5, v1_timeout=1.0)
NAMES = {"environment": "dev", "service": "blog", "role": "db", "endpoint": "mysql"}


LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
Loop = Callable[[], asyncio.AbstractEventLoop]


def run(loop: Loop, scenario: Coroutine[object, object, None]) -> None:
    """On a loop of this kind."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(scenario)


class Running:
    """A server in this process."""

    def __init__(self, server: Server, said: list[str]) -> None:
        self.server = server
        self.core = server.serving.core
        self.said = said

    @property
    def place(self) -> Place:
        match self.server.places[0]:
            case (str(host), int(port), *_):
                return Place(host=host, port=port)
            case path:
                return Place(path=str(path))


@contextlib.asynccontextmanager
async def served(options: Options | None = None) -> AsyncIterator[Running]:
    given = options or Options(listen=(HERE,), settings=SETTINGS)
    said: list[str] = []
    server = Server(given, lambda level, text: said.append(f"{level} {text}"))
    await server.start()
    try:
        yield Running(server, said)
    finally:
        await server.stop()


async def until(there: Callable[[], object], what: str) -> None:
    """Until it is so, looked at often; a failure says what was waited for."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, f"not within {PATIENCE:g} s: {what}"
        await asyncio.sleep(0.005)


class Wire:
    """A raw peer: bytes as they come over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._asked = 0

    @classmethod
    async def to(cls, place: Place, **how: object) -> Wire:
        if place.path:
            return cls(*await asyncio.open_unix_connection(place.path))
        return cls(*await asyncio.open_connection(place.host, place.port, **how))  # type: ignore[arg-type]  # as given

    def send(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\n" for line in lines).encode())

    async def line(self) -> str:
        """The next line that is no heartbeat; empty at the end."""
        async with asyncio.timeout(PATIENCE):
            while (line := await self.reader.readline()) == b"\n":
                pass
        return line.decode().removesuffix("\n")

    async def lines(self, count: int) -> list[str]:
        return [await self.line() for _ in range(count)]

    async def ask(self, command: str, arguments: Json) -> Json:
        """Its answer; what comes before it is passed over."""
        self._asked += 1
        self.send(f"c:q{self._asked} {command} {json.dumps(arguments)}")
        while not (line := await self.line()).startswith(f"r:q{self._asked} "):
            assert line, "the connection was closed before the answer"
        said = json.loads(line.split(" ", 1)[1])
        found = said.get("result", said.get("error"))
        assert isinstance(found, dict)
        return found

    async def join(self, **options: object) -> Json:
        return await self.ask("registry.join", {"options": {"proto": 1, **options}})

    async def changed(self) -> Json:
        """The next notification."""
        while " requirement.changed " not in (line := await self.line()):
            assert line, "the connection was closed"
        found = json.loads(line.split(" ", 2)[2])
        assert isinstance(found, dict)
        return found

    async def ended(self) -> bool:
        """Whether the server closes its side, whatever it says before."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(1 << 16):
                    pass
        return True

    def reset(self) -> None:
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.transport.abort()


def offer(uid: str = "a", *, host: str = "192.0.2.10", port: int = 3306, **more: object) -> Json:
    return {**NAMES, "uid": uid, "address": {"host": host, "port": port}, **more}


class Process:
    """A server of its own, always at the same place, with the snapshot of the one before it."""

    def __init__(self, folder: Path, times: Times = FAST) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.place = Place(host="127.0.0.1", port=one.getsockname()[1])
        self.snapshot = folder / "snapshot.json"
        self._times = times
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        said = {name: getattr(self._times, name) for name in Times.__slots__}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self.place), str(self.snapshot), json.dumps(said)],
                stderr=log,
                cwd=Path(__file__).parents[3],
            )
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex((self.place.host, self.place.port)) == 0

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.wait()

    def log(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


@contextlib.contextmanager
def process(folder: Path, times: Times = FAST) -> Iterator[Process]:
    one = Process(folder, times)
    try:
        one.start()
        yield one
    finally:
        one.close()


def _main(place: str, snapshot: str, times: str) -> None:
    from scs.disco.edges import server  # noqa: PLC0415 - only in the process of its own

    settings = replace(SETTINGS, times=Times(**json.loads(times)), limits=Limits(connections_per_host=20_000))
    where = places.parse(place)
    options = Options(listen=(where,), settings=settings, snapshot=Path(snapshot), insecure=not where.local)
    server.run(options, lambda level, text: print(level, text, file=sys.stderr, flush=True))


if __name__ == "__main__":
    _main(*sys.argv[1:])
