"""The commands of subscribers: add (v0), set, drop, ack, reset, and the question without a session."""

from __future__ import annotations

import hashlib

from scs.disco import problems
from scs.disco.core import attachment, catching, frames, joining, publishing, reading, waiting
from scs.disco.core.call import Call
from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.registry import filters, views
from scs.disco.registry.views import Query
from scs.disco.sessions import exports, tokens
from scs.disco.sessions.exports import Export, Question
from scs.disco.sessions.session import Requirement, Session, Subscription
from scs.disco.values import PARTS, GroupId, Key, RequirementId
from scs.disco.wire import arguments, lines, shapes


def add(call: Call) -> None:
    """v0: what is there now in the answer, every change from then on one by one."""
    hub, session = call.hub, call.session
    want = reading.v0_want(call.given, hub.settings.limits)
    _allowed(session.record.scopes, want.query.key)
    _room(hub, session)
    _few_patterns(hub, session, want)
    requirement, member = _subscribe(hub, session, want.query, RequirementId(hub.fresh_id()))
    group = hub.groups[requirement.group]
    if member.view is None:
        requirement.seen = publishing.in_use(group)
    else:
        requirement.seen = views.effective(member.view)
    endpoints = ",".join(lines.dumps(shapes.v0(one)) for one in requirement.seen.values())
    call.ok_text(f'{{"id":"{requirement.id}","endpoints":[{endpoints}]}}')


def set_one(call: Call) -> None:
    """v1: the answer names the group, its whole set follows; also where the session has it, for its client may not."""
    hub, session = call.hub, call.session
    want = reading.want(call.given, hub.settings.limits, dc=session.record.dc, zone=session.record.zone)
    _allowed(session.record.scopes, want.query.key)
    _few_patterns(hub, session, want)
    _set(call, want.query, want.uid, hold=want.hold_on_empty)


def export(call: Call) -> None:
    """v1: the same for one part of all that this session may require and that is provided here, whatever its name."""
    hub, scopes = call.hub, exports.scoped(call.session.record.scopes)
    if not scopes:
        raise problems.forbidden("This token may not require anything: there is nothing that it could be told.")
    uid = arguments.text(call.given, "uid", most=hub.settings.limits.uid, default="")
    part = arguments.whole(call.given, "part", default=0, most=PARTS - 1)
    _set(call, Export(scopes=scopes, part=part), uid or f"export {part}", hold=False)


def _set(call: Call, question: Question, uid: str, *, hold: bool) -> None:
    hub, session = call.hub, call.session
    identifier = RequirementId(_identify(uid) if uid else hub.fresh_id())
    old = session.requirements.get(identifier)
    name = exports.identify(question)
    if old is not None and (old.group, old.hold_on_empty) != (name, hold):
        attachment.forget_requirement(hub, session, old)
        old = None
    if old is None:
        _room(hub, session)
        _subscribe(hub, session, question, identifier, hold=hold)
    group, member = hub.groups[name], session.subscriptions[name]
    call.ok({"id": identifier, "group": name, "rev": group.rev, "complete": group.complete})
    catching.reset(hub, session, group, member)


def drop(call: Call) -> None:
    hub, session = call.hub, call.session
    said = arguments.text(call.given, "id", most=256)
    requirement = session.requirements.get(RequirementId(said)) or session.requirements.get(
        RequirementId(_identify(said))
    )
    if requirement is None:
        raise Refused(f"Registry does not require {said}")
    attachment.forget_requirement(hub, session, requirement)
    call.ok({"ack": True})


def ack(call: Call) -> None:
    """A notice: the session has stored everything up to this revision."""
    waiting.acknowledged(call.hub, call.session, arguments.whole(call.given, "rev", default=0))


def reset(call: Call) -> None:
    """The client missed something, or holds something else than we told: the whole set again."""
    hub, session = call.hub, call.session
    name = GroupId(arguments.text(call.given, "group"))
    member = session.subscriptions.get(name)
    if member is None:
        raise Refused(f"This session has no group {name}.")
    why = "divergence" if call.given["why"] == "divergence" else "gap"
    hub.counters[f"{why}_total"] += 1
    if why == "divergence":
        hub.warn(f"session {session.id} holds another set of {exports.named(hub.groups[name].query)} than it was told")
    call.ok({"ack": True})
    catching.reset(hub, session, hub.groups[name], member)


def query(call: Call) -> None:
    """What is there now, once, without a session."""
    hub, given = call.hub, call.given
    session = call.connection.session
    scopes = (
        session.record.scopes
        if session is not None
        else joining.authorized(hub, call.connection, given["token"]).scopes
    )
    dc = arguments.text(given, "dc", most=63) or (session.record.dc if session else hub.settings.dc)
    zone = arguments.text(given, "zone", most=63) or (session.record.zone if session else "")
    want = reading.want(given, hub.settings.limits, dc=dc, zone=zone)
    _allowed(scopes, want.query.key)
    found = hub.found(want.query)
    texts, size = [], 0
    for one in found:
        text = lines.dumps(shapes.v1(one))
        size += len(text) + 1
        if size > frames.PAGE:
            break
        texts.append(text)
    head = {"epoch": hub.registry.epoch, "rev": hub.registry.rev, "complete": hub.complete}
    cut = ',"more":true' if len(texts) < len(found) else ""
    call.ok_text(f'{lines.dumps(head)[:-1]},"endpoints":[{",".join(texts)}]{cut}}}')


def _subscribe(
    hub: Hub, session: Session, question: Question, identifier: RequirementId, *, hold: bool = False
) -> tuple[Requirement, Subscription]:
    group = publishing.group_for(hub, question)
    requirement = Requirement(id=identifier, group=group.id, hold_on_empty=hold)
    session.requirements[identifier] = requirement
    group.holders += hold
    member = group.members.get(session.id)
    if member is None:
        member = Subscription(session=session, rev=group.rev)
        group.members[session.id] = session.subscriptions[group.id] = member
    member.asked += (identifier,)
    return requirement, member


def _identify(uid: str) -> str:
    """Short, and of characters that need no escape."""
    return hashlib.blake2b(uid.encode(), digest_size=12).hexdigest()


def _allowed(scopes: tuple[str, ...], key: Key) -> None:
    if not tokens.allows(scopes, "require", key):
        raise problems.forbidden(f"This token may not require {key}.")


def _room(hub: Hub, session: Session) -> None:
    limit = hub.settings.limits.requirements
    if len(session.requirements) >= limit:
        raise problems.limit(f"A session may require at most {limit} endpoints.")


def _few_patterns(hub: Hub, session: Session, want: reading.Want) -> None:
    """Each is a program of its own that is run for each change."""
    limit, used = hub.settings.limits.patterns, set(filters.sizes(want.query.tests))
    if not used:
        return
    for name in session.subscriptions:
        question = hub.groups[name].query
        used.update(filters.sizes(question.tests) if isinstance(question, Query) else ())
    if len(used) > limit:
        raise problems.limit(f"A session may use at most {limit} patterns that are no plain texts.")
