"""The HTTP edge: routes, the port, the start and the end. What is answered is in the modules beside this."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from scs.disco.edges import listening
from scs.disco.edges.http import asked, doors, guarding, old
from scs.disco.edges.http.catalog import Catalog
from scs.disco.edges.http.doors import Doors
from scs.disco.edges.http.live import Live
from scs.disco.edges.http.metrics import CONTENT_TYPE, Metrics
from scs.disco.edges.http.watching import Watching
from scs.disco.edges.places import Place
from scs.disco.edges.serving import Serving

_ENDING = 1.0  # seconds for answers that are on their way when the server ends
_BELOW = "/".join(f"{{{name}}}" for name in asked.NAMES)


class Http:
    """An `Edge`. `names` are hosts by which browsers on this machine may call it, besides addresses and localhost."""

    def __init__(self, listen: Sequence[Place], names: Iterable[str] = ()) -> None:
        self.places: list[Place] = []  # where it answers
        self.files = doors.MOST
        self._listen = listen
        self._names = frozenset(name.lower() for name in names)

    async def start(self, serving: Serving) -> None:
        encrypted, known = serving.tls is not None, not serving.settings.open
        for place in self._listen:
            listening.check(place, encrypted=encrypted, tokens=known, insecure=serving.insecure)
        self._serving = serving
        self._live, self._watching = Live(serving), Watching(serving)
        self._runner = web.AppRunner(
            self._app(),
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=doors.KEEP,
            logger=doors.Malformed(serving.counters),
            shutdown_timeout=_ENDING,
        )
        await self._runner.setup()
        assert self._runner.server is not None
        self._doors = Doors(self._runner.server, serving.counters, serving.settings.limits.connections_per_host)
        try:
            for place in self._listen:
                await self._bind(place)
        except BaseException:
            await self.stop()
            raise
        serving.note("info", f"answering HTTP on {', '.join(map(str, self.places))}")

    async def _bind(self, place: Place) -> None:
        for one in listening.bind(place):
            await self._doors.open(one, self._serving.tls if not place.path else None)
            name = one.getsockname()
            self.places.append(Place(path=name) if place.path else Place(host=name[0], port=name[1]))

    async def stop(self) -> None:
        await self._doors.close()
        self._live.end()
        self._watching.end()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        catalog = Catalog(self._serving)
        metrics = Metrics(self._serving)

        async def measured(_: web.Request) -> web.Response:
            return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

        app = web.Application(middlewares=[self._counting(), guarding.middleware(self._serving, self._names)])
        app.on_response_prepare.append(guarding.prepared)
        routes: dict[str, Handler] = {
            "/": page(),
            "/healthz": _healthy,
            "/readyz": self._ready,
            "/metrics": measured,
            "/v1/status": self._status,
            "/v1/sessions": self._sessions,
            "/v1/overview": self._live.once,
            "/v1/overview/events": self._live.events,
            f"/v1/watch/{_BELOW}": self._watching.answer,
        }
        for depth in range(5):
            below = "".join(f"/{{{name}}}" for name in asked.NAMES[:depth])
            routes[f"/v1/catalog{below}"] = catalog.answer
        routes.update(old.routes(self._serving))
        for path, handler in routes.items():
            app.router.add_get(path, handler)
        return app

    def _counting(self) -> Middleware:
        counters = self._serving.counters

        @web.middleware
        async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._doors.spoke(request)
            try:
                response = await handler(request)
            except (ConnectionError, asyncio.CancelledError):
                raise
            except Exception as error:  # others are served on
                counters["internal_errors"] += 1
                said = f"{request.path}: {type(error).__name__}: {error}"
                self._serving.note("warning", f"this is a bug of disco, it goes on: {said}")
                response = guarding.answered(
                    {"error": {"name": "Bug", "message": "This is a bug of disco."}}, status=500
                )
            counters[f"http_{response.status // 100}xx"] += 1
            return response

        return counted

    async def _status(self, _: web.Request) -> web.Response:
        return guarding.answered(self._serving.core.status())

    async def _sessions(self, request: web.Request) -> web.Response:
        guarding.admin(request)
        return guarding.answered({"sessions": self._serving.core.listed_sessions()})

    async def _ready(self, _: web.Request) -> web.Response:
        """Whether it may be asked for what is there: not while what is not there may yet come back."""
        ready = self._serving.core.complete and not self._serving.ending
        return guarding.answered({"ready": ready}, status=200 if ready else 503)


async def _healthy(_: web.Request) -> web.Response:
    await asyncio.sleep(0)  # the loop goes round
    return guarding.answered({"healthy": True})


def page() -> Handler:
    """The page, which loads nothing and runs nothing but what is in it."""
    text = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    script, style = (re.search(rf"<{one}>(.*?)</{one}>", text, re.DOTALL) for one in ("script", "style"))
    assert script is not None
    assert style is not None
    policy = (
        f"default-src 'none'; script-src {_digest(script[1])}; style-src {_digest(style[1])}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    async def shown(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    return shown


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
