"""The paths of the first prototype, as JSON, for scripts that still ask there. Dumps are for administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from scs.disco.core import overview
from scs.disco.core.hub import Hub
from scs.disco.edges.http import asked, guarding
from scs.disco.edges.serving import Serving
from scs.disco.registry import filters
from scs.disco.registry.views import Query
from scs.disco.sessions import tokens
from scs.disco.values import Json, Key
from scs.disco.wire import shapes

Dump = Callable[[Hub], Json]


def routes(serving: Serving) -> Mapping[str, Handler]:
    hub = serving.core.hub
    found = {"/session/": _only_admin(hub, _sessions)}
    for name, dump in (("discovery-map", _map), ("provision-handles", _provided), ("requirement-handles", _required)):
        found[f"/disco/registry/dump/{name}"] = _only_admin(hub, dump)
    for depth in range(4):
        below = "".join(f"{{{name}}}/" for name in asked.NAMES[:depth])
        found[f"/discovery/{below}"] = _discovery(hub)
    return found


def _only_admin(hub: Hub, dump: Dump) -> Handler:
    async def shown(request: web.Request) -> web.StreamResponse:
        guarding.admin(request)
        return guarding.answered(dump(hub))

    return shown


def _discovery(hub: Hub) -> Handler:
    """The next names under those that are given, each once."""

    async def shown(request: web.Request) -> web.StreamResponse:
        names = tuple(one for name in asked.NAMES[:3] if (one := request.match_info.get(name)))
        scopes = guarding.scopes(request)
        keys = {*hub.registry.keys(), *overview.requirers(hub)}
        below = {key.names[: len(names) + 1] for key in keys if _seen(key, names, scopes)}
        return guarding.answered({"index": [{"url": f"/discovery/{'/'.join(one)}/"} for one in sorted(below)]})

    return shown


def _seen(key: Key, names: tuple[str, ...], scopes: tuple[str, ...]) -> bool:
    return key.names[: len(names)] == names and tokens.allows(scopes, "require", key)


def _sessions(hub: Hub) -> Json:
    return {"index": [{"url": f"/session/{one}/"} for one in hub.sessions]}


def _map(hub: Hub) -> Json:
    watched: dict[Key, dict[str, bool]] = {}
    for key, _, one in _requirements(hub):
        watched.setdefault(key, {})[one] = True
    return {
        str(key): {"provided_by": dict.fromkeys(hub.registry.under(key), True), "watched_by": watched.get(key, {})}
        for key in sorted({*hub.registry.keys(), *watched})
    }


def _requirements(hub: Hub) -> Iterator[tuple[Key, Query, str]]:
    for session in hub.sessions.values():
        for one in session.requirements.values():
            query = hub.groups[one.group].query
            if not isinstance(query, Query):
                continue  # what is exported has no name
            yield query.key, query, f"{session.id}:{one.id}"


def _provided(hub: Hub) -> Json:
    return {one.id: {**_named(one.key), **shapes.v0(one), "session": one.session} for one in hub.registry}


def _required(hub: Hub) -> Json:
    return {
        one: {
            **_named(key),
            "session": one.partition(":")[0],
            "tests": [filters.said(test) for test in query.tests],
            "provided_by": {each.id: True for each in hub.registry.under(key).values() if query.matches(each)},
        }
        for key, query, one in _requirements(hub)
    }


def _named(key: Key) -> Json:
    return dict(zip(asked.NAMES, key.names, strict=True))
