"""Endpoints as JSON: what v0 and v1 peers are shown of a provision, and what a client makes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from scs.disco.values import Address, Json, Provision, Scalar, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint as a client knows it."""

    id: str
    host: str
    port: int
    proto: str = "tcp"
    attributes: tuple[tuple[str, Scalar], ...] = ()
    weight: int = 1
    dc: str = ""
    zone: str = ""
    state: State = State.READY
    key: str = ""  # only where it was not asked for by its name: what is exported


def v0_id(one: Provision) -> str:
    """Old peers know adding and dropping only: what changed comes under another id."""
    return f"{one.id}~{one.version}" if one.version else one.id


def v0(one: Provision) -> Json:
    """In the order that old peers expect; the address under both names that they use."""
    return {"id": v0_id(one), "address": _v0_address(one.address), "attributes": dict(one.attributes)}


def _v0_address(address: Address) -> Json:
    given: Json = json.loads(address.given) if address.given else {"host": address.host, "port": address.port}
    for name, other in (("host", "address"), ("address", "host")):
        if name in given and other not in given:
            return {**given, other: given[name]}
    return given


def v1(one: Provision) -> Json:
    """What is as it usually is, is left out."""
    address = one.address
    shown: Json = {"id": one.id, "address": {"host": address.host, "port": address.port}}
    if address.proto != "tcp":
        shown["address"] = {"host": address.host, "port": address.port, "proto": address.proto}
    if one.attributes:
        shown["attributes"] = dict(one.attributes)
    if one.weight != 1:
        shown["weight"] = one.weight
    if one.dc:
        shown["dc"] = one.dc
    if one.zone:
        shown["zone"] = one.zone
    if one.state is not State.READY:
        shown["state"] = str(one.state)
    return shown


def exported(one: Provision) -> Json:
    """For another data centre, which did not ask for it by its name."""
    return {**v1(one), "key": str(one.key)}


def alike(one: Provision, other: Provision) -> bool:
    """Whether subscribers are shown the same."""
    return one is other or _shown(one) == _shown(other)


def _shown(one: Provision) -> tuple[object, ...]:
    # True equals 1, and in JSON it does not.
    kinds = tuple(type(value) for _, value in one.attributes)
    return (one.id, one.key, one.address, one.attributes, kinds, one.weight, one.dc, one.zone, one.state)


def digest(shown: Json) -> int:
    """64 bits of one endpoint as v1 shows it, independent of the order of keys."""
    text = json.dumps(shown, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def digest_of(ones: Iterable[Json]) -> int:
    """Of a set: the exclusive or, so that it can be kept current change by change."""
    total = 0
    for one in ones:
        total ^= digest(one)
    return total


def endpoint(shown: Json) -> Endpoint:
    """An endpoint as shown by v1, or by v0; raises ValueError for what is neither."""
    match {"attributes": {}, "weight": 1, **shown}:
        case {"id": str(identifier), "address": dict(address), "attributes": dict(attributes), "weight": int(weight)}:
            host, port = address.get("host", address.get("address")), address.get("port")
            return Endpoint(
                id=identifier,
                host=host if isinstance(host, str) else "",
                port=port if isinstance(port, int) else 0,
                proto=str(address.get("proto", "tcp")),
                attributes=tuple(attributes.items()),
                weight=weight,
                dc=str(shown.get("dc", "")),
                zone=str(shown.get("zone", "")),
                state=State(str(shown.get("state", "ready"))),
                key=str(shown.get("key", "")),
            )
    raise ValueError("an endpoint has no id, no address, or says something else than expected")
