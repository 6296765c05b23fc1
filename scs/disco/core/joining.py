"""The commands that need no session: ping, join, attach, resume. And leaving, which ends one."""

from __future__ import annotations

import hmac
from dataclasses import replace

from scs.disco import problems
from scs.disco.core import attachment, catching, publishing, waiting
from scs.disco.core.call import Call
from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.sessions import exports, tokens
from scs.disco.sessions.session import Connection, Session, Wait
from scs.disco.sessions.timers import Kind
from scs.disco.sessions.tokens import Token
from scs.disco.values import Json, SessionId, SessionRecord
from scs.disco.wire import arguments

ALL = ("provide:*", "require:*")
_DELAY = 60_000


def ping(call: Call) -> None:
    """`delay` is milliseconds, as old peers send it."""
    session = call.connection.session.id if call.connection.session is not None else False
    said = {"message": call.given["reply"], "session": session, "remote": call.connection.remote}
    delay = arguments.number(call.given, "delay", most=_DELAY)
    if not delay:
        call.ok(said)
        return
    call.later()
    call.hub.timers.set(call.hub.now + delay / 1000, Kind.PONG, lambda: call.ok(said))


def join(call: Call) -> None:
    options = arguments.mapping(call.given, "options")
    _admit(call.hub)
    token = authorized(call.hub, call.connection, options.get("token"))
    _count(call.hub, call.connection)
    proto = 1 if options.get("proto") == 1 else 0
    secret = call.hub.entropy(24).hex()
    attributes = arguments.mapping(options, "attributes")
    record = SessionRecord(
        id=SessionId(call.hub.fresh_id()),
        secret=attachment.digest(secret),
        proto=proto,
        owner=token.id,
        timeout=_timeout(call.hub, options, proto),
        dc=_place(attributes, "dc") or call.hub.settings.dc,
        zone=_place(attributes, "zone"),
        client=arguments.text(options, "client", most=128, default="") if proto else "",
        server=call.hub.settings.server,
        scopes=token.scopes,
    )
    session = attachment.begin(call.hub, call.connection, record)
    session.token = token.sha256
    call.hub.counters[f"joins_v{proto}"] += 1
    call.ok({"id": session.id, **(_welcome(call.hub, record, secret) if proto else {})})


def _place(attributes: Json, name: str) -> str:
    value = attributes.get(name, "")
    return value if isinstance(value, str) and len(value) <= 63 and value.isprintable() else ""


def _timeout(hub: Hub, options: Json, proto: int) -> float:
    """Old peers mean milliseconds, and none if they say nothing."""
    given = arguments.number(options, "timeout", most=1e12)
    if not proto:
        return min((given or 0.0) / 1000, hub.settings.limits.timeout)
    return min(given if given is not None else hub.settings.times.v1_timeout, hub.settings.limits.timeout)


def _welcome(hub: Hub, record: SessionRecord, secret: str | None) -> Json:
    times, limits = hub.settings.times, hub.settings.limits
    said: Json = {"proto": 1}
    if secret is not None:
        said["secret"] = secret
    return {
        **said,
        "epoch": hub.registry.epoch,
        "rev": publishing.bookmark(hub),
        "heartbeat": times.v1_beat,
        "dead": times.v1_dead,
        "timeout": record.timeout,
        "complete": hub.complete,
        "sessions": len(hub.sessions),
        "limits": {
            "line": limits.line,
            "provisions": limits.provisions,
            "requirements": limits.requirements,
            "in_flight": limits.in_flight,
        },
        **({"dc": hub.settings.dc} if hub.settings.dc else {}),
    }


def _admit(hub: Hub) -> None:
    """Too many at once are told when to come back, instead of slowing down those who are here."""
    wait = hub.joins.take(hub.now)
    if wait:
        after = round(wait + hub.random.uniform(0.5, 3), 2)
        hub.counters["retry_after"] += 1
        raise Refused(f"The server is busy: try again in {after} s.", name="Busy", extra={"retry_after": after})


def _count(hub: Hub, connection: Connection) -> None:
    """Sessions that are away cost memory: who makes many has to resume them, or to wait for their end."""
    away, limits = hub.away[connection.host], hub.settings.limits
    if away >= 2 * limits.connections_per_host:
        raise problems.limit(
            f"There are {away} sessions of this address that are away: resume them, or come back later."
        )
    if len(hub.sessions) >= limits.sessions:
        raise problems.limit(f"This server has {len(hub.sessions)} sessions: come back later.")


