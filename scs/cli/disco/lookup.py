"""`scs disco lookup`: who provides something, asked once."""

from __future__ import annotations

import typer

from scs.cli import options, output
from scs.cli.disco import reaching, showing
from scs.disco.client import held
from scs.disco.edges.wishes import named
from scs.disco.values import Json
from scs.disco.wire import shapes
from scs.disco.wire.shapes import Endpoint


def lookup(
    name: reaching.Name,
    *,
    where: reaching.Where = None,
    prefer: reaching.Prefer = "",
    dc: reaching.Dc = "",
    zone: reaching.Zone = "",
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
    json: options.Json = False,
) -> None:
    """Show who provides this, best first; exit code 1 where nobody does."""
    key, order = reaching.key(name), reaching.nearness(prefer)
    asked: Json = {**named(key), "filter": reaching.tests(where), "prefer": list(order), "dc": dc, "zone": zone}
    said = reaching.reach(servers, ca, tls, token).ask("registry.query", asked)
    found = held.effective(_endpoints(said), order, dc=dc, zone=zone, include_suspect=False)
    complete = said.get("complete") is True
    if json:
        output.say_json("lookup", {"name": str(key), "complete": complete, "endpoints": showing.as_json(found)})
    elif found:
        output.say_table(showing.HEAD, map(showing.row, found))
    else:
        output.tell(f"scs: nobody provides {key}{'' if complete else ', as far as a server knows that just started'}")
    if not found:
        raise typer.Exit(1)


def _endpoints(said: Json) -> list[Endpoint]:
    listed = said.get("endpoints")
    return [shapes.endpoint(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
