"""`scs forward`: local ports that follow a service wherever it goes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from scs import wiring
from scs.cli import output
from scs.cli.disco import reaching
from scs.contract import errors
from scs.disco.edges.forward import rules
from scs.disco.edges.wishes import Asked, Unreachable
from scs.disco.problems import Refused

if TYPE_CHECKING:  # they need the loop
    from scs.disco.edges.client import Discovery
    from scs.disco.edges.forward.forwarding import Forward

Wanted = Annotated[
    list[str],
    typer.Argument(
        metavar=rules.FORM, help="Which port leads where; what is left out is 'default'.", show_default=False
    ),
]
Bind = Annotated[str, typer.Option("--bind", metavar="ADDRESS", help="Listen there.", show_default="127.0.0.1")]
HostsEntry = Annotated[
    str,
    typer.Option(
        "--hosts-entry", metavar="NAME", help="Listen on a loopback address of its own, which has this name meanwhile."
    ),
]
START = 5.0  # seconds until it is said that no server answers


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs forward 3306:mysql:db:blog:prod --hosts-entry db.local")(forward)


def forward(
    wanted: Wanted,
    *,
    bind: Bind = "",
    hosts_entry: HostsEntry = "",
    where: reaching.Where = None,
    prefer: reaching.Prefer = "",
    dc: reaching.Dc = "",
    zone: reaching.Zone = "",
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
) -> None:
    """Forward local ports to a service, wherever it is at the time, until Ctrl-C."""
    from scs.disco.edges.client import Discovery  # noqa: PLC0415 - the loop, which most commands need not
    from scs.disco.edges.forward.choosing import Choosing  # noqa: PLC0415 - the same
    from scs.disco.edges.forward.forwarding import CannotForward, Forward  # noqa: PLC0415 - the same

    if bind and hosts_entry:
        raise errors.Refusal("--hosts-entry listens on an address of its own: leave out --bind")
    try:
        found = rules.parse_all(wanted)
    except ValueError as error:
        raise errors.Refusal(str(error)) from None
    asked = Asked(filter=reaching.tests(where), prefer=reaching.nearness(prefer), hold_on_empty=True)
    reach = reaching.reach(servers, ca, tls, token)

    async def work() -> None:
        ours = [Forward(rule, Choosing(prefer=asked.prefer, dc=dc, zone=zone), output.tell) for rule in found]
        with wiring.hosts_entry(hosts_entry) as alias, contextlib.ExitStack() as stack:
            for one in ours:
                stack.callback(one.close)
                await one.listen(alias or bind or "127.0.0.1")
                output.say(f"{one.place} is {one.rule}{f', as {hosts_entry}:{one.place.port}' if alias else ''}")
            troubles = reaching.Troubles()
            options = reach.options("scs forward", dc=dc, zone=zone)
            async with Discovery(
                reach.places, options, tls=reach.tls, failed=troubles.failed, lost=troubles.lost
            ) as disco:
                await asyncio.gather(_greeted(disco, troubles), *(_follow(disco, one, asked) for one in ours))

    try:
        reaching.run(work)
    except CannotForward as error:
        raise errors.Failure(str(error)) from None


async def _greeted(disco: Discovery, troubles: reaching.Troubles) -> None:
    """That there is no server is said, and no reason to end: it may come."""
    try:
        await disco.ready(START)
    except Unreachable as error:
        output.tell(f"no disco server answers yet: {error}; trying on")
    troubles.told = True


async def _follow(disco: Discovery, ours: Forward, asked: Asked) -> None:
    """A server that refuses what others answered does not end what goes on: the last answer stays."""
    watch, known = disco.watch(ours.rule.key, asked), False
    while True:
        try:
            async for answer in watch:
                known = True
                ours.use(answer)
                output.tell(f"{ours.rule}: {output.count(len(answer.endpoints), 'endpoint')}")
        except Refused as refused:
            if not known:
                raise
            output.tell(f"{ours.rule}: the server refuses, what was there stays: {refused.message}")
        else:
            return
