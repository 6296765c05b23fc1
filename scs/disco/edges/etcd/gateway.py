"""Calls to etcd's JSON gateway, and its watch as lines of JSON; another member when one fails. Knows no keys."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp

from scs.disco.edges.etcd import cluster
from scs.disco.edges.etcd.cluster import Cluster
from scs.disco.edges.serving import CannotServe

# What comes from etcd is JSON of its own making: read where it is used.
Said = dict[str, Any]

OK = 200
CONNECTIONS = 32
CALL = 3.0  # seconds for one try at one member
CONNECT = 1.5
BAD = 5.0  # seconds that a member which failed is asked last
_UNAUTHENTICATED = 16
_AWAY = (4, 8, 10, 13, 14)  # of gRPC: deadline, no room, aborted, internal, unavailable


class Away(Exception):
    """No member answers. The message says why the last one did not."""


class Rejected(Exception):
    """etcd understood, and will not. `code` is gRPC's."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Gateway:
    """On the running loop. Members are asked in turn; one that failed comes last for a while."""

    def __init__(self, given: Cluster) -> None:
        """Raises CannotServe for files that cannot be used."""
        self._cluster = given
        self._tls: ssl.SSLContext | bool = cluster.context(given) or True
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))
        self._bad: dict[str, float] = {}
        self._turn = 0
        self._token = ""

    async def close(self) -> None:
        await self._http.close()

    def failed(self, url: str) -> None:
        """Ask others first."""
        self._bad[url] = asyncio.get_running_loop().time() + BAD

    def members(self) -> list[str]:
        """Those that are well first, beginning with the one that is in use."""
        now, urls = asyncio.get_running_loop().time(), self._cluster.urls
        turned = urls[self._turn :] + urls[: self._turn]
        return sorted(turned, key=lambda one: self._bad.get(one, 0.0) > now)

    async def call(self, path: str, body: Said, *, seconds: float = CALL) -> Said:
        """The answer of the first member that gives one. Raises Away or Rejected. It may have been done twice."""
        why = "it has no members"
        for url in self.members():
            try:
                async with asyncio.timeout(seconds):
                    said = await self._try(url, path, body)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, Away) as error:
                why = f"{url}: {_words(error)}"
                self.failed(url)
            else:
                self._turn = self._cluster.urls.index(url)
                return said
        raise Away(why)

    async def _try(self, url: str, path: str, body: Said) -> Said:
        try:
            return await self._once(url, path, body)
        except Rejected as error:
            if not self._cluster.user or not _about_token(error):
                raise
        await self._authenticate(url)
        return await self._once(url, path, body)

    async def _once(self, url: str, path: str, body: Said) -> Said:
        headers = {"Authorization": self._token} if self._token else {}
        async with self._http.post(f"{url}/v3/{path}", json=body, headers=headers, ssl=self._tls) as answer:
            raw = await answer.read()
            if answer.status != OK and answer.content_type != "application/json":  # in front of the gateway
                _raise(answer.status, {"message": raw.decode(errors="replace").strip()[:200]})
            said = json.loads(raw)
            _raise(answer.status, said)
            assert isinstance(said, dict)
            return said

    async def _authenticate(self, url: str) -> None:
        self._token = ""
        try:
            given = {"name": self._cluster.user, "password": cluster.password(self._cluster)}
        except CannotServe as why:
            raise Away(str(why)) from None
        self._token = str((await self._once(url, "auth/authenticate", given)).get("token", ""))

    async def watch(self, url: str, create: Said) -> AsyncGenerator[Said, None]:
        """What it says, until it ends, which raises Away. Whoever reads has to see for himself that it lives."""
        headers = {"Grpc-Metadata-hasleader": "true", **({"Authorization": self._token} if self._token else {})}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT)
        try:
            async with self._http.post(
                f"{url}/v3/watch", json={"create_request": create}, headers=headers, ssl=self._tls, timeout=timeout
            ) as answer:
                async for line in _lines(answer.content):
                    said = json.loads(line)
                    _raise(answer.status, said)
                    yield said.get("result", {})
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, Rejected) as error:
            self.failed(url)
            raise Away(f"{url}: {_words(error)}") from None
        self.failed(url)
        raise Away(f"{url}: the watch ended")


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Of any length: what one revision changed may be a megabyte."""
    parts: list[bytes] = []
    async for piece in content.iter_any():
        *ended, rest = piece.split(b"\n")
        for one in ended:
            parts.append(one)
            line = b"".join(parts)
            parts.clear()
            if line.strip():
                yield line
        parts.append(rest)


def _raise(status: int, said: Said) -> None:
    """What etcd says instead of an answer: as a whole, or in a stream."""
    problem = said.get("error")
    if problem is None and status == OK:
        return
    if isinstance(problem, dict):  # in streams
        message, code = str(problem.get("message", problem)), int(problem.get("grpc_code") or 2)
    else:
        message, code = str(said.get("message") or problem or f"HTTP {status}"), int(said.get("code", 2))
    if code in _AWAY or ("code" not in said and status >= 500):
        raise Away(message)
    raise Rejected(message, code)


def _about_token(error: Rejected) -> bool:
    return error.code == _UNAUTHENTICATED or "user name is empty" in str(error) or "invalid auth token" in str(error)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
