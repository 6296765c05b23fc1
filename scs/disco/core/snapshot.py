"""What of a server outlives its restart, as bytes and back. Writes no file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from scs.disco.core import attachment, importing
from scs.disco.core.hub import Hub
from scs.disco.registry.registry import Registry
from scs.disco.sessions.timers import Kind
from scs.disco.values import Address, Damped, Json, Key, Provision, SessionRecord, State
from scs.disco.wire import lines

FORMAT = 1
PIECE = 100  # provisions: about a millisecond, in which nobody is answered
_PROVISIONS = ',"provisions":['  # cannot be within a text: its quotes would have backslashes
JUMP = 1 << 20  # revisions that may have been given out after the last snapshot


class Unusable(Exception):
    """The snapshot says nothing that can be trusted; the message says why. The server starts without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Immutable values, taken at one moment."""

    epoch: str
    rev: int
    sessions: tuple[SessionRecord, ...]
    provisions: tuple[Provision, ...]

    def parts(self) -> Iterator[bytes]:
        """The bytes to be written, in pieces, so that whoever makes them can do something else in between."""
        head = {
            "format": FORMAT,
            "epoch": self.epoch,
            "rev": self.rev,
            "sessions": [asdict(one) for one in self.sessions],
        }
        yield f"{lines.dumps(head)[:-1]}{_PROVISIONS}".encode()
        for start in range(0, len(self.provisions), PIECE):
            piece = lines.dumps([provision_json(one) for one in self.provisions[start : start + PIECE]])
            yield (("," if start else "") + piece[1:-1]).encode()
        yield b"]}"

    def __bytes__(self) -> bytes:
        return b"".join(self.parts())


def taken(hub: Hub) -> Snapshot:
    return Snapshot(
        epoch=hub.registry.epoch,
        rev=hub.registry.rev,
        sessions=tuple(one.record for one in hub.sessions.values()),
        provisions=tuple(hub.registry),
    )


def restore(hub: Hub, data: bytes) -> None:
    """All that it held is served as it was; each session has the grace to come back. Raises Unusable."""
    try:
        head, found, rest = data.decode().partition(_PROVISIONS)
        said = json.loads(head + "}")
        number = said["format"]
        if number != FORMAT:
            raise Unusable(f"it is of format {number}, this server reads {FORMAT}")
        records = [_record(one) for one in said["sessions"]]
        # Higher than any that was given out after the snapshot: no revision means two things.
        registry = Registry(str(said["epoch"]), int(said["rev"]) + JUMP, hub.settings)
        found_here = (importing.restored(hub, one) for one in _provisions(rest if found else ""))
        registry.load(one for one in found_here if one is not None)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unusable(f"it cannot be read: {type(error).__name__}") from None
    hub.registry = registry
    for record in records:
        attachment.add(hub, record).confirmed = False
    note_providers(hub)


def _provisions(text: str) -> Iterator[Provision]:
    """One by one: all of them as JSON would take several times the memory of what is made of them."""
    at, decode = 0, json.JSONDecoder().raw_decode
    while text[at : at + 1] == "{":
        one, at = decode(text, at)
        yield replace(provision_of(one), damped=Damped.NO)
        if text[at : at + 1] == ",":
            at += 1
    if text[at:] != "]}":
        raise ValueError("it ends in the middle")


def note_providers(hub: Hub) -> None:
    """Sessions hold what the registry says that they provide."""
    for session in hub.sessions.values():
        session.provisions.clear()
    for one in hub.registry:
        holder = hub.sessions.get(one.session)
        if holder is not None:
            holder.provisions.add(one.id)


def begin_grace(hub: Hub) -> None:
    """Nobody is given up, and nothing is called complete, before those who were here could come back."""
    longest = max((one.record.timeout for one in hub.sessions.values()), default=0.0)
    grace = hub.settings.times.grace
    if grace <= 0:
        hub.complete = True
        return
    hub.calm_until = hub.now + max(grace, longest)
    hub.timers.set(hub.calm_until, Kind.GRACE)


def provision_json(one: Provision) -> Json:
    """Short: there may be a hundred thousand. The same form is kept in stores."""
    address: list[object] = [one.address.host, one.address.port, one.address.proto]
    if one.address.given is not None:
        address.append(one.address.given)
    drained: Json = {"drained": True} if one.drained else {}
    return {
        **drained,
        "id": one.id,
        "uid": one.uid,
        "owner": one.owner,
        "session": one.session,
        "key": one.key.names,
        "address": address,
        "attributes": dict(one.attributes),
        "incarnation": one.incarnation,
        "weight": one.weight,
        "dc": one.dc,
        "zone": one.zone,
        "declared": str(one.declared),
        "suspect": one.suspect,
        "damped": int(one.damped),
        "created": one.created,
        "version": one.version,
    }


def provision_of(given: Json) -> Provision:
    """Raises KeyError, TypeError or ValueError for what is not of that form."""
    said = dict(given)
    environment, service, role, endpoint = _texts(said.pop("key"))
    address = said.pop("address")
    attributes = said.pop("attributes")
    if not isinstance(address, list) or not isinstance(attributes, dict):
        raise TypeError
    host, port, proto, *rest = address
    for name in ("owner", "session", "dc", "zone"):
        said[name] = sys.intern(str(said[name]))  # a few, in a hundred thousand
    said["declared"] = State(str(said["declared"]))
    said["damped"] = Damped(int(str(said["damped"])))
    return Provision(
        key=Key(environment=environment, service=service, role=role, endpoint=endpoint),
        address=Address(host=sys.intern(host), port=port, proto=sys.intern(proto), given=rest[0] if rest else None),
        attributes=tuple(attributes.items()),
        **said,  # type: ignore[arg-type]  # a wrong name or a missing one is a TypeError, which callers expect
    )


def _texts(given: object) -> list[str]:
    if not isinstance(given, list | tuple) or len(given) != 4:
        raise TypeError
    return [str(one) for one in given]


def _record(given: Json) -> SessionRecord:
    said = dict(given)
    scopes = said.pop("scopes")
    if not isinstance(scopes, list):
        raise TypeError
    return SessionRecord(scopes=tuple(scopes), **said)  # type: ignore[arg-type]  # the same
