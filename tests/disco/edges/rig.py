"""A running server in the test's own loop, with providers that speak the line protocol without a socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import ssl
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

from scs.disco.core.disco import Disco
from scs.disco.edges.serving import Edge, Serving
from scs.disco.sessions.tokens import Tokens
from scs.disco.settings import Settings, Times
from scs.disco.values import ConnectionId, Json

SETTINGS = Settings(times=Times(grace=0))
WARMING = Settings(times=Times(grace=3600))


def run(test: Coroutine[Any, Any, None]) -> None:
    """One test's loop; no test may take longer than this."""

    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test

    asyncio.run(bounded())


def names(endpoint: str = "http", role: str = "web", service: str = "blog", environment: str = "dev") -> dict[str, str]:
    return {"environment": environment, "service": service, "role": role, "endpoint": endpoint}


class Provider:
    """A peer of the server: what it is sent is kept as bytes."""

    def __init__(self, serving: Serving, *, client: str = "provider", token: str | None = None) -> None:
        self.serving = serving
        self.received = b""
        self.closed = False
        self._numbers = itertools.count(1)
        one = serving.attach(self, "rig", "rig:1", trusted=token is None)
        assert one is not None
        self.id: ConnectionId = one
        options: Json = {"proto": 1, "timeout": 10, "client": client}
        self.ask("registry.join", {"options": {**options, **({"token": token} if token else {})}})

    def write(self, data: bytes) -> None:
        self.received += data

    def close(self) -> None:
        self.closed = True

    def ask(self, command: str, arguments: Mapping[str, object]) -> Json:
        number = f"p{next(self._numbers)}"
        self.serving.receive(self.id, f"c:{number} {command} {json.dumps(arguments)}\n".encode())
        start = f"r:{number} ".encode()
        (line,) = [one for one in self.received.split(b"\n") if one.startswith(start)]
        said = json.loads(line.removeprefix(start))
        assert "result" in said, said
        found = said["result"]
        assert isinstance(found, dict)
        return found

    def provide(self, uid: str, host: str, port: int = 80, *, proto: str = "tcp", **more: object) -> str:
        key = {one: more.pop(one) for one in names() if one in more}
        address = {"host": host, "port": port, "proto": proto}
        said = self.ask("provision.set", {**names(), **key, "uid": uid, "address": address, **more})
        return str(said["id"])

    def drop(self, uid: str) -> None:
        self.ask("provision.drop", {"id": uid})

    def require(self, **key: str) -> None:
        self.ask("requirement.set", {**names(**key), "uid": "r"})

    def lost(self) -> None:
        """As after a RST: its endpoints are suspect from now on."""
        self.serving.gone(self.id)


@contextlib.asynccontextmanager
async def serving(
    *edges: Edge, settings: Settings = SETTINGS, tokens: Tokens | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Serving]:
    """Starts the edges on a new server, and stops them."""
    core = Disco(settings, now=time.monotonic(), wall=time.time(), entropy=os.urandom)
    if tokens is not None:
        core.use_tokens(time.monotonic(), tokens, wall=time.time())
    one = Serving(core, settings, lambda level, text: None)
    one.tls = tls
    core.tick(Serving.now())  # with no grace, the server knows everything from its first moment
    one.begin()
    started: list[Edge] = []
    try:
        for edge in edges:
            await edge.start(one)
            started.append(edge)
        yield one
    finally:
        for edge in reversed(started):
            await edge.stop()
        one.end()
