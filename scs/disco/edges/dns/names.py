"""A name under our domain -> what it means: an endpoint, a place above one, an address. Asks no registry."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from scs.disco.core import reading
from scs.disco.problems import Refused
from scs.disco.registry import filters
from scs.disco.settings import Limits
from scs.disco.values import Key

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_LIMITS = Limits()
_IN_FRONT = "ip-"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`<endpoint>.<role>.<service>.<environment>`, or with `proto` `_<endpoint>._<proto>.<role>.…`."""

    key: Key
    tests: filters.Filter = ()
    proto: str | None = None


@dataclass(frozen=True, slots=True)
class Above:
    """A name that is there when something lies under it: first names of a key."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Host:
    """`ip-192-0-2-1.addr`: says its address itself."""

    ip: Ip


@dataclass(frozen=True, slots=True)
class Fixed:
    """Names that are always there and have no address: the domain, `ns` and `addr` in it."""

    apex: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """A name that cannot be."""


Name = Endpoints | Above | Host | Fixed | Nothing


def parse(labels: Sequence[bytes], domain: Sequence[bytes]) -> Name | None:
    """None: the name is not in our domain. Labels are in lower case."""
    count = len(labels) - len(domain)
    if count < 0 or tuple(labels[count:]) != tuple(domain):
        return None
    try:
        return _parsed([one.decode("ascii") for one in labels[:count]])
    except (UnicodeDecodeError, Refused):
        return Nothing()


def _parsed(labels: list[str]) -> Name:
    match labels:
        case []:
            return Fixed(apex=True)
        case ["ns"] | ["addr"]:
            return Fixed()
        case [one, "addr"] if one.startswith(_IN_FRONT):
            return _host(one)
    service = len(labels) > 3 and labels[-4].startswith("_")
    if service:
        return _of_service(labels)
    if len(labels) < 4:
        return Above(tuple(reversed(labels)))
    *tests, endpoint, role, name, environment = labels
    return Endpoints(_key(environment, name, role, endpoint), _tests(tests))


def _of_service(labels: list[str]) -> Name:
    *rest, proto, role, name, environment = labels
    if proto.removeprefix("_") not in reading.PROTOS:
        return Nothing()
    if not rest:
        return Above((environment, name, role))
    *tests, endpoint = rest
    if not endpoint.startswith("_"):
        return Nothing()
    key = _key(environment, name, role, endpoint.removeprefix("_"))
    return Endpoints(key, _tests(tests), proto.removeprefix("_"))


def _key(environment: str, service: str, role: str, endpoint: str) -> Key:
    return reading.key({"environment": environment, "service": service, "role": role, "endpoint": endpoint})


def _tests(labels: list[str]) -> filters.Filter:
    """`<attribute>--<value>` each; raises Refused for what is none."""
    found: list[filters.Test] = []
    for label in labels:
        name, dashes, value = label.partition("--")
        if not dashes or not name or not value:
            raise Refused("a label in front of an endpoint is <attribute>--<value>")
        found += filters.parse({name: value}, _LIMITS)
    return tuple(sorted(found, key=filters.said))


def _host(label: str) -> Name:
    parts = label.removeprefix(_IN_FRONT).split("-")
    try:
        ip = ipaddress.ip_address((":" if len(parts) == 8 else ".").join(parts))
    except ValueError:
        return Nothing()
    # One name for one address: other ways to write it are no names.
    return Host(ip) if host_label(ip) == label else Nothing()


def host_label(ip: Ip) -> str:
    """`ip-192-0-2-1`, or all eight groups of IPv6, so that neither can be taken for the other."""
    return _IN_FRONT + ip.exploded.replace(".", "-").replace(":", "-")
