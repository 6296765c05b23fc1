"""A client's talk with a server that speaks v0 only: no set, no revision, no resume."""

from __future__ import annotations

from scs.disco.client.held import Held
from scs.disco.client.state import State
from scs.disco.values import Json
from scs.disco.wire import lines, shapes
from scs.disco.wire.lines import Command, Result

BEAT, DEAD = 22.0, 60.0
_NAMES = ("environment", "service", "role", "endpoint")


def joined(state: State) -> None:
    """A session of v0 ends with its connection: everything is said again."""
    state.beat, state.dead = BEAT, DEAD
    state.old_ids.clear()
    state.dropping.clear()
    for uid in state.offers:
        provide(state, uid)
    for name in state.wants:
        require(state, name)


def provide(state: State, uid: str) -> None:
    """What changed is added before what it was is dropped."""
    offer, link = state.offers[uid], state.link
    assert link is not None
    before = state.old_ids.pop(f"offer {uid}", None)
    said: Json = {**{name: offer[name] for name in _NAMES}, "address": offer["address"], "attributes": None}
    said["attributes"] = offer.get("attributes") or None
    link.ask(state.now, "provision.add", said, lambda result: _provided(state, uid, result))
    if before is not None:
        state.ask("provision.drop", {"id": before}, f"offer {uid}")


def _provided(state: State, uid: str, result: Result) -> None:
    if isinstance(result.value, dict):
        state.old_ids[f"offer {uid}"] = str(result.value["id"])
        if uid not in state.offers and state.link is not None:
            state.ask("provision.drop", {"id": state.old_ids.pop(f"offer {uid}")}, f"offer {uid}")
    elif result.error is not None and result.error.get("name") != "Lost":
        state.fail(f"offer {uid}", str(result.error.get("message", "")))


def require(state: State, name: str) -> None:
    want, link = state.wants[name], state.link
    assert link is not None
    if want.command != "requirement.set":
        state.fail(f"requirement {name}", "The server speaks the first protocol only (v0), which exports nothing.")
        return
    said: Json = {**{one: want.arguments[one] for one in _NAMES}, "attributes": want.arguments.get("attributes")}
    link.ask(state.now, "requirement.add", said, lambda result: _required(state, name, result))


def _required(state: State, name: str, result: Result) -> None:
    said = result.value
    if not isinstance(said, dict):
        if result.error is not None and result.error.get("name") != "Lost":
            state.fail(f"requirement {name}", str(result.error.get("message", "")))
        return
    state.unsure.discard(name)
    state.old_ids[f"requirement {name}"] = str(said["id"])
    endpoints = said.get("endpoints", [])
    held = Held(complete=True, view={str(one["id"]): one for one in endpoints if shapes.endpoint(one)})
    state.held[name] = held
    state.groups[name] = name


def changed(state: State, said: Command) -> None:
    """One endpoint more or less. Always answered: the provider may be waiting for it."""
    assert state.link is not None
    state.link.say(state.now, lines.result(said.id, {"ack": True}))
    asked = said.arguments.get("id")
    for name in state.wants:
        one = state.held.get(name)
        if one is None or state.old_ids.get(f"requirement {name}") != asked:
            continue
        endpoints = said.arguments["endpoints"]
        if not isinstance(endpoints, list):
            raise ValueError("the endpoints are no list")  # noqa: TRY004
        for endpoint in endpoints:
            shapes.endpoint(endpoint)
            if said.arguments["action"] == "add":
                one.view[str(endpoint["id"])] = endpoint
            else:
                one.view.pop(str(endpoint["id"]), None)
        one.changes += 1
