"""What a subscriber that comes back missed: a net diff for each of its groups, or the whole set where none is known."""

from __future__ import annotations

from dataclasses import dataclass

from scs.disco.core import frames, publishing, waiting
from scs.disco.core.hub import Hub
from scs.disco.registry import views
from scs.disco.sessions.exports import Export
from scs.disco.sessions.groups import Group
from scs.disco.sessions.session import Session, Subscription
from scs.disco.values import Json, Provision, ProvisionId
from scs.disco.wire import arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """How far a client got: in all, and where it is further or less far in a group."""

    epoch: str
    rev: int
    groups: Json


def cursors(given: Json) -> Cursors:
    return Cursors(
        epoch=arguments.text(given, "epoch", default=""),
        rev=arguments.whole(given, "rev", default=0),
        groups=arguments.mapping(given, "groups"),
    )


def resume(hub: Hub, session: Session, cursors: Cursors) -> None:
    """Sends what is missing, oldest group first; sessions are told in the order of revisions."""
    members = [(hub.groups[name], member) for name, member in session.subscriptions.items()]
    for group, member in sorted(members, key=lambda pair: pair[0].rev):
        _one(hub, session, group, member, cursors)
    waiting.caught_up(hub, session, hub.registry.rev)


def _one(hub: Hub, session: Session, group: Group, member: Subscription, cursors: Cursors) -> None:
    said = cursors.groups.get(group.id, cursors.rev)
    cursor = said if isinstance(said, int) and not isinstance(said, bool) else -1
    known = cursors.epoch == hub.registry.epoch and hub.registry.ring.floor <= cursor <= hub.registry.rev
    if not known:
        reset(hub, session, group, member)
        hub.counters["resumes_reset"] += 1
        return
    hub.counters["resumes_diff"] += 1
    member.rev, member.view, member.beat = group.rev, None, 0
    if cursor >= group.rev:
        return
    old = views.rewound(group.view, group.query.matches, _were(hub, group, cursor))
    stamp = frames.Stamp(rev=group.rev, prev=cursor, complete=group.complete, ack=True)
    assert session.connection is not None
    hub.send(session.connection, frames.diff(group.id, old, group.view, stamp, group.query.shown))


def _were(hub: Hub, group: Group, cursor: int) -> dict[ProvisionId, Provision | None]:
    ring, question = hub.registry.ring, group.query
    if isinstance(question, Export):
        return ring.before_under(question.covers, cursor, group.rev)
    return ring.before(question.key, cursor, group.rev)


def again(hub: Hub, session: Session) -> None:
    """A session that was away on the very connection that it had: no cursor says what it missed."""
    for name, member in session.subscriptions.items():
        if session.record.proto:
            reset(hub, session, hub.groups[name], member)
        else:
            publishing.tell_v0(hub, hub.groups[name], member)


def reset(hub: Hub, session: Session, group: Group, member: Subscription) -> None:
    member.rev, member.view, member.beat = group.rev, None, 0
    assert session.connection is not None
    stamp = frames.Stamp(rev=group.rev, complete=group.complete, ack=True)
    hub.send(session.connection, hub.resets.of(group.id, group.view, stamp, group.query.shown))
