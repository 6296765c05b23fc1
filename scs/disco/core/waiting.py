"""Providers that wait until everybody was told and said so: who is still missing, and the answer."""

from __future__ import annotations

from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.sessions.groups import Group
from scs.disco.sessions.session import Session, Wait
from scs.disco.sessions.timers import Kind
from scs.disco.wire import lines

_KEPT = 64  # waits at one session before those are dropped whose provider is gone


def begin(hub: Hub, wait: Wait, seconds: float) -> None:
    """Attaches the wait to the groups that show what is about to go. `seconds` 0 is without limit."""
    for identifier in wait.provisions:
        one = hub.registry.get(identifier)
        for group in hub.concerned(one.key) if one is not None else ():
            if identifier in group.view and group.id not in wait.groups:
                wait.groups.add(group.id)
                group.waits.append(wait)
    wait.connection.in_flight += 1
    if seconds > 0:
        wait.timer = hub.timers.set(hub.now + seconds, Kind.WAIT, wait)


def told(hub: Hub, group: Group, touched: set[object], *, changed: bool) -> None:
    """The group has told what was touched: from here on its members' acknowledgements count.

    Not `changed`: what went came back before anybody was told.
    """
    for wait in [one for one in group.waits if one.provisions & touched]:
        group.waits.remove(wait)
        wait.groups.discard(group.id)
        for member in group.members.values() if changed else ():
            session = member.session
            if session.connection is None and session.record.proto == 0:
                continue  # it cannot come back to this session
            lags = member.view is not None or session.connection is None
            target = None if lags else _target(session, group.rev)
            if target is not None and session.record.proto == 0 and target <= session.acked:
                continue  # it uses something else, and was sent nothing
            if len(session.waits) > _KEPT:
                session.waits = [one for one in session.waits if one.connection.open]
            if wait not in session.waits:
                session.waits.append(wait)
            wait.sessions[session.id] = target
        check(hub, wait)


def caught_up(hub: Hub, session: Session, rev: int) -> None:
    """A session that lagged was sent everything up to `rev`."""
    for wait in list(session.waits):
        if wait.sessions.get(session.id, 0) is None:
            target = wait.sessions[session.id] = _target(session, rev)
            if session.record.proto == 0 and target <= session.acked:
                _leave(hub, session, wait)


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
    if not wait.done:
        _forget(hub, wait)
        _answer(hub, wait, timed_out=True)


def refused(hub: Hub, wait: Wait, why: Refused) -> None:
    """What was to go stays."""
    if not wait.done:
        _forget(hub, wait)
        _end(hub, wait, lines.failure(wait.command, {"name": why.name, "message": why.message, **why.extra}))


def _forget(hub: Hub, wait: Wait) -> None:
    for name in wait.groups:
        hub.groups[name].waits.remove(wait)
    for identifier in wait.sessions:
        session = hub.sessions.get(identifier)
        if session is not None and wait in session.waits:
            session.waits.remove(wait)
    wait.groups.clear()
    wait.sessions.clear()


def check(hub: Hub, wait: Wait) -> None:
    if wait.sealed and not wait.groups and not wait.sessions:
        _answer(hub, wait, timed_out=False)


def _leave(hub: Hub, session: Session, wait: Wait) -> None:
    session.waits.remove(wait)
    wait.sessions.pop(session.id, None)
    check(hub, wait)


def _answer(hub: Hub, wait: Wait, *, timed_out: bool) -> None:
    if not wait.done:
        _end(hub, wait, lines.result(wait.command, {"timed_out": timed_out}))


def _end(hub: Hub, wait: Wait, said: bytes) -> None:
    wait.done = True
    if wait.timer is not None:
        hub.timers.cancel(wait.timer)
    wait.connection.in_flight -= 1
    hub.send(wait.connection, said)


def _target(session: Session, rev: int) -> int:
    assert session.connection is not None
    return rev if session.record.proto else session.connection.said
