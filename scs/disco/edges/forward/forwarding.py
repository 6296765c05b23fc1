"""A listening port, its endpoints and its connections. Who tells it of endpoints is not its business."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from scs.disco.edges import places
from scs.disco.edges.forward.choosing import Choosing
from scs.disco.edges.forward.piping import Side
from scs.disco.edges.forward.rules import Rule
from scs.disco.edges.places import Place
from scs.disco.edges.wishes import Answer
from scs.disco.wire.shapes import Endpoint

Log = Callable[[str], None]


class CannotForward(Exception):
    """A port cannot be listened on. The message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds."""

    connect: float = 2.0  # for one endpoint, before the next is tried
    first: float = 10.0  # for a first answer of discovery, after the start
    all: float = 20.0  # for all of it


class Forward:
    """Connections go to an endpoint of the moment at which they come, and stay with it as long as it lives."""

    def __init__(self, rule: Rule, choosing: Choosing, log: Log, patience: Patience | None = None) -> None:
        self.rule = rule
        self.place = Place()  # where it listens
        self._choosing = choosing
        self._log = log
        self._patience = patience or Patience()
        self._known = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sides: set[Side] = set()
        self._server: asyncio.Server | None = None
        self._complained = ""

    def use(self, answer: Answer) -> None:
        """From now on new connections go to these; those that are there stay where they are."""
        self._choosing.use(answer.endpoints)
        self._known.set()
        self._complained = ""

    async def listen(self, host: str) -> None:
        """Raises CannotForward."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Side(self._accepted), host, self.rule.port, backlog=1024)
        except OSError as error:
            where = Place(host=host, port=self.rule.port)
            raise CannotForward(f"cannot listen on {where}: {_why(error)}; take another port or --bind") from None
        name = self._server.sockets[0].getsockname()
        self.place = Place(host=name[0], port=name[1])

    def close(self) -> None:
        """Nobody is let in any more, and who is here is let go."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        for side in list(self._sides):
            side.reset()

    @property
    def connections(self) -> int:
        return len(self._sides)

    def _accepted(self, client: Side) -> None:
        self._sides.add(client)
        client.over = lambda: self._sides.discard(client)
        task = asyncio.get_running_loop().create_task(self._serve(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: Side) -> None:
        found = None
        try:
            async with asyncio.timeout(self._patience.all):
                found = await self._reach(client)
        except TimeoutError:
            pass
        except Exception as error:  # whoever connected must not wait for ever
            self._log(f"{self.rule}: this is a bug of scs, it goes on: {type(error).__name__}: {error}")
        if found is None:
            client.reset()
            return
        endpoint, upstream = found
        self._choosing.begun(endpoint)
        self._complained = ""
        upstream.over = lambda: self._choosing.ended(endpoint)
        client.join(upstream)

    async def _reach(self, client: Side) -> tuple[Endpoint, Side] | None:
        """The first that answers. None when none does, or when the client has gone meanwhile."""
        if not await self._informed():
            self._complain(f"{self.rule}: no disco server has said yet where this is")
            return None
        order = self._choosing.order(time.monotonic())
        if not order:
            self._complain(f"{self.rule}: nobody provides it now")
            return None
        for endpoint in order:
            if not client.open:
                return None
            upstream = await self._connect(endpoint)
            if upstream is not None:
                return endpoint, upstream
        self._complain(f"{self.rule}: none of {len(order)} endpoints can be reached")
        return None

    async def _informed(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience.first):
                await self._known.wait()
        return self._known.is_set()

    async def _connect(self, endpoint: Endpoint) -> Side | None:
        if Place(host=endpoint.host, port=endpoint.port) == self.place:
            self._unreached(endpoint, "that is this very port, which would lead to itself")
            return None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience.connect):
                _, side = await loop.create_connection(Side, endpoint.host, endpoint.port)
        except (OSError, TimeoutError, ValueError) as error:  # ValueError: what can be the name of no host
            self._unreached(endpoint, _why(error))
            return None
        if not side.open:
            self._unreached(endpoint, "it hung up at once")
            return None
        return side

    def _unreached(self, endpoint: Endpoint, why: str) -> None:
        self._choosing.failed(endpoint, time.monotonic())
        self._log(f"{self.rule}: {Place(host=endpoint.host, port=endpoint.port)} cannot be reached: {why}")

    def _complain(self, text: str) -> None:
        """Once, until something changes."""
        if text != self._complained:
            self._complained = text
            self._log(text)


def _why(error: OSError | TimeoutError | ValueError) -> str:
    """The kernel's words: the loop's have addresses in them."""
    if isinstance(error, ValueError):
        return places.NO_HOST
    if error.errno:
        return os.strerror(error.errno)
    return "no answer" if isinstance(error, TimeoutError) else str(error)
