"""`scs disco watch`: who provides something, now and each time that it is other."""

from __future__ import annotations

import json as texts
import sys
import time

from scs.cli import options, output
from scs.cli.disco import reaching, showing
from scs.disco.values import Key


def watch(
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
    """Show who provides this, and all of them again whenever that changes, until Ctrl-C."""
    from scs.disco.edges.client import Discovery  # noqa: PLC0415 - the loop, which most commands need not
    from scs.disco.edges.wishes import Answer, Asked  # noqa: PLC0415 - the same

    key = reaching.key(name)
    asked = Asked(filter=reaching.tests(where), prefer=reaching.nearness(prefer))
    reach = reaching.reach(servers, ca, tls, token)

    async def work() -> None:
        troubles, options = reaching.Troubles(), reach.options("scs disco watch", dc=dc, zone=zone)
        async with Discovery(reach.places, options, tls=reach.tls, failed=troubles.failed, lost=troubles.lost) as disco:
            following = disco.watch(key, asked)
            await disco.ready(5)
            troubles.told = True
            async for answer in following:
                (_line if json else _table)(key, answer)

    def _line(key: Key, answer: Answer) -> None:
        said = {"scs": 1, "kind": "change", "name": str(key), "complete": answer.complete}
        output.say(texts.dumps({**said, "endpoints": showing.as_json(answer.endpoints)}))
        sys.stdout.flush()

    def _table(key: Key, answer: Answer) -> None:
        count = output.count(len(answer.endpoints), "endpoint")
        output.say(f"{time.strftime('%H:%M:%S')} {key}: {count}{'' if answer.complete else ' so far'}")
        if answer.endpoints:
            output.say_table(showing.HEAD, map(showing.row, answer.endpoints))
        sys.stdout.flush()

    reaching.run(work)
