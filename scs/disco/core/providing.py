"""The commands of providers: add (v0), set, sync, state (v1), drop. Who owns what, and who takes whose place."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from scs.disco import problems
from scs.disco.core import attachment, publishing, reading, waiting
from scs.disco.core.call import Call
from scs.disco.core.hub import Hub, Settled
from scs.disco.problems import Refused
from scs.disco.sessions import tokens
from scs.disco.sessions.session import Session, Wait
from scs.disco.values import Change, Damped, Json, Provision, ProvisionId, State
from scs.disco.wire import arguments

_WAIT = 86_400
_SAID = 50  # refused offers in the answer to a sync: it has to fit into a line


def add(call: Call) -> None:
    """v0: always a new one, but for the same endpoint of a session that is no longer connected: it takes that over."""
    hub, session = call.hub, call.session
    offer = reading.v0_offer(call.given, hub.settings.limits)
    _allowed(session, offer)
    same = _abandoned(hub, session, offer)
    if same is None:
        _room(hub, session, 1)
    one = _provision(hub, session, offer, ProvisionId(same.id if same else hub.fresh_id()))
    publishing.commit(hub, _put(hub, session, one), "set", answering(call, {"id": one.id}))


def set_one(call: Call) -> None:
    """v1: makes it so; the same uid again changes it."""
    hub, session = call.hub, call.session
    one = _wanted(hub, session, call.given)
    if hub.registry.get(one.id) is None or one.id not in session.provisions:
        _room(hub, session, 1)
    publishing.commit(hub, _put(hub, session, one), "set", answering(call, {"id": one.id}))


def sync(call: Call) -> None:
    """v1: the full set that this session provides, possibly in several parts; what is not in it goes. One revision.

    An offer that is refused keeps no other out, and stays as it was.
    """
    hub, session = call.hub, call.session
    if session.unsynced:
        raise Refused("A part of this set was refused: begin anew after its end.")
    given = arguments.listing(call.given, "provisions")
    limit = hub.settings.limits.provisions
    if len(session.syncing) + len(given) > limit:
        raise problems.limit(f"A session may provide at most {limit} endpoints.")
    for one in given:
        if not isinstance(one, dict):
            raise problems.syntax('Argument "provisions" must be a list of objects.')
        if not arguments.text(one, "uid", most=hub.settings.limits.uid):
            raise problems.syntax('Each of "provisions" needs a "uid".')
        session.syncing.append(one)
    if arguments.flag(call.given, "more"):
        call.ok({"ack": True})
        return
    listed, session.syncing = session.syncing, []
    wanted, refused = _sorted_out(hub, session, listed)
    stays = {*wanted, *(identify(session.record.owner, uid) for uid in refused)}
    gone = {one.id: one for one in attachment.provisions(hub, session) if one.id not in stays}
    for one in wanted.values():
        gone.update((other.id, other) for other in _ousted(hub, session, one) if other.id not in stays)
    changes = [_judged(hub, one) for one in wanted.values()] + attachment.drop(hub, gone.values())
    said: Json = {"ids": list(wanted), "dropped": len(gone)}
    if refused:
        said["refused"] = list(refused.values())[:_SAID]
    publishing.commit(hub, changes, "sync", answering(call, said))


def _sorted_out(hub: Hub, session: Session, listed: list[Json]) -> tuple[dict[ProvisionId, Provision], dict[str, Json]]:
    """What can be provided, and by uid why the others cannot."""
    wanted: dict[ProvisionId, Provision] = {}
    refused: dict[str, Json] = {}
    for given in listed:
        try:
            one = _wanted(hub, session, arguments.filled("provision.set", given))
        except Refused as why:
            hub.counters["refused"] += 1
            uid = str(given["uid"])
            refused[uid] = {"uid": uid, "name": why.name, "message": why.message}
        else:
            wanted[one.id] = one
    return wanted, refused


def part_refused(session: Session, given: Json) -> None:
    """What follows of the set is not taken for another one, which would drop what was in this part."""
    session.syncing = []
    session.unsynced = given.get("more") is True


def set_state(call: Call) -> None:
    """v1: an endpoint is ready, draining, unhealthy or pending; for an administrator also suspect."""
    hub, session = call.hub, call.session
    state = reading.state(call.given, suspect=session.admin)
    one = _owned(hub, session, arguments.text(call.given, "id", most=256))
    suspect = state is State.SUSPECT
    after = replace(one, declared=one.declared if suspect else state, suspect=suspect)
    change = attachment.judged(hub, Change(before=one, after=after))
    publishing.commit(hub, [change], "state", answering(call, {"ack": True}))


def drop(call: Call) -> None:
    """At once for subscribers; the answer as `wait` says: null at once, 0 when all know, more seconds at most."""
    hub, session = call.hub, call.session
    wait = arguments.number(call.given, "wait", most=_WAIT)
    one = _owned(hub, session, arguments.text(call.given, "id", most=256))
    changes = attachment.drop(hub, [one])
    if wait is None:
        publishing.commit(hub, changes, "drop", answering(call, {"ack": True}))
        return
    waiter = Wait(connection=call.connection, command=call.id, provisions=frozenset([one.id]))
    waiting.begin(hub, waiter, wait)
    call.hand_over()

    def then(why: Refused | None) -> None:
        if why is not None:
            waiting.refused(hub, waiter, why)
            return
        waiter.sealed = True
        waiting.check(hub, waiter)

    publishing.commit(hub, changes, "drop", then)


def answering(call: Call, value: Json) -> Settled:
    if call.hub.settings.external:
        call.later()

    def then(why: Refused | None) -> None:
        if why is None:
            call.ok(value)
        else:
            call.refuse(why)

    return then


def _owned(hub: Hub, session: Session, said: str) -> Provision:
    """By id, or by the uid that its owner gave it."""
    one = hub.registry.get(ProvisionId(said)) or hub.registry.get(identify(session.record.owner, said))
    if one is None:
        raise Refused(f"Registry does not provide {said}")
    if one.federated:
        raise problems.forbidden(f"{one.id} is of data centre {one.dc}: it can be changed there only.")
    if one.session != session.id and not session.admin:
        raise problems.forbidden(f"{one.id} belongs to another session.")
    return one


def identify(owner: str, uid: str) -> ProvisionId:
    """The same after every restart and at every server."""
    return ProvisionId(hashlib.blake2b(f"{owner}\0{uid}".encode(), digest_size=12).hexdigest())


def _wanted(hub: Hub, session: Session, given: Json) -> Provision:
    offer = reading.offer(given, hub.settings.limits)
    _allowed(session, offer)
    identifier = identify(session.record.owner, offer.uid)
    known = hub.registry.get(identifier)
    newest = known.incarnation if known is not None else hub.registry.incarnation_lost(identifier)
    if offer.incarnation < newest:
        raise Refused(
            f'"{offer.uid}" is known in incarnation {newest}: {offer.incarnation} is older and cannot take its place.',
            name="Stale",
        )
    return _provision(hub, session, offer, identifier)


def _provision(hub: Hub, session: Session, offer: reading.Offer, identifier: ProvisionId) -> Provision:
    key, attributes = hub.registry.interned(offer.key, offer.attributes)
    record = session.record
    known = hub.registry.get(identifier)
    return Provision(
        id=identifier,
        uid=offer.uid,
        owner=record.owner,
        session=session.id,
        key=key,
        address=known.address if known is not None and known.address == offer.address else offer.address,
        attributes=attributes,
        incarnation=offer.incarnation,
        weight=offer.weight,
        dc=offer.dc if offer.dc is not None and session.admin else record.dc,
        zone=offer.zone if offer.zone is not None else record.zone,
        declared=offer.state,
        suspect=False,
        damped=known.damped if known is not None else Damped.NO,
        drained=known is not None and known.drained,
        # A guess that is right where commits are ours: it saves making the value again.
        created=known.created if known is not None else hub.registry.rev + 1,
        version=known.version if known is not None else 0,
    )


def _put(hub: Hub, session: Session, one: Provision) -> list[Change]:
    return [_judged(hub, one), *attachment.drop(hub, _ousted(hub, session, one))]


def _judged(hub: Hub, one: Provision) -> Change:
    return attachment.judged(hub, Change(before=hub.registry.get(one.id), after=one))


def _ousted(hub: Hub, session: Session, one: Provision) -> list[Provision]:
    """Suspects that claim the very address that it has taken: whoever listens there now, it is not them.

    Not where it comes back to an address that was its own, as two names may have one; and none that this session
    might not provide in its place.
    """
    before = hub.registry.get(one.id)
    if not one.up or not one.address.usable or (before is not None and before.address == one.address):
        return []
    others = (hub.registry.get(other) for other in hub.registry.suspects_at(one) if other != one.id)
    return [other for other in others if other is not None and _may_oust(session, one, other)]


def _may_oust(session: Session, one: Provision, other: Provision) -> bool:
    if other.federated:
        return False  # their addresses are theirs
    if other.key == one.key or other.owner == one.owner:
        return True
    return tokens.allows(session.record.scopes, "provide", other.key)


def _abandoned(hub: Hub, session: Session, offer: reading.Offer) -> Provision | None:
    for one in hub.registry.under(offer.key).values():
        if one.uid or one.address != offer.address or one.owner != session.record.owner:
            continue
        holder = hub.sessions.get(one.session)
        if holder is None or holder.connection is None:
            return one
    return None


def _allowed(session: Session, offer: reading.Offer) -> None:
    if not tokens.allows(session.record.scopes, "provide", offer.key):
        raise problems.forbidden(f"This token may not provide {offer.key}.")


def _room(hub: Hub, session: Session, more: int) -> None:
    limit = hub.settings.limits.provisions
    if len(session.provisions) + more > limit:
        raise problems.limit(f"A session may provide at most {limit} endpoints.")