def authorized(hub: Hub, connection: Connection, secret: object) -> Token:
    """Who owns what is registered, and what is allowed."""
    if connection.trusted:
        return Token(id="disco", sha256="", scopes=("admin",))
    if hub.settings.open:
        return Token(id="", sha256="", scopes=ALL)
    token = hub.tokens.find(secret, hub.wall) if isinstance(secret, str) else None
    if token is None:
        hub.counters["auth_failures"] += 1
        raise problems.forbidden("The token is missing, unknown or has expired.")
    return token


def again(hub: Hub, session: Session) -> None:
    """The tokens are others: who came with one that is gone is cut off, and so is who holds what it may not any more.

    That ends at once; the session learns of it by coming back.
    """
    if not session.token:
        return
    token, why = hub.tokens.still(session.record.owner, session.token, hub.wall), "its token is no longer valid"
    if token is not None:
        session.record = replace(session.record, scopes=token.scopes)
        if not _forbidden(hub, session):
            return
        why = "its token no longer allows what it does"
    if (connection := session.connection) is not None:
        hub.close(connection, why)
        attachment.lost(hub, connection, silent=False)


def _forbidden(hub: Hub, session: Session) -> bool:
    """Ends what the session may not do; whether there was any."""
    scopes = session.record.scopes
    ones = [one for one in attachment.provisions(hub, session) if not tokens.allows(scopes, "provide", one.key)]
    asked = [one for one in session.requirements.values() if not exports.may(scopes, hub.groups[one.group].query)]
    publishing.commit(hub, attachment.drop(hub, ones), "drop")
    for one in asked:
        attachment.forget_requirement(hub, session, one)
    return bool(ones or asked)


def attach(call: Call) -> None:
    """Refused in any case: an old client that is told so joins anew, another keeps talking to its dead socket."""
    call.refuse(Refused("Session is not available."))


def resume(call: Call) -> None:
    _admit(call.hub)
    session = attachment.find(call.hub, arguments.text(call.given, "id"))
    secret = arguments.text(call.given, "secret")
    if session is None or session.record.proto == 0:
        call.hub.counters["resumes_refused"] += 1
        raise Refused("Session is not available.", name="Gone")
    if not hmac.compare_digest(attachment.digest(secret), session.record.secret):
        call.hub.counters["auth_failures"] += 1
        call.hub.counters["resumes_refused"] += 1
        raise Refused("Session is not available.", name="Gone")
    if not call.hub.settings.open:
        token = authorized(call.hub, call.connection, call.given["token"])
        if token.id != session.record.owner:
            raise problems.forbidden("The session belongs to another token.")
        session.record, session.token = replace(session.record, scopes=token.scopes), token.sha256
    cursors = catching.cursors(call.given)
    # Before it is attached: what this changes is part of what it missed, and is told once.
    attachment.trust(call.hub, session)
    attachment.attach(call.hub, session, call.connection)
    attachment.adopted(call.hub, session)
    kept = {"groups": list(session.subscriptions), "provisions": len(session.provisions)}
    call.ok({"id": session.id, **_welcome(call.hub, session.record, None), **kept})
    catching.resume(call.hub, session, cursors)


def detach(call: Call) -> None:
    """The session's time starts; the connection stays, and whatever it says next for the session ends that."""
    session = call.session
    call.ok({"ack": True})
    attachment.detach(call.hub, session, silent=False)


def leave(call: Call) -> None:
    """Everything that the session holds goes. Without a time, the answer waits until all who used it know."""
    session = call.session
    wait = arguments.number(call.given, "wait", most=86_400)
    if wait is None:
        _end(call.hub, call.connection, session)
        call.ok({"ack": True})
        return
    waiter = Wait(connection=call.connection, command=call.id, provisions=frozenset(session.provisions))
    waiting.begin(call.hub, waiter, wait)
    call.hand_over()
    _end(call.hub, call.connection, session)
    waiter.sealed = True
    waiting.check(call.hub, waiter)


def _end(hub: Hub, connection: Connection, session: Session) -> None:
    attachment.end(hub, session, "leave")
    connection.session = None
    session.connection = None
    hub.timers.set(hub.now + hub.settings.times.join, Kind.JOIN, connection)
