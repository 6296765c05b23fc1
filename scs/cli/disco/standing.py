"""`scs disco status` and `scs disco sessions`: how a server is, and who is there."""

from __future__ import annotations

import time

from scs.cli import options, output
from scs.cli.disco import reaching
from scs.disco.edges.asking import Line
from scs.disco.values import Json


def status(
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
    json: options.Json = False,
) -> None:
    """Show how the server is: what it knows, who is connected, whom it suspects."""
    said = reaching.reach(servers, ca, tls, token).ask("server.status", {})
    if json:
        output.say_json("disco", said)
        return
    rest = f"no, for {said['calm']} s more" if said.get("calm") else "no"
    output.say(f"server       {said['server']}{_in(said)}, revision {said['rev']} of epoch {str(said['epoch'])[:8]}")
    output.say(f"complete     {'yes' if said['complete'] else rest}")
    output.say(f"connections  {said['connections']}")
    output.say(f"sessions     {_counted(said['sessions'])}")
    output.say(f"provisions   {_counted(said['provisions'])}")
    output.say(f"groups       {said['groups']}")
    links = said.get("links")
    for one in links if isinstance(links, list) else ():
        output.say(f"data centre  {_link(one)}")
    if said.get("pauses"):
        output.say(f"stood still  {said['pauses']} times, {said['paused_seconds']} s altogether")


def _in(said: Json) -> str:
    return f" in {said['dc']}" if said.get("dc") else ""


def _link(one: Json) -> str:
    """How the link to another data centre is, and what of it is served."""
    suspect = f", {one['suspect']} of them suspect" if one["suspect"] else ""
    refused = f", {one['refused']} that cannot be served here" if one["refused"] else ""
    diverged = f", {one['divergence']} times another set than was told" if one["divergence"] else ""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(str(one["since"]))))
    state = "followed by another server" if one["state"] == "elsewhere" else f"{one['state']} since {since}"
    problem = f": {one['problem']}" if one["problem"] else ""
    endpoints = output.count(int(str(one["endpoints"])), "endpoint")
    return f"{one['dc']} is {state}, {endpoints}{suspect}{refused}{diverged}{problem}"


def _counted(said: object) -> str:
    ones = sorted(said.items()) if isinstance(said, dict) else []
    return ", ".join(f"{count} {word}" for word, count in ones) or "none"


def sessions(
    servers: reaching.Servers = reaching.DEFAULT_SERVERS,
    ca: reaching.Ca = None,
    tls: reaching.Tls = False,
    token: reaching.TokenFile = None,
    json: options.Json = False,
) -> None:
    """List the sessions of a server: who, from where, in which state. For administrators."""
    reach = reaching.reach(servers, ca, tls, token)
    found: list[Json] = []
    with reaching.said_plainly(), Line(reach.places, reach.tls) as line:
        more = True
        while more:
            after = str(found[-1]["id"]) if found else ""
            said = line.ask("server.sessions", {"token": reach.token, "after": after})
            listed = said.get("sessions")
            found += [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            more = said.get("more") is True
    if json:
        output.say_json("sessions", {"sessions": found})
        return
    output.say_table(
        ("SESSION", "STATE", "PROTO", "CLIENT", "OWNER", "FROM", "DC", "PROVIDES", "REQUIRES"), map(_row, found)
    )


def _row(one: Json) -> tuple[str, ...]:
    where = f"{one['dc']}/{one['zone']}" if one["zone"] else str(one["dc"])
    counts = str(one["provisions"]), str(one["requirements"])
    return (
        *(str(one["id"]), str(one["state"]), f"v{one['proto']}", str(one["client"]), str(one["owner"])),
        *(str(one["remote"]), where, *counts),
    )
