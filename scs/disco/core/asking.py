"""Questions of edges that have no session: HTTP, DNS, metrics. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scs.disco.core import importing
from scs.disco.core.hub import Hub
from scs.disco.registry.views import Query
from scs.disco.sessions.session import Session
from scs.disco.values import Json, Key, Nearness, Provision, State
from scs.disco.wire import shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An endpoint and how near it is: 0 for the nearest that was preferred."""

    provision: Provision
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is to be used, nearest first; while not `complete`, what is missing may yet come back."""

    found: tuple[Found, ...]
    epoch: str
    rev: int
    complete: bool


def lookup(hub: Hub, query: Query, prefer: tuple[Nearness, ...], *, dc: str, zone: str) -> Answer:
    """Ready endpoints, or where there are none, suspects; by nearness, then weight, then id."""
    matching = [one for one in hub.registry.under(query.key).values() if query.matches(one)]
    usable = [one for one in matching if one.state is State.READY] or matching
    found = [Found(provision=one, tier=tier(one.dc, one.zone, prefer, dc=dc, zone=zone)) for one in usable]
    found.sort(key=lambda one: (one.tier, -one.provision.weight, one.provision.id))
    return Answer(
        found=tuple(found), epoch=hub.registry.epoch, rev=hub.registry.changed_at(query.key), complete=hub.complete
    )


def tier(its_dc: str, its_zone: str, prefer: tuple[Nearness, ...], *, dc: str, zone: str) -> int:
    """The first preference that it meets; behind all of them where it meets none."""
    for number, wanted in enumerate(prefer):
        if (
            wanted == "any"
            or (wanted == "dc" and its_dc == dc)
            or (wanted == "zone" and (its_dc, its_zone) == (dc, zone))
        ):
            return number
    return len(prefer)


def catalog(hub: Hub) -> dict[Key, tuple[Provision, ...]]:
    return {key: tuple(hub.registry.under(key).values()) for key in sorted(hub.registry.keys())}


def required(hub: Hub) -> dict[Key, int]:
    """How many sessions ask for each key."""
    found: Counter[Key] = Counter()
    for key, groups in hub.groups_by_key.items():
        found[key] += sum(len(group.members) for group in groups.values())
    return dict(found)


def sessions(hub: Hub) -> Iterable[Json]:
    """For administrators. Never the secret."""
    for session in hub.sessions.values():
        record = session.record
        yield {
            "id": record.id,
            "state": state_of(session),
            "proto": record.proto,
            "owner": record.owner,
            "client": record.client,
            "remote": session.connection.remote if session.connection is not None else "",
            "dc": record.dc,
            "zone": record.zone,
            "timeout": record.timeout,
            "provisions": len(session.provisions),
            "requirements": len(session.requirements),
            "acked": session.acked,
        }


def status(hub: Hub) -> Json:
    provisions = Counter(str(one.state) for one in hub.registry)
    return {
        "server": hub.settings.server,
        "dc": hub.settings.dc,
        "epoch": hub.registry.epoch,
        "rev": hub.registry.rev,
        "complete": hub.complete,
        "calm": max(0.0, round(hub.calm_until - hub.now, 1)),
        "connections": len(hub.connections),
        "sessions": dict(Counter(state_of(one) for one in hub.sessions.values())),
        "provisions": dict(provisions),
        "groups": len(hub.groups),
        "pending_groups": len(hub.dirty),
        "ring": len(hub.registry.ring),
        "ring_floor": hub.registry.ring.floor,
        "pauses": hub.pauses.count,
        "paused_seconds": round(hub.pauses.lost, 1),
        "links": importing.links(hub),
    }


def state_of(session: Session) -> str:
    if session.connection is not None:
        return "attached"
    if session.held is not None:
        return "held"
    return "detached" if session.confirmed else "unconfirmed"


def shown(one: Provision) -> Json:
    """For HTTP: as v1 shows it, with what only people want to know."""
    return {**shapes.v1(one), "state": str(one.state), "uid": one.uid, "owner": one.owner, "created": one.created}
