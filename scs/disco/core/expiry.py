"""What time does: silence, grace, the end of sessions within the budget, damping. Each looks before it acts."""

from __future__ import annotations

from dataclasses import replace

from scs.disco.core import attachment, beating, dispatch, importing, publishing, waiting
from scs.disco.core.hub import Hub
from scs.disco.sessions.groups import Group
from scs.disco.sessions.imports import Import
from scs.disco.sessions.session import Connection, Session, Wait
from scs.disco.sessions.timers import Kind, Timer
from scs.disco.values import Change, Damped, ProvisionId


def run(hub: Hub) -> None:
    """Does everything whose time has come."""
    hub.taken = 0
    while (timer := hub.timers.due(hub.now)) is not None:
        _one(hub, timer)


def _one(hub: Hub, timer: Timer) -> None:  # noqa: C901, PLR0912 # one line a kind
    match timer.kind, timer.about:
        case Kind.SILENCE, Connection() as connection:
            _silence(hub, connection)
        case Kind.BEAT, Connection() as connection:
            beating.beat(hub, connection)
        case Kind.JOIN, Connection() as connection:
            if connection.session is None:
                hub.close(connection, "it did not join in time")
        case Kind.BLOCKED, Connection() as connection:
            _blocked(hub, connection)
        case Kind.SESSION, Session() as session:
            _session(hub, session)
        case Kind.MORE, Connection() as connection:
            dispatch.more(hub, connection)
        case Kind.GROUP, Group() as group:
            publishing.turn(hub, group)
        case Kind.DAMPED, str() as identifier:
            _damped(hub, identifier)
        case Kind.WAIT, Wait() as wait:
            waiting.late(hub, wait)
        case Kind.PONG, about if callable(about):
            about()
        case Kind.LINK, Import() as link:
            importing.turn(hub, link)
        case Kind.GRACE, _:
            _grace(hub)


def paused(hub: Hub, seconds: float) -> None:
    """We were stopped. Peers may have given us up meanwhile: they get the time to come back."""
    times = hub.settings.times
    hub.counters["pause_compensations"] += 1
    hub.warn(f"this process stood still for {seconds:.1f} s; no deadline counts that time")
    rest = times.settle if seconds < times.v1_dead / 2 else times.grace
    hub.calm_until = max(hub.calm_until, hub.now + rest)
    hub.settled_at = hub.now + times.settle


def _silence(hub: Hub, connection: Connection) -> None:
    if not connection.open:
        return
    times = hub.settings.times
    dead = times.v1_dead if connection.proto else times.v0_dead
    # A pause of ours that just ended: what the peer sent meanwhile has to be read first.
    at = max(connection.received + dead, hub.settled_at)
    if connection.blocked is not None:
        at = hub.now + dead  # nobody listens to it: how long it may be so is a limit of its own
    if at > hub.now:
        hub.timers.set(at, Kind.SILENCE, connection)
        return
    hub.counters["silent"] += 1
    hub.close(connection, "it was silent for too long")
    attachment.lost(hub, connection, silent=True)


def _blocked(hub: Hub, connection: Connection) -> None:
    if connection.open and connection.blocked is not None:
        if hub.now < connection.blocked + hub.settings.times.blocked:
            hub.timers.set(connection.blocked + hub.settings.times.blocked, Kind.BLOCKED, connection)
            return
        hub.counters["slow_disconnects"] += 1
        hub.close(connection, "it did not read for too long")
        attachment.lost(hub, connection, silent=True)


def _session(hub: Hub, session: Session) -> None:
    """A session without a connection is at its end, unless too many are."""
    session.timer = None
    if session.ended or session.connection is not None or session.deadline is None:
        return
    at = max(session.deadline, hub.calm_until)
    if at > hub.now:
        hub.look(session, at)
        return
    if session.record.server != hub.settings.server and not hub.janitor:
        hub.look(session, hub.now + hub.settings.times.grace)
        return
    again = _again(hub, session)
    if again is None:
        hub.counters["expired"] += 1
        attachment.end(hub, session, "expire")
        return
    if session.held is None:
        session.held = hub.now
        hub.counters["held"] += 1
        if hub.now >= hub.warned + hub.settings.expiry.window:
            hub.warned = hub.now
            hub.warn(
                f"data centre {session.record.dc or '(none)'}: more sessions are overdue than may be given up at once; "
                "the others stay suspect until they return or the budget allows it"
            )
    hub.look(session, again)


def _again(hub: Hub, session: Session) -> float | None:
    """When to look again whether the session may be given up; None if it may be now."""
    longest = hub.settings.times.max_hold
    if not session.provisions or (session.held is not None and hub.now >= session.held + longest):
        return None
    until = (session.held if session.held is not None else hub.now) + longest
    dc = session.record.dc
    if not hub.budget.left(dc, hub.sessions_by_dc[dc], hub.now):
        hub.counters["budget_exhausted"] += session.held is None
        # Spread, so that chance picks who goes first and no service is wiped out before another.
        return min(until, hub.budget.again_at(dc, hub.now) + hub.random.uniform(0, 2))
    if _last_of_a_group(hub, session):
        return until
    hub.budget.spend(dc, hub.now)
    return None


def _last_of_a_group(hub: Hub, session: Session) -> bool:
    """Whether somebody who would rather hold than have nothing would be left with nothing."""
    for one in attachment.provisions(hub, session):
        for group in hub.concerned(one.key):
            if group.holders and one.id in group.view and session.provisions.issuperset(group.view):
                return True
    return False


def _damped(hub: Hub, identifier: str) -> None:
    one = hub.registry.get(ProvisionId(identifier))
    if one is None or not one.damped or not one.up:
        return
    if not hub.flaps.suppressed(one, hub.now):
        damped = Damped.NO
    elif hub.now < hub.flaps.settled_at(one):
        return  # it went and came again meanwhile, and has a timer of its own
    else:
        damped = Damped.LAST
        hub.timers.set(hub.now + hub.flaps.reusable_in(one, hub.now) + 0.001, Kind.DAMPED, identifier)
    publishing.commit(hub, [Change(before=one, after=replace(one, damped=damped))], "damp")


def _grace(hub: Hub) -> None:
    """The grace after a start is over: who has not come back is suspect, and goes as the budget allows."""
    if hub.complete:
        return
    for session in list(hub.sessions.values()):
        if not session.confirmed and session.connection is None:
            session.confirmed = True
            attachment.give_time(hub, session, 0)
            attachment.suspect(hub, session)
    publishing.completed(hub)
