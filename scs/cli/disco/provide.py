"""`scs disco provide`: provides an endpoint for as long as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Annotated

import typer

from scs.cli import output
from scs.cli.disco import reaching
from scs.contract import errors
from scs.disco.problems import Refused

Address = Annotated[str, typer.Argument(metavar="HOST:PORT", help="Where it answers, for those who require it.")]
Attributes = Annotated[
    list[str] | None, typer.Option("--attribute", metavar="NAME=VALUE", help="What it can be chosen by; repeatable.")
]
Weight = Annotated[int, typer.Option("--weight", min=0, max=65535, help="Of new connections, beside others.")]
Uid = Annotated[
    str, typer.Option("--uid", help="Its own name, the same after every restart. Without: the name and the address.")
]
GOODBYE = 2.0  # seconds that those who use it have to hear of its end


def provide(
    name: reaching.Name,
    address: Address,
    *,
    attributes: Attributes = None,
    weight: Weight = 1,
    uid: Uid = "",
    dc: reaching.Dc = "",
    zone: reaching.Zone = "",
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
) -> None:
    """Provide an endpoint until Ctrl-C or SIGTERM, whatever becomes of the servers meanwhile."""
    from scs.disco.edges.client import Discovery  # noqa: PLC0415 - the loop, which most commands need not
    from scs.disco.edges.wishes import Offer  # noqa: PLC0415 - the same

    key, place = reaching.key(name), reaching.place(address, 0)
    if place.path or not place.port:
        raise errors.Refusal(f"'{address}' is no address of an endpoint: write HOST:PORT")
    offer = Offer(key=key, host=place.host, port=place.port, attributes=reaching.pairs(attributes), weight=weight)
    reach = reaching.reach(servers, ca, tls, token)
    refused: list[str] = []

    def failed(_what: str, why: str) -> None:
        refused.append(why)
        output.tell(f"scs: the server refuses {key} at {place}: {why}")

    async def work() -> None:
        options = reach.options("scs disco provide", dc=dc, zone=zone)
        async with Discovery(reach.places, options, tls=reach.tls, failed=failed) as disco:
            disco.provide(uid or f"{key} {place}", offer)
            await disco.ready(5)
            await disco.settled()
            if refused:
                raise errors.Refusal(f"{key} is not provided")
            output.say(f"{key} is provided at {place}")
            sys.stdout.flush()
            try:
                await asyncio.Event().wait()
            finally:
                with contextlib.suppress(Refused, TimeoutError):
                    async with asyncio.timeout(GOODBYE + 1):
                        await disco.leave(wait=GOODBYE)

    reaching.run(work)
