"""Heartbeats to peers: a line feed for v0; for v1 what they may take for granted, and digests to check it by."""

from __future__ import annotations

from scs.disco.core import publishing
from scs.disco.core.hub import Hub
from scs.disco.sessions.session import Connection, Session
from scs.disco.sessions.timers import Kind
from scs.disco.values import Json
from scs.disco.wire import lines

GROUPS = 1_000  # digests in one heartbeat


def beat(hub: Hub, connection: Connection) -> None:
    if not connection.open:
        return
    times = hub.settings.times
    hub.timers.set(hub.now + (times.v1_beat if connection.proto else times.v0_beat), Kind.BEAT, connection)
    if connection.blocked is not None:
        return
    session = connection.session
    if not connection.proto or session is None:
        hub.send(connection, lines.HEARTBEAT)
        return
    hub.send(connection, lines.command(hub.registry.rev, "heartbeat", _said(hub, session)))


def _said(hub: Hub, session: Session) -> Json:
    """`rev`: every change up to it that concerns this session was sent before."""
    said: Json = {"rev": publishing.bookmark(hub)}
    changed: Json = {}
    for name, member in session.subscriptions.items():
        group = hub.groups[name]
        if member.beat != group.rev and len(changed) < GROUPS:
            member.beat = group.rev
            changed[name] = [group.rev, f"{group.digest:016x}"]
    if changed:
        said["groups"] = changed
    return said
