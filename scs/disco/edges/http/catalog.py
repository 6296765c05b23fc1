"""`/v1/catalog`: all that is provided and required, or what is under the first names given; in pieces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from aiohttp import web

from scs.disco.core import asking
from scs.disco.edges.http import asked, guarding
from scs.disco.edges.serving import Serving
from scs.disco.registry import filters
from scs.disco.sessions import tokens
from scs.disco.values import Json, Key, Provision
from scs.disco.wire import shapes

_PIECE = 64 * 1024


class Catalog:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked.known(request.query, "filter")
        tests = asked.tests(request.query, self._serving.settings.limits)
        # Without names that were not given; a slash at the end is none.
        names = tuple(one for name in asked.NAMES if (one := request.match_info.get(name)))
        core, scopes = self._serving.core, guarding.scopes(request)
        head: Json = {"epoch": core.epoch, "rev": core.rev, "complete": core.complete}
        provided, required = core.catalog(), core.required()
        keys = [
            key
            for key in sorted({*provided, *required})
            if key.names[: len(names)] == names and tokens.allows(scopes, "require", key)
        ]
        admin = "admin" in scopes
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        await response.prepare(request)
        begin = json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"keys":['
        await guarding.write(request, response, begin)
        parts = (_of_key(one, provided.get(one, ()), required.get(one, 0), tests, admin=admin) for one in keys)
        for piece in _pieces(parts):
            await guarding.write(request, response, piece)
            await asyncio.sleep(0)  # others are served meanwhile
        await guarding.write(request, response, b"]}\n")
        return response


def _of_key(key: Key, provisions: tuple[Provision, ...], required: int, tests: filters.Filter, *, admin: bool) -> Json:
    matching = [one for one in provisions if filters.holds(tests, one)]
    return {
        **dict(zip(asked.NAMES, key.names, strict=True)),
        "required": required,
        "endpoints": [asking.shown(one) if admin else _shown(one) for one in matching],
    }


def _shown(one: Provision) -> Json:
    return {**shapes.v1(one), "state": str(one.state)}


def _pieces(parts: Iterator[Json]) -> Iterator[bytes]:
    """JSON of all, with commas between, cut where there is enough."""
    piece = bytearray()
    for number, part in enumerate(parts):
        piece += b"," * (number > 0) + json.dumps(part, separators=(",", ":")).encode()
        if len(piece) > _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
