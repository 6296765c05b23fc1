"""`/v1/overview`: all that the page shows, once or as server-sent events. Made once for all who may see the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field

from aiohttp import web

from scs.disco.core import overview
from scs.disco.edges.http import guarding
from scs.disco.edges.serving import Serving
from scs.disco.problems import Refused

MOST = 100  # that look on at a time
BEAT = 5.0  # seconds between signs of life
_LOOK = 2.0  # requirements come and go without a word: they are looked at
_REST = 0.5  # after each overview at least, and twenty times as long as it took
_SHARE = 20


@dataclass(eq=False)
class Viewer:
    scopes: tuple[str, ...]
    newest: bytes = b""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, frame: bytes) -> None:
        if frame != self.newest:
            self.newest = frame
            self.news.set()


class Live:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._viewers: set[Viewer] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def end(self) -> None:
        """Everybody is let go."""
        self._ending = True
        for viewer in self._viewers:
            viewer.news.set()

    async def once(self, request: web.Request) -> web.StreamResponse:
        return guarding.answered(overview.overview(self._serving.core.hub, guarding.scopes(request)))

    async def events(self, request: web.Request) -> web.StreamResponse:
        if len(self._viewers) >= MOST:
            raise Refused("Too many pages are open here: come back in a few seconds.", name="LimitExceeded")
        viewer = Viewer(guarding.scopes(request))
        viewer.offer(self._frame(viewer.scopes))
        self._come(viewer)
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
            await response.prepare(request)
            while not self._ending:
                await self._tell(request, response, viewer)
        except ConnectionError:
            pass  # it looks no longer
        finally:
            self._go(viewer)
        return response

    def _come(self, viewer: Viewer) -> None:
        """While nobody looks, nobody is asked."""
        self._viewers.add(viewer)
        if self._task is None:
            self._unfollow = self._serving.follow(self._changed.set)
            self._task = asyncio.get_running_loop().create_task(self._serving.always(self._run))

    def _go(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        if not self._viewers and self._task is not None:
            self._unfollow()
            self._task.cancel()
            self._task = None

    async def _tell(self, request: web.Request, response: web.StreamResponse, viewer: Viewer) -> None:
        try:
            async with asyncio.timeout(BEAT):
                await viewer.news.wait()
        except TimeoutError:
            await guarding.write(request, response, b"event: beat\ndata: {}\n\n")
            return
        viewer.news.clear()
        await guarding.write(request, response, viewer.newest)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._changed.wait()
            self._changed.clear()
            began = time.monotonic()
            frames = {scopes: self._frame(scopes) for scopes in {one.scopes for one in self._viewers}}
            for viewer in self._viewers:
                viewer.offer(frames[viewer.scopes])
            await asyncio.sleep(max(_REST, _SHARE * (time.monotonic() - began)))

    def _frame(self, scopes: tuple[str, ...]) -> bytes:
        said = overview.overview(self._serving.core.hub, scopes)
        return b"event: overview\ndata: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"
