"""A server with HTTP in the test's loop, and somebody who asks it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from scs.disco.edges.http.listening import Http
from scs.disco.edges.places import Place
from scs.disco.edges.serving import Serving
from scs.disco.sessions.tokens import Tokens
from scs.disco.settings import Settings
from scs.disco.values import Json
from tests.disco.edges import rig


@dataclass(frozen=True)
class Front:
    serving: Serving
    edge: Http
    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str, *, status: int = 200, headers: dict[str, str] | None = None, **query: str) -> Json:
        async with self.session.get(self.base + path, params=query, headers=headers) as response:
            said = await response.json()
            assert response.status == status, said
            assert isinstance(said, dict)
            return said

    async def refusal(
        self, path: str, status: int, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> str:
        error = (await self.get(path, status=status, headers=headers, **(query or {})))["error"]
        assert isinstance(error, dict)
        return str(error["message"])


def listed(said: Json, name: str) -> list[dict[str, Any]]:
    """The objects under this name."""
    found = said[name]
    assert isinstance(found, list)
    return found


@contextlib.asynccontextmanager
async def front(settings: Settings = rig.SETTINGS, tokens: Tokens | None = None) -> AsyncIterator[Front]:
    edge = Http([Place(host="127.0.0.1")], names=["disco.example.org"])
    async with rig.serving(edge, settings=settings, tokens=tokens) as serving, aiohttp.ClientSession() as session:
        yield Front(serving, edge, session, f"http://{edge.places[0]}")
