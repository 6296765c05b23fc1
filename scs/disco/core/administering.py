"""The commands of who runs the server: how it is, who is there, whom nobody should use. They need no session."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from scs.disco import problems
from scs.disco.core import asking, attachment, frames, joining, providing, publishing
from scs.disco.core.call import Call
from scs.disco.core.hub import Hub
from scs.disco.problems import Refused
from scs.disco.values import Change, Json, Provision, ProvisionId
from scs.disco.wire import arguments, lines

LOCAL = frozenset({"unix", "127.0.0.1", "::1"})


def status(call: Call) -> None:
    """For everybody who may come in."""
    joining.authorized(call.hub, call.connection, call.given["token"])
    call.ok({**asking.status(call.hub), "counters": dict(sorted(call.hub.counters.items()))})


def sessions(call: Call) -> None:
    """In the order of their ids, as many as a line may hold; `more`: ask again with `after`."""
    _administrator(call)
    after = arguments.text(call.given, "after", default="")
    texts, size, more = [], 0, ""
    for one in sorted(asking.sessions(call.hub), key=lambda each: str(each["id"])):
        if str(one["id"]) <= after:
            continue
        text = lines.dumps(one)
        size += len(text) + 1
        if size > frames.PAGE:
            more = ',"more":true'
            break
        texts.append(text)
    call.ok_text(f'{{"sessions":[{",".join(texts)}]{more}}}')


def drain(call: Call) -> None:
    """An endpoint by its id, or all that are at HOST or HOST:PORT: nobody is told to use them until it is undone.

    Not what other data centres told: addresses there may be those of others here.
    """
    _administrator(call)
    hub, on = call.hub, arguments.flag(call.given, "on")
    what = arguments.text(call.given, "what", most=300)
    meant = _meant(hub, what)
    found = [one for one in meant if not one.federated]
    if meant and not found:
        raise problems.forbidden(f"{what} is of data centre {meant[0].dc}: it can be drained there only.")
    if not found:
        raise Refused(f"Nothing with the id {what} or at that address is provided.")
    changes = [attachment.judged(hub, Change(before=one, after=replace(one, drained=on))) for one in found]
    said: Json = {"ids": [one.id for one in found], "keys": [str(one.key) for one in found]}
    publishing.commit(hub, changes, "drain", providing.answering(call, said))


def _meant(hub: Hub, what: str) -> list[Provision]:
    one = hub.registry.get(ProvisionId(what))
    if one is not None:
        return [one]
    host, colon, port = what.rpartition(":")
    if colon and port.isascii() and port.isdigit() and not _is_address(what):
        return [
            each for each in hub.registry if (each.address.host, str(each.address.port)) == (host.strip("[]"), port)
        ]
    return [each for each in hub.registry if each.address.host == what.strip("[]")]


def _is_address(what: str) -> bool:
    try:
        ipaddress.ip_address(what)
    except ValueError:
        return False
    return True


def _administrator(call: Call) -> None:
    """By a token; where there are none, whoever is on this machine."""
    hub, connection = call.hub, call.connection
    scopes = joining.authorized(hub, connection, call.given["token"]).scopes
    if "admin" in scopes or (hub.settings.open and connection.host in LOCAL):
        return
    raise problems.forbidden("This is for administrators: it needs a token whose scopes hold admin.")
