"""JSON of provisions and requirements -> values, or a refusal that names the argument. Asks no registry."""

from __future__ import annotations

import functools
import math
import re
import sys
from dataclasses import dataclass

from scs.disco import problems
from scs.disco.registry import filters
from scs.disco.registry.registry import Attributes
from scs.disco.registry.views import Query
from scs.disco.settings import Limits
from scs.disco.values import Address, Json, Key, Nearness, Scalar, State
from scs.disco.wire import arguments, lines

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PLAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})*", re.ASCII)  # hosts as most are, without the cost of the codec
_NAMES = ("environment", "service", "role", "endpoint")
WEIGHT = 65_535  # what an SRV record holds
PROTOS = ("tcp", "udp", "sctp")
_ADDRESS = frozenset({"host", "port", "proto"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a provider says of one endpoint."""

    key: Key
    address: Address
    uid: str = ""
    incarnation: int = 0
    attributes: Attributes = ()
    weight: int = 1
    dc: str | None = None
    zone: str | None = None
    state: State = State.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a subscriber asks for, and what it does when nothing is left."""

    query: Query
    uid: str = ""
    prefer: tuple[Nearness, ...] = ()
    hold_on_empty: bool = False
    include_suspect: bool = False


def v0_key(given: Json) -> Key:
    """Old peers use any names that can be told apart in a path."""
    for name in _NAMES:
        said = given.get(name)
        if not isinstance(said, str) or not 0 < len(said) <= 128 or "/" in said or not said.isprintable():
            raise problems.syntax(
                f'Argument "{name}" must be text of 1 to 128 characters without "/" and control characters.'
            )
    return _key(given)


def key(given: Json) -> Key:
    """Names that DNS can carry."""
    asked = tuple(map(given.get, _NAMES))
    return _known_key(asked) if all(isinstance(one, str) for one in asked) else _label_key(given)


@functools.lru_cache(maxsize=4096)  # a few names come again and again
def _known_key(names: tuple[object, ...]) -> Key:
    return _label_key(dict(zip(_NAMES, names, strict=True)))


def _label_key(given: Json) -> Key:
    for name in _NAMES:
        said = given.get(name)
        if not isinstance(said, str) or not _LABEL.fullmatch(said):
            raise problems.syntax(
                f'Argument "{name}" must be 1 to 63 lower-case letters, digits and dashes, no dash first or last.'
            )
    return _key(given)


def _key(given: Json) -> Key:
    environment, service, role, endpoint = (str(given[name]) for name in _NAMES)
    return Key(environment=environment, service=service, role=role, endpoint=endpoint)


def attributes(given: Json, limits: Limits) -> Attributes:
    """Sorted by name, so that equal ones are equal."""
    said = arguments.mapping(given, "attributes")
    if len(said) > limits.attributes:
        raise problems.limit(f"There are {len(said)} attributes; at most {limits.attributes} are allowed.")
    return tuple((name, _attribute(name, said[name], limits)) for name in said)


def _attribute(name: str, value: object, limits: Limits) -> Scalar:
    if not 0 < len(name) <= limits.attribute_name:
        raise problems.limit(f"An attribute's name must have 1 to {limits.attribute_name} characters.")
    if value is not None and not isinstance(value, str | int | float):
        raise problems.syntax(f'Attribute "{name}" must be text, a number, true, false or null.')
    if len(filters.text_of(value)) > limits.attribute_value:
        raise problems.limit(f'Attribute "{name}" has more than {limits.attribute_value} characters.')
    return value


def v0_offer(given: Json, limits: Limits) -> Offer:
    return Offer(key=v0_key(given), address=_v0_address(given, limits), attributes=attributes(given, limits))


def _v0_address(given: Json, limits: Limits) -> Address:
    """Whatever it is, it is kept; where it can be understood, new peers and DNS see it too."""
    said = given.get("address")
    if not isinstance(said, dict):
        raise problems.syntax('Argument "address" must be an object.')
    text = lines.dumps(said)
    if len(text) > limits.address:
        raise problems.limit(f"The address has more than {limits.address} bytes.")
    host, port = said.get("host", said.get("address")), _port(said.get("port"))
    named = isinstance(host, str) and _is_host(host)
    if named and set(said) == {"host", "port"} and said["port"] == port and port:
        return Address(host=str(host), port=port)
    return Address(host=str(host) if named else "", port=port, given=text)


def _is_host(text: str) -> bool:
    """Whether it may be a name or an address: resolvers raise on others instead of an answer."""
    if not 0 < len(text) <= 255 or not text.isprintable() or " " in text:
        return False
    if _PLAIN.fullmatch(text):
        return True
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True


def _port(value: object) -> int:
    """Old peers write ports as numbers or as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 5:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65_536 else 0


def offer(given: Json, limits: Limits) -> Offer:
    uid = arguments.text(given, "uid", most=limits.uid)
    if not uid:
        raise problems.syntax('Argument "uid" must not be empty: it tells this endpoint from all others of its owner.')
    return Offer(
        key=key(given),
        address=address(given),
        uid=uid,
        incarnation=arguments.whole(given, "incarnation", default=0),
        attributes=tuple(sorted(attributes(given, limits))),
        weight=arguments.whole(given, "weight", default=1, most=WEIGHT),
        dc=_place(given, "dc"),
        zone=_place(given, "zone"),
        state=state(given),
    )


def _place(given: Json, name: str) -> str | None:
    return None if given.get(name) is None else sys.intern(arguments.text(given, name, most=63))


def address(given: Json) -> Address:
    said = given.get("address")
    if isinstance(said, dict) and said.keys() <= _ADDRESS:
        host, port, proto = said.get("host"), said.get("port"), said.get("proto", "tcp")
        if isinstance(host, str) and isinstance(port, int) and _port(port) and proto in PROTOS:
            if not _is_host(host):
                raise problems.syntax('The host in argument "address" must be an address or a name that DNS can carry.')
            return Address(host=sys.intern(host), port=port, proto=sys.intern(str(proto)))
    raise problems.syntax(
        'Argument "address" must be {"host": text, "port": 1 to 65535, "proto": "tcp", "udp" or "sctp"}.'
    )


def state(given: Json, *, suspect: bool = False) -> State:
    said = given.get("state")
    if said is None:
        return State.READY
    allowed = [one for one in State if one is not State.SUSPECT or suspect]
    if not isinstance(said, str) or said not in allowed:
        raise problems.syntax(f'Argument "state" must be one of {", ".join(sorted(allowed))}.')
    return State(said)


def v0_want(given: Json, limits: Limits) -> Want:
    tests = filters.from_patterns(arguments.mapping(given, "attributes"), limits)
    return Want(query=Query(key=v0_key(given), tests=tests, loose=True), hold_on_empty=False)


def want(given: Json, limits: Limits, *, dc: str, zone: str) -> Want:
    """`dc` and `zone` of who asks: what `prefer` is measured from."""
    tests = filters.parse(arguments.mapping(given, "filter"), limits)
    prefer = _prefer(given)
    query = Query(
        key=key(given),
        tests=tests,
        within=within(prefer, dc=dc, zone=zone),
        coalesce=arguments.flag(given, "coalesce") if "coalesce" in given else True,
    )
    return Want(
        query=query,
        uid=arguments.text(given, "uid", most=limits.uid, default=""),
        prefer=prefer,
        hold_on_empty=arguments.flag(given, "hold_on_empty") if "hold_on_empty" in given else False,
        include_suspect=arguments.flag(given, "include_suspect") if "include_suspect" in given else False,
    )


def _prefer(given: Json) -> tuple[Nearness, ...]:
    said = arguments.listing(given, "prefer")
    found: list[Nearness] = []
    for one in said:
        match one:
            case "zone" | "dc" | "any" if one not in found:
                found.append(one)
            case _:
                raise problems.syntax('Argument "prefer" must be a list of "zone", "dc" and "any", each at most once.')
    return tuple(found)


def within(prefer: tuple[Nearness, ...], *, dc: str, zone: str) -> tuple[Nearness, str]:
    """An order that does not end in `any` leaves out what is further away than it names."""
    if not prefer or "any" in prefer:
        return ("any", "")
    return ("dc", dc) if "dc" in prefer else ("zone", f"{dc}/{zone}")


def seconds(value: float | None, *, default: float, most: float) -> float:
    return default if value is None or not math.isfinite(value) else min(value, most)
