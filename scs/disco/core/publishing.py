"""From a transaction to what subscribers are told: group by group, at most so often, to each in order."""

from __future__ import annotations

from collections.abc import Iterable

from scs.disco.core import frames, waiting
from scs.disco.core.hub import Hub, Settled
from scs.disco.effects import Propose, Published
from scs.disco.problems import Refused
from scs.disco.registry import views
from scs.disco.registry.views import View
from scs.disco.sessions import exports
from scs.disco.sessions.budget import Bucket
from scs.disco.sessions.exports import Question
from scs.disco.sessions.groups import Group
from scs.disco.sessions.session import Session, Subscription
from scs.disco.sessions.timers import Kind
from scs.disco.values import Cause, Change, ConnectionId, Transaction
from scs.disco.wire import shapes


def nothing(_: Refused | None) -> None:
    """For commits that nobody waits for."""


def commit(hub: Hub, changes: Iterable[Change], cause: Cause, then: Settled = nothing) -> None:
    """Makes the changes true, here or by way of the store; `then` comes after subscribers were told."""
    real = tuple(change for change in changes if change.before != change.after)
    if not real:
        then(None)
    elif hub.settings.external:
        hub.next_ticket += 1
        hub.tickets[hub.next_ticket] = then
        hub.effects.append(Propose(hub.next_ticket, Transaction(changes=real, cause=cause)))
    else:
        apply(hub, hub.registry.rev + 1, Transaction(changes=real, cause=cause))
        then(None)


def apply(hub: Hub, rev: int, transaction: Transaction) -> None:
    """A transaction is true from now on: who provides it is noted, and groups that show it are told."""
    done = hub.registry.apply(rev, transaction.changes)
    hub.changes += 1
    hub.counters[f"changes_{transaction.cause}"] += len(done)
    for change in done:
        _note_provider(hub, change)
        for key in {one.key: None for one in (change.before, change.after) if one is not None}:
            for group in hub.concerned(key):
                if change.id in group.view or (change.after is not None and group.query.matches(change.after)):
                    group.touch(change.id, rev)
                    hub.dirty[group.id] = group
    for group in list(hub.dirty.values()):
        flush(hub, group)


def _note_provider(hub: Hub, change: Change) -> None:
    if change.before is not None and (session := hub.sessions.get(change.before.session)) is not None:
        session.provisions.discard(change.id)
    if change.after is not None and (session := hub.sessions.get(change.after.session)) is not None:
        session.provisions.add(change.id)


def flush(hub: Hub, group: Group) -> None:
    """Tells what is pending, now or when the group's turn comes."""
    if group.scheduled:
        return
    view = group.next_view(hub.under(group.query))
    changed = view is not group.view
    if changed:
        wait = group.bucket.take(hub.now) if group.query.coalesce else 0.0
        if wait:
            group.scheduled = True
            hub.timers.set(hub.now + wait, Kind.GROUP, group)
            hub.counters["coalesced"] += 1
            return
        publish(hub, group, view)
    _told(hub, group, changed=changed)


def _told(hub: Hub, group: Group, *, changed: bool) -> None:
    """Nothing is pending any more."""
    touched: set[object] = set(group.touched)
    group.touched.clear()
    group.pending = None
    hub.dirty.pop(group.id, None)
    if group.waits:
        waiting.told(hub, group, touched, changed=changed)


def publish(hub: Hub, group: Group, view: View) -> None:
    """The group's view is another from now on; each subscriber that keeps up is told at once."""
    old, prev = group.view, group.rev
    found = views.difference(old, view)
    for identifier in (*found.drop, *(one.id for one in found.update)):
        group.digest ^= shapes.digest(group.query.shown(old[identifier]))
    for one in (*found.add, *found.update):
        group.digest ^= shapes.digest(group.query.shown(one))
    group.view, group.rev, group.effective = view, hub.registry.rev, None
    group.complete = hub.complete
    to: list[ConnectionId] = []
    for member in group.members.values():
        _tell(hub, group, member, old, to)
    if to:
        stamp = frames.Stamp(rev=group.rev, prev=prev, complete=group.complete, ack=bool(group.waits))
        hub.send_all(to, frames.diff(group.id, old, view, stamp, group.query.shown))
    hub.counters["notifications"] += len(to)
    if group.watchers:
        hub.effects.append(Published(group.id, group.rev))


