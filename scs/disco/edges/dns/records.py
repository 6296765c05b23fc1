"""What a name means and what is provided -> records, or why there are none. Knows no bytes."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import assert_never

from scs.disco.core.asking import Answer, Found
from scs.disco.core.disco import Disco
from scs.disco.edges.dns import messages, names
from scs.disco.edges.dns.names import Above, Endpoints, Fixed, Host, Name, Nothing
from scs.disco.registry.views import Query
from scs.disco.values import Nearness

A, NS, CNAME, SOA, AAAA, SRV, ANY = 1, 2, 5, 6, 28, 33, 255
# Of addresses only the nearest data centre's are told, since an address cannot say that it is second choice.
_ADDRESSES: tuple[Nearness, ...] = ("dc", "any")
_SERVICES: tuple[Nearness, ...] = ("zone", "dc", "any")
_HOSTNAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where the server is, and the domain that it answers for."""

    labels: tuple[bytes, ...] = (b"scs", b"internal")
    dc: str = ""
    zone: str = ""

    @property
    def text(self) -> str:
        return b".".join(self.labels).decode()


def domain(text: str, *, dc: str, zone: str) -> Domain:
    """Of a name as people write it. Raises ValueError with words for them."""
    name = text.rstrip(".").lower()
    if not _HOSTNAME.fullmatch(name) or len(name) > 100:  # endpoints have to fit in front of it
        raise ValueError(f"'{text}' cannot be a domain: labels of letters, digits and dashes, as in scs.internal")
    return Domain(labels=tuple(name.encode().split(b".")), dc=dc, zone=zone)


@dataclass(frozen=True, slots=True)
class Address:
    ip: names.Ip


@dataclass(frozen=True, slots=True)
class Alias:
    """The endpoint's address is a name of somebody else's domain."""

    target: str


@dataclass(frozen=True, slots=True)
class Service:
    """`ip` is that of the target, where the target is a name of ours."""

    priority: int
    weight: int
    port: int
    target: str
    ip: names.Ip | None


@dataclass(frozen=True, slots=True)
class Authority:
    """SOA."""


@dataclass(frozen=True, slots=True)
class Server:
    """NS."""


Record = Address | Alias | Service | Authority | Server


@dataclass(frozen=True, slots=True)
class Said:
    """No records with NOERROR: the name is there, and has none of this type."""

    code: int = messages.NOERROR
    records: tuple[Record, ...] = ()


NXDOMAIN, SERVFAIL, NODATA = Said(messages.NXDOMAIN), Said(messages.SERVFAIL), Said()


def said(disco: Disco, name: Name, kind: int, domain: Domain) -> Said:
    match name:
        case Endpoints():
            return _of_endpoints(disco, name, kind, domain)
        case Above(above):
            return NODATA if disco.known(above) else _unknown(disco)
        case Host(ip):
            return Said(records=_addresses((ip,), kind))
        case Fixed(apex):
            return _fixed(apex, kind)
        case Nothing():
            return NXDOMAIN
        case _ as never:
            assert_never(never)


def _fixed(apex: bool, kind: int) -> Said:
    records: tuple[Record, ...] = (Authority(), Server()) if apex else ()
    return Said(records=tuple(one for one in records if kind in (ANY, SOA if isinstance(one, Authority) else NS)))


def _unknown(disco: Disco) -> Said:
    """While not everybody is back, that a name is not there is not known."""
    return NXDOMAIN if disco.complete else SERVFAIL


def _of_endpoints(disco: Disco, name: Endpoints, kind: int, domain: Domain) -> Said:
    prefer = _ADDRESSES if name.proto is None else _SERVICES
    answer = disco.lookup(Query(key=name.key, tests=name.tests), prefer=prefer, dc=domain.dc, zone=domain.zone)
    if not answer.found:
        return NODATA if answer.complete and disco.known(name.key.names) else _unknown(disco)
    if name.proto is not None:
        return Said(records=_services(answer, name.proto, domain) if kind in (SRV, ANY) else ())
    return Said(records=_of_addresses(answer, kind))


def _of_addresses(answer: Answer, kind: int) -> tuple[Record, ...]:
    nearest = [one for one in answer.found if one.tier == answer.found[0].tier]
    ips = dict.fromkeys(ip for one in nearest if (ip := ip_of(one.provision.address.host)) is not None)
    if ips:
        return _addresses(tuple(ips), kind)
    # A name can stand for one other name only: the first that can be one.
    for one in nearest:
        if _HOSTNAME.fullmatch(host := one.provision.address.host.rstrip(".")):
            return (Alias(host),)
    return ()


def _addresses(ips: tuple[names.Ip, ...], kind: int) -> tuple[Record, ...]:
    wanted = {A: (4,), AAAA: (6,), ANY: (4, 6)}.get(kind, ())
    return tuple(Address(ip) for ip in ips if ip.version in wanted)


def _services(answer: Answer, proto: str, domain: Domain) -> tuple[Record, ...]:
    found = (_service(one, domain) for one in answer.found if one.provision.address.proto == proto)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _service(one: Found, domain: Domain) -> Service | None:
    provision = one.provision
    ip = ip_of(provision.address.host)
    target = f"{names.host_label(ip)}.addr.{domain.text}" if ip is not None else provision.address.host.rstrip(".")
    if not _HOSTNAME.fullmatch(target):
        return None
    return Service(one.tier, provision.weight, provision.address.port, target, ip)


def ip_of(host: str) -> names.Ip | None:
    """An address that means the same everywhere: none that holds on one interface only."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id is not None else ip
