"""Providers that wait until everybody was told and said so: who is still missing, and the answer."""

from __future__ import annotations

from scs.disco.core.hub import Hub
from scs.disco.sessions.groups import Group
from scs.disco.sessions.session import Session, Wait
from scs.disco.sessions.timers import Kind
from scs.disco.wire import lines

_KEPT = 64  # waits at one session before those are dropped whose provider is gone


def begin(hub: Hub, wait: Wait, seconds: float) -> None:
    """Attaches the wait to the groups that show what is about to go. `seconds` 0 is without limit."""
    for identifier in wait.provisions:
        one = hub.registry.get(identifier)
        for group in hub.groups_by_key.get(one.key, {}).values() if one is not None else ():
            if identifier in group.view and group.id not in wait.groups:
                wait.groups.add(group.id)
                group.waits.append(wait)
    wait.connection.in_flight += 1
    if seconds > 0:
        wait.timer = hub.timers.set(hub.now + seconds, Kind.WAIT, wait)


def told(hub: Hub, group: Group, touched: set[object]) -> None:
    """The group has told what was touched: from here on its members' acknowledgements count."""
    for wait in [one for one in group.waits if one.provisions & touched]:
        group.waits.remove(wait)
        wait.groups.discard(group.id)
        for member in group.members.values():
            session = member.session
            if session.connection is None and session.record.proto == 0:
                continue  # it cannot come back to this session
            if len(session.waits) > _KEPT:
                session.waits = [one for one in session.waits if one.connection.open]
            if wait not in session.waits:
                session.waits.append(wait)
            lags = member.view is not None or session.connection is None
            wait.sessions[session.id] = None if lags else _target(session, group.rev)
        check(hub, wait)


def caught_up(session: Session, rev: int) -> None:
    """A session that lagged was sent everything up to `rev`."""
    for wait in session.waits:
        if wait.sessions.get(session.id, 0) is None:
            wait.sessions[session.id] = _target(session, rev)


def acknowledged(hub: Hub, session: Session, upto: int) -> None:
    """A revision for v1, the number of our command for v0: either stands for everything before it."""
    session.acked = max(session.acked, upto)
    for wait in list(session.waits):
        target = wait.sessions.get(session.id)
        if target is not None and target <= session.acked:
            _leave(hub, session, wait)


def ended(hub: Hub, session: Session) -> None:
    """A session that is gone uses nothing."""
    for wait in list(session.waits):
        _leave(hub, session, wait)


def group_gone(hub: Hub, group: Group) -> None:
    for wait in group.waits:
        wait.groups.discard(group.id)
        check(hub, wait)
    group.waits.clear()


def late(hub: Hub, wait: Wait) -> None:
    """The time that the provider gave is over."""
    wait.timer = None
    _answer(hub, wait, timed_out=True)


def check(hub: Hub, wait: Wait) -> None:
    if wait.sealed and not wait.groups and not wait.sessions:
        _answer(hub, wait, timed_out=False)


def _leave(hub: Hub, session: Session, wait: Wait) -> None:
    session.waits.remove(wait)
    wait.sessions.pop(session.id, None)
    check(hub, wait)


def _answer(hub: Hub, wait: Wait, *, timed_out: bool) -> None:
    if wait.done:
        return
    wait.done = True
    if wait.timer is not None:
        hub.timers.cancel(wait.timer)
    wait.connection.in_flight -= 1
    hub.send(wait.connection, lines.result(wait.command, {"timed_out": timed_out}))


def _target(session: Session, rev: int) -> int:
    assert session.connection is not None
    return rev if session.record.proto else session.connection.said
