"""Who asks, and what it may see; every refusal as JSON. Knows no catalog."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import json
import socket

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from scs.disco.edges.serving import Serving
from scs.disco.problems import Refused
from scs.disco.values import Json

PATIENCE = 30.0  # seconds for a piece of an answer to be read
_SCOPES = web.RequestKey("scopes", tuple[str, ...])
_FREE = frozenset({"/healthz"})
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Server": "disco",
    "X-Content-Type-Options": "nosniff",
}


def middleware(serving: Serving, names: frozenset[str]) -> Middleware:
    """`names` are hosts under which a browser on this machine may ask, besides addresses and localhost."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path not in _FREE:
                _check_host(request, serving, names)
                request[_SCOPES] = _scopes(request, serving)
            return await handler(request)
        except Refused as refused:
            return answered(_error(refused), status=_STATUS.get(refused.name, 400), headers=_challenge(refused))
        except web.HTTPException as error:
            return answered(_error(_no_route(request, error)), status=error.status, headers=_allow(error))

    return guarded


async def prepared(_: web.Request, response: web.StreamResponse) -> None:
    """What each answer says."""
    response.headers.update(_HEADERS)


def answered(said: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    text = json.dumps(said, separators=(",", ":")) + "\n"
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)


def scopes(request: web.Request) -> tuple[str, ...]:
    """What who asks may do; never empty-handed but at paths that are free."""
    return request[_SCOPES]


def admin(request: web.Request) -> None:
    """Raises Refused for everybody else."""
    if "admin" not in scopes(request):
        raise Refused("This is for tokens with the scope admin.", name="Forbidden")


_STATUS = {"Unauthorized": 401, "Forbidden": 403, "NotFound": 404, "LimitExceeded": 503}


def _error(refused: Refused) -> Json:
    return {"error": {"name": refused.name, "message": refused.message}}


def _no_route(request: web.Request, error: web.HTTPException) -> Refused:
    if error.status == 404:
        return Refused(f"There is nothing at {request.path[:255]}.", name="NotFound")
    if error.status == 405:
        return Refused(f"{request.method} is not possible here: all of this can be read only.", name="ReadOnly")
    return Refused(error.reason)


def _challenge(refused: Refused) -> dict[str, str] | None:
    """Browsers ask for a password: it is the token's secret; the name does not matter."""
    match refused.name:
        case "Unauthorized":
            return {"WWW-Authenticate": 'Basic realm="disco", charset="UTF-8"'}
        case "LimitExceeded":
            return {"Retry-After": "5"}
        case _:
            return None


def _allow(error: web.HTTPException) -> dict[str, str] | None:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None


def _scopes(request: web.Request, serving: Serving) -> tuple[str, ...]:
    scopes = serving.scopes(_secret(request.headers.get("Authorization", "")))
    if scopes is None:
        raise Refused(
            "A valid token is needed: as a bearer token, or as the password of any user.", name="Unauthorized"
        )
    # Without tokens, whoever is on this machine is an administrator; others see what they could require.
    local = not request.remote or _is_ip(request.remote, loopback=True)
    return scopes if local or not serving.settings.open else tuple(one for one in scopes if one != "admin")


def _secret(header: str) -> str | None:
    kind, _, said = header.partition(" ")
    if kind.lower() == "bearer":
        return said.strip()
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(said, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _check_host(request: web.Request, serving: Serving, names: frozenset[str]) -> None:
    """A page of another site may have its own name point to this machine, and then read what its visitor may read.

    It cannot do so where tokens are asked for, nor under the names that we know.
    """
    if not serving.settings.open or not _is_ip(request.remote or "", loopback=True):
        return
    host = _host(request.host)
    if _is_ip(host) or host == "localhost" or host.endswith(".localhost"):
        return
    if host not in names and host not in (socket.gethostname(), socket.gethostname().partition(".")[0]):
        raise Refused(
            f"This server does not know itself as {host[:255]}: ask by address, or as localhost.", name="Forbidden"
        )


def _host(text: str) -> str:
    """Of `HOST:PORT`, `[IPV6]:PORT` or either without port."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].lower().rstrip(".")


def _is_ip(text: str, *, loopback: bool = False) -> bool:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not loopback or ip.is_loopback


async def write(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """A piece of an answer. Whoever does not read it is let go, which raises ConnectionError."""
    try:
        async with asyncio.timeout(PATIENCE):
            await response.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("it does not read") from None
