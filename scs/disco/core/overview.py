"""Everything at a glance, for people: what is provided, required and suspect, and by whom. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scs.disco.core import asking, importing
from scs.disco.core.hub import Hub
from scs.disco.sessions import tokens
from scs.disco.sessions.session import Session
from scs.disco.values import Damped, Json, Key, Provision, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """How much is shown; what is left out is counted."""

    keys: int = 200
    endpoints: int = 10
    requirers: int = 20


MOST = Most()


def overview(hub: Hub, scopes: tuple[str, ...], most: Most = MOST) -> Json:
    """What who has these scopes may see; names with problems first, then by name."""
    wanted = requirers(hub)
    keys = [one for one in {*hub.registry.keys(), *wanted} if tokens.allows(scopes, "require", one)]
    rated = sorted(((_fine(hub, key, wanted), key) for key in keys), key=lambda pair: (pair[0], pair[1].names))
    sessions = Counter(asking.state_of(one) for one in hub.sessions.values())
    return {
        "server": hub.settings.server,
        "dc": hub.settings.dc,
        "epoch": hub.registry.epoch,
        "rev": hub.registry.rev,
        "complete": hub.complete,
        "sessions": dict(sessions),
        "provisions": len(hub.registry),
        "links": importing.links(hub),
        "keys": [_of_key(hub, key, wanted.get(key, []), most) for _, key in rated[: most.keys]],
        "more": max(0, len(rated) - most.keys),
    }


def _fine(hub: Hub, key: Key, wanted: dict[Key, list[Session]]) -> bool:
    """All that is served is ready, and there is something wherever somebody asks for it."""
    ready = False
    for one in hub.registry.under(key).values():  # all that there are: what `Provision.state` says, in less time
        if one.declared is State.READY and one.damped is not Damped.HIDDEN:
            if one.suspect or one.damped:
                return False
            ready = True
    return ready or key not in wanted


def _of_key(hub: Hub, key: Key, wanted: list[Session], most: Most) -> Json:
    environment, service, role, endpoint = key.names
    provisions = list(hub.registry.under(key).values())
    shown = sorted(provisions, key=lambda one: (one.state is State.READY, one.address.host, one.address.port, one.id))
    clients = sorted({_name(one) for one in wanted})
    return {
        "environment": environment,
        "service": service,
        "role": role,
        "endpoint": endpoint,
        "states": dict(Counter(str(one.state) for one in provisions)),
        "endpoints": [_of_provision(hub, one) for one in shown[: most.endpoints]],
        "more": max(0, len(shown) - most.endpoints),
        "required": len(wanted),
        "required_by": clients[: most.requirers],
    }


def _of_provision(hub: Hub, one: Provision) -> Json:
    holder = hub.sessions.get(one.session)
    return {
        "host": one.address.host,
        "port": one.address.port,
        "proto": one.address.proto,
        "given": one.address.given,
        "state": str(one.state),
        "weight": one.weight,
        "dc": one.dc,
        "zone": one.zone,
        "attributes": dict(one.attributes),
        "uid": one.uid,
        "by": f"data centre {one.dc}" if one.federated else _name(holder) if holder is not None else "",
    }


def _name(session: Session) -> str:
    """As people know it: how it called itself, else its token, else where it is."""
    record = session.record
    remote = session.connection.remote if session.connection is not None else ""
    return record.client or record.owner or remote or "somebody who is away"


def requirers(hub: Hub) -> dict[Key, list[Session]]:
    """Who asks for each key, each once."""
    return {
        key: list(
            {id(one.session): one.session for group in groups.values() for one in group.members.values()}.values()
        )
        for key, groups in hub.groups_by_key.items()
        if any(group.members for group in groups.values())
    }


def sessions_by(hub: Hub) -> Iterable[tuple[str, str, int]]:
    """State, protocol and how many: for metrics."""
    found = Counter((asking.state_of(one), f"v{one.record.proto}") for one in hub.sessions.values())
    return [(state, proto, number) for (state, proto), number in sorted(found.items())]
