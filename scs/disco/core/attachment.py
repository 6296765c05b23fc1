"""Sessions and their connections: join, come back, be lost, end. When somebody is given up is decided in `expiry`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from scs.disco.core import publishing, waiting
from scs.disco.core.hub import Hub
from scs.disco.effects import Forget, Keep
from scs.disco.sessions.session import Connection, Requirement, Session
from scs.disco.sessions.timers import Kind
from scs.disco.values import Cause, Change, Damped, Provision, SessionId, SessionRecord


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(hub: Hub, connection: Connection, record: SessionRecord) -> Session:
    """A new session on this connection."""
    session = add(hub, record)
    attach(hub, session, connection)
    if hub.settings.external:
        hub.effects.append(Keep(record))
    return session


def add(hub: Hub, record: SessionRecord) -> Session:
    session = Session(record=record)
    hub.sessions[record.id] = session
    hub.sessions_by_dc[record.dc] += 1
    hub.changes += 1
    return session


def attach(hub: Hub, session: Session, connection: Connection) -> None:
    """This connection speaks for the session from now on; one that did before is closed."""
    old = session.connection
    if old is not None and old is not connection:
        old.session = None
        hub.close(old, "its session came back on another connection")
    connection.session, connection.proto = session, session.record.proto
    session.connection = connection
    hub.count_away(session, away=False)
    session.host = connection.host
    session.deadline = session.held = None
    hub.look(session, None)
    session.confirmed = True
    if connection.timed:
        return
    connection.timed = True
    times = hub.settings.times
    beat, dead = (times.v1_beat, times.v1_dead) if connection.proto else (times.v0_beat, times.v0_dead)
    # Those who came together, as after a restart, are not to be answered together from then on.
    hub.timers.set(hub.now + beat * hub.random.uniform(0.5, 1), Kind.BEAT, connection)
    hub.timers.set(hub.now + dead, Kind.SILENCE, connection)


def adopted(hub: Hub, session: Session) -> None:
    """A session of another server, or of before a restart, is ours."""
    if session.record.server != hub.settings.server:
        session.record = replace(session.record, server=hub.settings.server)
        if hub.settings.external:
            hub.effects.append(Keep(session.record))


def lost(hub: Hub, connection: Connection, *, silent: bool) -> None:
    """The connection is no more: its session's endpoints are suspect until it is back, or its time is over."""
    session, connection.session = connection.session, None
    if session is None or session.connection is not connection:
        return
    detach(hub, session, silent=silent)


def detach(hub: Hub, session: Session, *, silent: bool) -> None:
    """Starts the session's time. Without any, who closed its connection has left; who fell silent may be cut off."""
    session.connection = None
    session.syncing.clear()
    session.unsynced = False
    for member in session.subscriptions.values():
        member.view = None  # it will say itself how far it got
    timeout = session.record.timeout
    if timeout <= 0 and not silent:
        end(hub, session, "detach")
        return
    hub.counters["detached"] += 1
    hub.count_away(session, away=True)
    give_time(hub, session, timeout)
    suspect(hub, session)


def give_time(hub: Hub, session: Session, seconds: float) -> None:
    session.deadline = max(hub.now + seconds, hub.calm_until)
    hub.look(session, session.deadline)


def suspect(hub: Hub, session: Session) -> None:
    publishing.commit(hub, _changed(hub, session, suspect=True), "detach")


def trust(hub: Hub, session: Session) -> None:
    publishing.commit(hub, _changed(hub, session, suspect=False), "resume")


def _changed(hub: Hub, session: Session, *, suspect: bool) -> list[Change]:
    changes = []
    for one in provisions(hub, session):
        if one.suspect is not suspect:
            changes.append(judged(hub, Change(before=one, after=replace(one, suspect=suspect))))
    return changes


def provisions(hub: Hub, session: Session) -> Iterable[Provision]:
    found = (hub.registry.get(identifier) for identifier in sorted(session.provisions))
    return [one for one in found if one is not None]


def judged(hub: Hub, change: Change) -> Change:
    """The change, with what an endpoint gets that came and went too often: told late, and as a last resort."""
    from_up = change.before is not None and change.before.up
    after = change.after
    if from_up and (after is None or not after.up):
        assert change.before is not None
        hub.flaps.penalize(change.before, hub.now)
    if after is None or not after.up or from_up:
        return change
    if not hub.flaps.suppressed(after, hub.now):
        return change if not after.damped else _damped(change, Damped.NO)
    hub.counters["damped"] += 1
    hub.flaps.returned(after, hub.now)
    hub.timers.set(hub.flaps.settled_at(after), Kind.DAMPED, after.id)
    # Who was shown as suspect stays shown: hiding it would be a drop that nobody asked for.
    shown = change.before is not None and change.before.served
    return _damped(change, Damped.LAST if shown else Damped.HIDDEN)


def _damped(change: Change, damped: Damped) -> Change:
    assert change.after is not None
    return Change(before=change.before, after=replace(change.after, damped=damped))


def drop(hub: Hub, ones: Iterable[Provision]) -> list[Change]:
    return [judged(hub, Change(before=one, after=None)) for one in ones]


def end(hub: Hub, session: Session, cause: Cause) -> None:
    """Drops everything that the session holds, in one transaction, then its requirements, then itself."""
    if session.ended:
        return
    session.ended = True
    session.deadline = None
    hub.look(session, None)
    hub.count_away(session, away=False)
    publishing.commit(hub, drop(hub, provisions(hub, session)), cause)
    for requirement in list(session.requirements.values()):
        forget_requirement(hub, session, requirement)
    waiting.ended(hub, session)
    if hub.sessions.pop(session.id, None) is not None:
        dc = session.record.dc
        hub.sessions_by_dc[dc] -= 1
        if not hub.sessions_by_dc[dc]:
            del hub.sessions_by_dc[dc]
    hub.changes += 1
    if hub.settings.external:
        hub.effects.append(Forget(session.id))


def forget_requirement(hub: Hub, session: Session, requirement: Requirement) -> None:
    del session.requirements[requirement.id]
    group = hub.groups[requirement.group]
    group.holders -= requirement.hold_on_empty
    member = group.members[session.id]
    member.asked = tuple(one for one in member.asked if one != requirement.id)
    if not member.asked:
        del group.members[session.id], session.subscriptions[group.id]
        publishing.release(hub, group)


def find(hub: Hub, identifier: str) -> Session | None:
    return hub.sessions.get(SessionId(identifier))
