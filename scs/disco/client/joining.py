"""How a client comes to a session: join or resume, then everything it provides and requires."""

from __future__ import annotations

from scs.disco.client import old, telling
from scs.disco.client.held import Held
from scs.disco.client.options import Want
from scs.disco.client.state import State
from scs.disco.values import Json
from scs.disco.wire import lines
from scs.disco.wire.lines import Result

_AROUND = 128  # bytes of a line that are not the offers


def begin(state: State) -> None:
    if state.session is not None and state.proto:
        _resume(state)
    else:
        _join(state)


def _join(state: State) -> None:
    options, link = state.options, state.link
    assert link is not None
    attributes = {**options.attributes, "dc": options.dc, "zone": options.zone}
    said: Json = {"proto": 1, "attributes": {name: one for name, one in attributes.items() if one != ""}}
    for name, value in (("token", options.token), ("timeout", options.timeout), ("client", options.client or None)):
        if value is not None:
            said[name] = value
    link.ask(state.now, "registry.join", {"options": said}, lambda result: _joined(state, result))


def _joined(state: State, result: Result) -> None:
    if result.error is not None:
        _refused(state, result.error)
        return
    said = result.value
    if not isinstance(said, dict):
        raise ValueError("the answer to the join is no object")  # noqa: TRY004
    state.session = str(said["id"])
    state.proto = 1 if said.get("proto") == 1 else 0
    if not state.proto:
        old.joined(state)
        _ready(state)
        return
    state.secret = str(said["secret"])
    state.dropping.clear()  # a new session requires nothing yet
    _welcomed(state, said)
    _sync(state)
    for name in state.wants:
        require(state, name)


def _welcomed(state: State, said: Json) -> None:
    epoch = str(said["epoch"])
    if epoch != state.epoch:
        # Revisions mean something else now; the sets stay, to be compared with what comes.
        state.epoch, state.rev = epoch, 0
        for one in state.held.values():
            one.rev = 0
    state.dc = str(said.get("dc", ""))
    beat, dead, others = said.get("heartbeat"), said.get("dead"), said.get("sessions")
    state.beat = float(beat) if isinstance(beat, int | float) else state.beat
    state.dead = float(dead) if isinstance(dead, int | float) else state.dead
    state.others = others if isinstance(others, int) else 0
    limits = said.get("limits")
    longest = limits.get("line") if isinstance(limits, dict) else None
    if isinstance(longest, int) and state.link is not None:
        state.link.longest = longest
    _ready(state)


def _ready(state: State) -> None:
    state.ready, state.joining, state.failures = True, None, 0


def _refused(state: State, error: Json) -> None:
    after = error.get("retry_after")
    if isinstance(after, int | float):
        state.cut("the server is busy", after=float(after))
    elif error.get("name") != "Lost":
        state.fail("session", str(error.get("message", "")))
        state.cut("the server refused the session", after=state.options.cap)


def _resume(state: State) -> None:
    link = state.link
    assert link is not None
    cursors = {name: one.rev for name, one in state.held.items()}
    said: Json = {
        "id": state.session,
        "secret": state.secret,
        "epoch": state.epoch,
        "rev": state.rev,
        "groups": cursors,
    }
    if state.options.token is not None:
        said["token"] = state.options.token
    link.ask(state.now, "session.resume", said, lambda result: _resumed(state, result))


def _resumed(state: State, result: Result) -> None:
    error, said = result.error, result.value
    if error is not None and error.get("name") in ("Gone", "Forbidden", "Error", "SyntaxError"):
        state.session = None
        _join(state)
        return
    if error is not None:
        _refused(state, error)
        return
    if not isinstance(said, dict):
        raise ValueError("the answer to the resume is no object")  # noqa: TRY004
    there = said.get("groups", [])
    _welcomed(state, said)
    _sync(state)
    for name in list(state.dropping):
        drop(state, name)
    for name in state.wants:
        # Otherwise the server has it still, and what was missed follows by itself.
        if name in state.unsure or state.groups.get(name) not in (there if isinstance(there, list) else []):
            require(state, name)
    telling.publish(state)


def _sync(state: State) -> None:
    """All that is provided, as a whole: what the server has besides goes."""
    pages: list[list[Json]] = [[]]
    room = size = _room(state)
    for uid, offer in state.offers.items():
        one = {**offer, "uid": uid}
        long = _size(one)
        if long > room:
            _too_long(state, uid, long)
            continue
        if long > size:
            pages.append([])
            size = room
        pages[-1].append(one)
        size -= long + 1
    for number, page in enumerate(pages, 1):
        state.ask("provision.sync", {"provisions": page, "more": number < len(pages)}, "offers")


def provide(state: State, uid: str) -> None:
    one = {**state.offers[uid], "uid": uid}
    if (long := _size(one)) > _room(state):
        _too_long(state, uid, long)
    else:
        state.ask("provision.set", one, f"offer {uid}")


def _size(one: Json) -> int:
    return len(lines.dumps(one))  # ASCII only


def _room(state: State) -> int:
    assert state.link is not None
    return state.link.longest - _AROUND


def _too_long(state: State, uid: str, long: int) -> None:
    state.fail(f"offer {uid}", f"It is {long} bytes long; the server takes at most {_room(state)}.")


def require(state: State, name: str) -> None:
    link, want = state.link, state.wants[name]
    assert link is not None
    if not state.proto:
        old.require(state, name)
        return
    arguments: Json = {**want.arguments, "uid": name}
    if want.command == "requirement.set":
        arguments |= {"prefer": list(want.prefer), "include_suspect": want.include_suspect}
    link.ask(state.now, want.command, arguments, lambda result: _required(state, name, want, result))


def drop(state: State, name: str) -> None:
    """Until the server has answered, it may require it still."""
    link = state.link
    assert link is not None
    identifier = name if state.proto else state.old_ids.pop(f"requirement {name}", name)

    def then(result: Result) -> None:
        if result.error is None or result.error.get("name") != "Lost":
            state.dropping.discard(name)

    link.ask(state.now, "requirement.drop", {"id": identifier}, then)


def _required(state: State, name: str, want: Want, result: Result) -> None:
    if result.error is not None:
        if result.error.get("name") != "Lost":
            state.fail(f"requirement {name}", str(result.error.get("message", "")))
        return
    said = result.value
    if not isinstance(said, dict):
        raise ValueError("the answer to a requirement is no object")  # noqa: TRY004
    if state.wants.get(name) is not want:
        return  # it is another by now, and was asked for again
    state.unsure.discard(name)
    group, before = str(said["group"]), state.groups.get(name)
    if group not in state.held:
        # The whole set comes next.
        state.held[group] = Held()
    state.groups[name] = group
    if before not in (None, group) and before not in state.groups.values():
        del state.held[str(before)]
    telling.publish(state)
