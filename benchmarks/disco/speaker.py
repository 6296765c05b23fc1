"""One session of the driver that is asked for answers, and may look at what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import cast

from benchmarks.disco.crowd import BEAT
from benchmarks.disco.figures import Wrong
from benchmarks.disco.servers import HOST, PATIENCE
from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.framing import Lines
from scs.disco.wire.lines import Command, Fault, Result

Told = Callable[[float, Json], None]


class Speaker(asyncio.Protocol):
    """`told(when, what)` is called for each change that it is told of."""

    def __init__(self, told: Told | None = None) -> None:
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._lines = Lines(1 << 24)
        self._asked: dict[str, asyncio.Future[Json]] = {}
        self._last = 0
        self._beating: asyncio.TimerHandle | None = None
        self.pause = BEAT
        self.lost = False
        self.problem = ""

    @classmethod
    async def to(cls, port: int, told: Told | None = None) -> Speaker:
        _, one = await asyncio.get_running_loop().create_connection(lambda: cls(told), HOST, port)
        return one

    @classmethod
    async def joined(cls, port: int, told: Told | None = None, **options: object) -> Speaker:
        """With a session of v1."""
        one = await cls.to(port, told)
        said = await one.ask("registry.join", {"options": {"proto": 1, **options}})
        one.pause = float(str(said["heartbeat"]))
        one.beat()
        return one

    def beat(self) -> None:
        self.write(b"\n")
        self._beating = self._loop.call_later(self.pause, self.beat)

    def hush(self) -> None:
        """Says nothing more by itself."""
        if self._beating is not None:
            self._beating.cancel()

    async def ask(self, command: str, arguments: Json) -> Json:
        """Raises Wrong where it is refused, or nothing is answered."""
        self._last += 1
        name = f"q{self._last}"
        waiting: asyncio.Future[Json] = self._loop.create_future()
        self._asked[name] = waiting
        self.write(lines.command(name, command, arguments))
        try:
            async with asyncio.timeout(PATIENCE):
                return await waiting
        except TimeoutError:
            raise Wrong(f"{command} is not answered") from None

    def write(self, data: bytes) -> None:
        if not self.lost:
            self.transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self._lines.feed(data)
        while (line := self._lines.take()) is not None:
            match lines.parse(line):
                case Result(id=name, value=value, error=error):
                    self._answered(name, value, error)
                case Command(name="requirement.changed", arguments=said) if self._told is not None:
                    self._told(at, said)
                case Fault(message=message):
                    self.problem = message
                case _:
                    pass

    def _answered(self, name: str, value: object, error: Json | None) -> None:
        waiting = self._asked.pop(name, None)
        if error is not None:
            self.problem = json.dumps(error)
        if waiting is None or waiting.done():
            return
        if error is not None:
            waiting.set_exception(Wrong(f"refused: {self.problem}"))
        else:
            waiting.set_result(value if isinstance(value, dict) else {})

    def connection_lost(self, _exc: Exception | None) -> None:
        self.lost = True
        self.hush()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Wrong(f"the connection is gone: {self.problem}"))

    def close(self) -> None:
        self.hush()
        self.transport.abort()


@contextlib.asynccontextmanager
async def speaker(port: int, told: Told | None = None, **options: object) -> AsyncIterator[Speaker]:
    one = await Speaker.joined(port, told, **options)
    try:
        yield one
    finally:
        one.close()


async def until(there: Callable[[], object], what: str, patience: float = PATIENCE, *, every: float = 0.005) -> float:
    """Seconds until it is so, looked at every so many seconds. Raises Wrong where it does not come to that."""
    began = time.perf_counter()
    while not there():
        if time.perf_counter() > began + patience:
            raise Wrong(f"not within {patience:g} s: {what}")
        await asyncio.sleep(every)
    return time.perf_counter() - began
