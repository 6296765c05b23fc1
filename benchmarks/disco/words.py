"""What is said to a disco server, as bytes: made before anything is measured."""

from __future__ import annotations

from scs.disco.values import Json
from scs.disco.wire import lines

ENDPOINT = "http"
SUBSCRIBED = b'"action":"reset"'
JOINED = b'"proto":1'
ADDED = b'"add":[{'
DROPPED = b'"drop":["'
SUSPECT = b'"state":"suspect"'


def key(service: str) -> Json:
    return {"environment": "prod", "service": service, "role": "web", "endpoint": ENDPOINT}


def join(number: int = 0, *, timeout: float | None = None, client: str = "") -> bytes:
    options: Json = {"proto": 1}
    if timeout is not None:
        options["timeout"] = timeout
    if client:
        options["client"] = client
    return lines.command(f"j{number}", "registry.join", {"options": options})


def require(service: str, *, coalesce: bool = True, **asked: object) -> bytes:
    said: Json = {**key(service), "uid": service, **asked}
    if not coalesce:
        said["coalesce"] = False
    return lines.command(f"r{service}", "requirement.set", said)


def subscribe(service: str, *, coalesce: bool = True, **asked: object) -> bytes:
    """A session that is over with its connection, and one requirement."""
    return join(timeout=0) + require(service, coalesce=coalesce, **asked)


def offer(service: str, uid: str, number: int, **more: object) -> Json:
    """With its uid, as a command takes it."""
    return {**offered(service, number, **more), "uid": uid}


def offered(service: str, number: int, **more: object) -> Json:
    """About 80 bytes of address and attributes."""
    return {**key(service), "address": {"host": host(number), "port": 8080}, **more}


def host(number: int) -> str:
    """No two numbers below 2**24 have the same."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


ATTRIBUTES: Json = {"version": "1.4.2", "tier": "gold"}


def provide(identifier: str, service: str, uid: str, number: int, **more: object) -> bytes:
    return lines.command(identifier, "provision.set", offer(service, uid, number, **more))


def withdraw(identifier: str, uid: str) -> bytes:
    return lines.command(identifier, "provision.drop", {"id": uid})
