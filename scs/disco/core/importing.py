"""Endpoints of other data centres: held to what these tell, suspect and kept while nobody tells. Has no connection.

They belong to no session: nobody here changes or drops them, no timeout ends them, and no budget is spent on them. What
their data centre says, or that we are not to follow it any more, is all that takes them away.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scs.disco import problems
from scs.disco.core import publishing, reading
from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.sessions.imports import Import, News, Part, Told
from scs.disco.sessions.timers import Kind
from scs.disco.values import FEDERATED, PARTS, Change, Json, Key, Provision, ProvisionId, SessionId, State
from scs.disco.wire import arguments
from scs.disco.wire.shapes import Endpoint

TURN = 500  # changes: some milliseconds in which nobody else is heard
_PAUSE = 0.001
_SESSION = SessionId(FEDERATED)


def begin(hub: Hub) -> None:
    """Links are down until somebody says otherwise."""
    for dc in hub.settings.federated:
        hub.imports[dc] = Import(dc=sys.intern(dc), since=hub.now)


def hear(hub: Hub, dc: str, news: News) -> None:
    """Makes what the link tells true here. Raises KeyError for a data centre that is not followed."""
    one = hub.imports[dc]
    turned = one.up is not news.up
    if turned:
        one.up, one.since = news.up, hub.now
    one.problem, one.divergences = news.problem, news.divergences
    one.told.update(news.told)
    one.due.update(range(PARTS) if turned else news.told)
    _agree(hub, one)


def let_go(hub: Hub, dc: str) -> None:
    """Another server of our store follows it from now on: what we were told does not count any more."""
    hub.imports[dc].due.clear()
    hub.imports[dc] = Import(dc=dc, since=hub.now)


def look_over(hub: Hub, dc: str, parts: Iterable[int]) -> None:
    """What should be there is there, whatever became of what was proposed: to be called now and then."""
    one = hub.imports[dc]
    if one.up is not None:
        one.due.update(parts)
        _agree(hub, one)


def turn(hub: Hub, one: Import) -> None:
    """Goes on with what was too much at once."""
    one.waiting = False
    _agree(hub, one)


def _agree(hub: Hub, one: Import) -> None:
    """Has the registry hold what it should of the parts that are due: one thing at a time, as a store may take long."""
    if one.busy:
        return
    changes: list[Change] = []
    parts: set[int] = set()
    while one.due and len(changes) < TURN:
        part = min(one.due)
        one.due.discard(part)
        parts.add(part)
        if part in one.told:
            one.parts[part] = _taken(hub, one, part, one.told.pop(part))
        changes += _changes(hub, one, part)
    if not changes:
        return
    one.busy = True

    def then(why: Refused | None) -> None:
        one.busy = False
        if why is not None:
            hub.counters["federation_refused"] += 1
            one.due |= parts  # until somebody looks the next time: the store is away
        elif one.due and not one.waiting:
            one.waiting = True
            hub.timers.set(hub.now + _PAUSE, Kind.LINK, one)

    publishing.commit(hub, changes, "federate", then)


def forsake(hub: Hub) -> None:
    """What is of data centres that nobody follows any more goes: it would stay as it is for ever."""
    others = [dc for dc in hub.registry.federated_from() if dc not in hub.imports]
    if others and not hub.forsaking:
        hub.forsaking = True

        def then(_: Refused | None) -> None:
            hub.forsaking = False

        left = [one for dc in others for part in range(PARTS) for one in hub.registry.federated(dc, part)]
        publishing.commit(hub, [Change(before=one, after=None) for one in left], "federate", then)


def restored(hub: Hub, one: Provision) -> Provision | None:
    """As it is after a restart: of another data centre suspect, until that one tells of it again."""
    if not one.federated:
        return one
    return replace(one, suspect=True) if one.dc in hub.settings.federated else None


def _changes(hub: Hub, one: Import, number: int) -> Iterator[Change]:
    part = one.parts.get(number, Part())
    for identifier, wanted in part.provisions.items():
        current = hub.registry.get(identifier)
        after = replace(wanted, suspect=wanted.suspect or not one.up)
        if current is not None:
            after = replace(after, created=current.created, version=current.version)
        if after != current:
            yield Change(before=current, after=after)
    for current in hub.registry.federated(one.dc, number):
        if current.id in part.provisions:
            continue
        # Who has just started may yet tell of what we have from before; what it told us and took back is gone.
        if part.complete or current.id in part.gone:
            yield Change(before=current, after=None)
        elif not current.suspect:
            yield Change(before=current, after=replace(current, suspect=True))


def _taken(hub: Hub, one: Import, number: int, told: Told) -> Part:
    before = one.parts.get(number, Part())
    found: dict[ProvisionId, Provision] = {}
    refused, why = 0, ""
    for endpoint in told.endpoints:
        try:
            made = _provision(hub, one.dc, endpoint)
        except Refused as problem:
            refused, why = refused + 1, problem.message
        else:
            found[made.id] = made
    if refused and not before.refused:
        hub.warn(f"data centre {one.dc}: {refused} of its endpoints cannot be served here: {why}")
    gone = {*before.gone, *before.provisions} - found.keys()
    return Part(
        provisions=found,
        gone=frozenset(each for each in gone if hub.registry.get(each) is not None),
        complete=told.complete,
        refused=refused,
    )


def _provision(hub: Hub, dc: str, one: Endpoint) -> Provision:
    """Held to the same limits as what a provider says. Its data centre is what we call it, whatever it says itself."""
    limits = hub.settings.limits
    names = one.key.split("/")
    if len(names) != 4:
        raise problems.syntax(f'"{one.key[:64]}" is no name of an endpoint.')
    given: Json = {
        **dict(zip(("environment", "service", "role", "endpoint"), names, strict=True)),
        "address": {"host": one.host, "port": one.port, "proto": one.proto},
        "attributes": dict(one.attributes),
        "weight": one.weight,
        "zone": one.zone,
    }
    key = reading.v0_key(given)
    key, attributes = hub.registry.interned(key, reading.attributes(given, limits))
    return Provision(
        id=identify(dc, key, one.id),
        uid=one.id[: limits.uid],
        owner=FEDERATED,
        session=_SESSION,
        key=key,
        address=reading.address(given),
        attributes=attributes,
        weight=arguments.whole(given, "weight", default=1, most=reading.WEIGHT),
        dc=dc,
        zone=sys.intern(arguments.text(given, "zone", most=63)),
        suspect=one.state is not State.READY,
    )


def identify(dc: str, key: Key, theirs: str) -> ProvisionId:
    """The same at each of our servers, so that two of them which tell a store make one; nobody's uid comes to it."""
    return ProvisionId(hashlib.blake2b(f"{FEDERATED}\0{dc}\0{key}\0{theirs}".encode(), digest_size=12).hexdigest())


def links(hub: Hub) -> list[Json]:
    """For people and metrics: each data centre that is followed."""
    return [_link(hub, one) for one in hub.imports.values()]


def _link(hub: Hub, one: Import) -> Json:
    found = [each for part in range(PARTS) for each in hub.registry.federated(one.dc, part)]
    return {
        "dc": one.dc,
        "state": ("up" if one.up else "down") if hub.janitor else "elsewhere",
        "since": round(hub.pauses.outside(one.since) + hub.wall_offset),
        "endpoints": len(found),
        "suspect": sum(each.suspect for each in found),
        "refused": sum(part.refused for part in one.parts.values()),
        "divergence": one.divergences,
        "problem": "" if one.up or not hub.janitor else one.problem,
    }
