"""What a store that several servers share says: its content, its transactions, its sessions. Talks to no store."""

from __future__ import annotations

from collections.abc import Iterable

from scs.disco.core import attachment, publishing, snapshot
from scs.disco.core.hub import Hub
from scs.disco.registry.registry import Registry
from scs.disco.values import Provision, SessionId, SessionRecord


def start_at(hub: Hub, epoch: str, rev: int, provisions: Iterable[Provision]) -> None:
    """This is what there is; groups are told how it differs from what they knew."""
    hub.registry = Registry(epoch, rev, hub.settings)
    hub.registry.load(provisions)
    snapshot.note_providers(hub)
    for group in list(hub.groups.values()):
        for identifier in {*group.view, *(one.id for one in hub.found(group.query))}:
            group.touch(identifier, rev)
        hub.dirty[group.id] = group
        publishing.flush(hub, group)


def know(hub: Hub, record: SessionRecord) -> None:
    """A session of another server, or (`server` empty) of one that is gone: that one has the grace to come here."""
    session = hub.sessions.get(record.id) or attachment.add(hub, record)
    session.record = record
    if record.server == hub.settings.server:
        vouch(hub, record.id)  # it may have been called suspect after it came here, and before the store knew that
        return
    if session.connection is not None:
        connection, session.connection = session.connection, None
        connection.session = None
        hub.close(connection, "its session is at another server")
    session.deadline = None
    hub.count_away(session, away=False)
    if not record.server:
        session.confirmed = False
        attachment.give_time(hub, session, max(record.timeout, hub.settings.times.grace))
        if hub.janitor:
            attachment.suspect(hub, session)


def forget(hub: Hub, session: SessionId) -> None:
    """The store has it no more. What it provided goes by the transactions of the store."""
    one = hub.sessions.get(session)
    if one is not None:
        connection, one.connection = one.connection, None
        if connection is not None:
            connection.session = None
            hub.close(connection, "its session was given up")
        one.provisions.clear()
        attachment.end(hub, one, "store")


def vouch(hub: Hub, session: SessionId) -> None:
    """Another server calls suspect what this session provides: not if it is connected here."""
    one = hub.sessions.get(session)
    if one is not None and one.connection is not None:
        attachment.trust(hub, one)


def relink(hub: Hub) -> None:
    """Who provides what is read anew: sessions were given up here, and by the store's word they were not."""
    snapshot.note_providers(hub)
