"""`/v1/watch`: one question, answered at once when the asker does not have the answer yet, else when it is another.

What the asker has is in `index`, which it gives back as it got it: history, revision and a digest of the answer. The
digest decides, so nothing wakes who would read the same again, and no change is missed between two requests.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from scs.disco.core import asking
from scs.disco.core.reading import Want
from scs.disco.edges.http import asked, guarding
from scs.disco.edges.serving import Serving
from scs.disco.problems import Refused
from scs.disco.values import Json
from scs.disco.wire import shapes

_INDEX = re.compile(r"([0-9a-f]{1,64})\.(\d{1,20})\.([0-9a-f]{16})")
_SPREAD = 1 / 16  # of the time to wait, added by chance: those who came together do not come back together
MOST = 2_000  # that wait at a time


@dataclass(frozen=True, slots=True)
class Index:
    epoch: str
    rev: int
    digest: str

    def __str__(self) -> str:
        return f"{self.epoch}.{self.rev}.{self.digest}"


def parse(text: str) -> Index | None:
    if not text:
        return None
    form = _INDEX.fullmatch(text)
    if form is None:
        raise Refused("index is not one that this server gave: leave it out to begin anew", name="SyntaxError")
    return Index(form[1], int(form[2]), form[3])


class Watching:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._waiting: set[asyncio.Event] = set()
        self._ending = False

    def end(self) -> None:
        """Everybody who waits gets the answer as it is."""
        self._ending = True
        for one in self._waiting:
            one.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        serving, said = self._serving, request.query
        asked.known(said, "filter", "prefer", "dc", "zone", "index", "wait")
        key = asked.key(request.match_info, guarding.scopes(request))
        want = asked.want(key, said, serving.settings.limits, dc=serving.settings.dc)
        before, wait = parse(said.get("index", "")), asked.wait(said)

        def now() -> tuple[Index, Json]:
            return self._now(want, dc=said.get("dc", serving.settings.dc), zone=said.get("zone", ""))

        index, found = now()
        if before is not None and (before.epoch, before.digest) == (index.epoch, index.digest):
            index, found = await self._another(want, now, wait)
        reset = before is not None and (before.epoch != index.epoch or before.rev > index.rev)
        return guarding.answered({"index": str(index), "reset": reset, **found})

    def _now(self, want: Want, *, dc: str, zone: str) -> tuple[Index, Json]:
        answer = self._serving.core.lookup(want.query, prefer=want.prefer, dc=dc, zone=zone)
        found: Json = {
            "epoch": answer.epoch,
            "rev": answer.rev,
            "complete": answer.complete,
            "endpoints": [_shown(one) for one in answer.found],
        }
        said = json.dumps([found["complete"], found["endpoints"]]).encode()
        return Index(answer.epoch, answer.rev, hashlib.blake2b(said, digest_size=8).hexdigest()), found

    async def _another(self, want: Want, now: Callable[[], tuple[Index, Json]], wait: float) -> tuple[Index, Json]:
        if len(self._waiting) >= MOST:
            raise Refused("Too many requests wait here: come back in a few seconds.", name="LimitExceeded")
        changed = asyncio.Event()
        watch = self._serving.watch(want.query, changed.set)
        self._waiting.add(changed)
        try:
            before = now()
            async with asyncio.timeout(wait + random.uniform(0, wait * _SPREAD)):
                while not self._ending:
                    await changed.wait()
                    changed.clear()
                    index, found = now()
                    if (index.epoch, index.digest) != (before[0].epoch, before[0].digest):
                        return index, found
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(changed)
            watch.close()
        return now()


def _shown(one: asking.Found) -> Json:
    return {**shapes.v1(one.provision), "tier": one.tier}