def _tell(hub: Hub, group: Group, member: Subscription, old: View, to: list[ConnectionId]) -> None:
    connection = member.session.connection
    if connection is None:
        return
    if connection.blocked is not None:
        if member.view is None:
            member.view = old
        hub.counters["conflations"] += 1
    elif connection.proto:
        member.rev = group.rev
        to.append(connection.id)
    else:
        tell_v0(hub, group, member)


def tell_v0(hub: Hub, group: Group, member: Subscription) -> None:
    """What an old peer uses, endpoint by endpoint: only what is ready, or if nothing is, what is suspect."""
    session, connection = member.session, member.session.connection
    assert connection is not None
    new = in_use(group)
    for identifier in member.asked:
        requirement = session.requirements[identifier]
        for action, endpoint in _v0_changes(group, requirement.seen or views.EMPTY, new):
            connection.said += 1
            hub.send(connection, frames.v0_message(connection.said, identifier, action, endpoint))
            hub.counters["notifications"] += 1
        requirement.seen = new
    member.rev, member.view = group.rev, None


def _v0_changes(group: Group, old: View, new: View) -> list[tuple[str, str]]:
    """The last one is kept: nearly all of a group's members have seen the very same."""
    if group.told_v0 is None or group.told_v0[0] is not old or group.told_v0[1] is not new:
        group.told_v0 = old, new, frames.v0_changes(old, new)
    return group.told_v0[2]


def in_use(group: Group) -> View:
    if group.effective is None:
        group.effective = views.effective(group.view)
    return group.effective


def catch_up(hub: Hub, session: Session) -> None:
    """A peer reads again: one net diff for each group that it lags behind, oldest first."""
    connection = session.connection
    assert connection is not None
    lagging = [(hub.groups[name], one) for name, one in session.subscriptions.items() if one.view is not None]
    for group, member in sorted(lagging, key=lambda pair: pair[0].rev):
        assert member.view is not None
        if connection.proto:
            stamp = frames.Stamp(rev=group.rev, prev=member.rev, complete=group.complete, ack=True)
            hub.send(connection, frames.diff(group.id, member.view, group.view, stamp, group.query.shown))
            member.rev, member.view = group.rev, None
        else:
            tell_v0(hub, group, member)
    waiting.caught_up(hub, session, hub.registry.rev if not lagging else max(group.rev for group, _ in lagging))


def group_for(hub: Hub, query: Question) -> Group:
    """The group of this question, made if nobody asked it yet."""
    name = exports.identify(query)
    group = hub.groups.get(name)
    if group is None:
        view = {one.id: one for one in hub.found(query)}
        bucket = Bucket(hub.settings.coalescing.burst, hub.settings.coalescing.rate, hub.now)
        group = Group(id=name, query=query, rev=hub.registry.rev, bucket=bucket, view=view, complete=hub.complete)
        group.digest = shapes.digest_of(map(query.shown, view.values()))
        hub.groups[name] = group
        hub.beside(query)[name] = group
    return group


def release(hub: Hub, group: Group) -> None:
    """Forgets a group that nobody asks for any more."""
    if not group.idle or group.id not in hub.groups:
        return
    hub.unlist(group)
    hub.dirty.pop(group.id, None)
    waiting.group_gone(hub, group)


def bookmark(hub: Hub) -> int:
    """Up to here, every group has told everything."""
    pending = [group.pending for group in hub.dirty.values() if group.pending is not None]
    return min(pending) - 1 if pending else hub.registry.rev


def completed(hub: Hub) -> None:
    """The grace is over: what is not there is gone. What was held back goes along: no revision stands for two sets."""
    hub.complete = True
    for group in list(hub.groups.values()):
        if not group.complete:
            publish(hub, group, group.next_view(hub.under(group.query)))
            _told(hub, group, changed=True)


def turn(hub: Hub, group: Group) -> None:
    """The group may tell again."""
    group.scheduled = False
    if hub.groups.get(group.id) is group:
        flush(hub, group)
