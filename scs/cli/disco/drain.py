"""`scs disco drain`: has the users of an endpoint, or of a whole host, go elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from scs.cli import options, output
from scs.cli.disco import reaching

What = Annotated[str, typer.Argument(metavar="WHAT", help="HOST, HOST:PORT or the id of an endpoint.")]
Undo = Annotated[bool, typer.Option("--undo", help="Have them used again.")]


def drain(
    what: What,
    *,
    undo: Undo = False,
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
    json: options.Json = False,
) -> None:
    """Tell nobody any more to use what is provided there, until --undo or until it is dropped. For administrators."""
    said = reaching.reach(servers, ca, tls, token).ask("server.drain", {"what": what, "on": not undo})
    ids, keys = said.get("ids"), said.get("keys")
    assert isinstance(ids, list)
    assert isinstance(keys, list)
    if json:
        found = [{"id": one, "name": name} for one, name in zip(ids, keys, strict=True)]
        output.say_json("drain", {"draining": not undo, "endpoints": found})
        return
    for one, name in zip(ids, keys, strict=True):
        output.say(f"{one} {name} is {'used again' if undo else 'draining'}")
