"""What only one can have: host ports, addresses, paths and names that are claimed twice."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scs.manifest.compile import storage
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part
from scs.model.storage import Network

Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_NAME = 63
_ANY = {"", "0.0.0.0", "::"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Port:
    address: str
    port: int
    protocol: str

    def meets(self, other: _Port) -> bool:
        same = (self.port, self.protocol) == (other.port, other.protocol)
        if self.address in _ANY or other.address in _ANY:
            families = {":" in one for one in (self.address, other.address) if one}
            return same and len(families) < 2
        return same and self.address == other.address


def check(roles: Mapping[str, Role], networks: storage.Networks, volumes: storage.Volumes) -> None:
    _check_ports(roles.values(), networks)
    _once(
        _addresses(roles.values()),
        "address {} is claimed twice, first by {}",
        "give one of them another address",
    )
    for role in roles.values():
        _once(
            _targets(role),
            "path {} is claimed twice in this container, first by {}",
            "mount one of them elsewhere",
        )
        _once(_variables(role), "variables {}_… are claimed twice, first by {}", "rename one of the requirements")
        _check_length(role)
    _once(_names(networks), "network name {} is claimed twice, first by {}", "use one key for both")
    _once(_names(volumes), "volume name {} is claimed twice, first by {}", "give one of them another name")
    _once(_paths(volumes), "host path {} is claimed twice, first by {}", "give one of them another path")
    _check_subnets(networks)


def _once(claims: Iterable[tuple[str, Part]], message: str, hint: str) -> None:
    first: dict[str, Part] = {}
    for what, part in sorted(claims, key=lambda claim: claim[1].place):
        if what in first:
            part.problem(message.format(what.rpartition("\0")[2], first[what].where), hint)
        else:
            first[what] = part


def _check_ports(roles: Iterable[Role], networks: storage.Networks) -> None:
    taken: list[tuple[_Port, Part]] = []
    for port, part in sorted(_ports(roles, networks), key=lambda claim: claim[1].place):
        other = next((at for one, at in taken if one.meets(port)), None)
        if other is not None:
            part.problem(
                f"host port {port.port}/{port.protocol} is claimed twice, first by {other.where}",
                "give one of them another port, or publish: auto",
            )
        taken.append((port, part))


def _ports(roles: Iterable[Role], networks: storage.Networks) -> Iterator[tuple[_Port, Part]]:
    hosts = {one.value.name for one in networks.values() if one is not None and one.value.type == "host"}
    for role in roles:
        on_host = any(one.value.network in hosts for one in role.attached)
        declared = role.part.enter("provides")
        for one in role.container.provides if role.replicas else ():
            part = role.part if declared is None else declared.enter(one.name) or role.part
            said = part.enter("publish")
            if on_host:
                yield _Port(address="", port=one.port, protocol=one.protocol), part
            elif one.publish is not None and one.publish.port and said is not None:
                yield _Port(address=one.publish.address, port=one.publish.port, protocol=one.protocol), said


def _addresses(roles: Iterable[Role]) -> Iterator[tuple[str, Part]]:
    for role in roles:
        for one in role.attached:
            for key, address in (("address", one.value.address), ("address6", one.value.address6)):
                part = one.part.get(key)
                if address and part is not None:
                    yield f"{one.value.network}\0{_normal(address)}", part


def _normal(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _targets(role: Role) -> Iterator[tuple[str, Part]]:
    for one in role.mounted:
        yield one.value.target, one.part
    yield from role.part.entries_of("tmpfs")


def _variables(role: Role) -> Iterator[tuple[str, Part]]:
    """What begins the names of the variables that tell the container where its requirements are."""
    for name, part in role.part.entries_of("requires"):
        yield name.upper().replace("-", "_"), part


def _check_length(role: Role) -> None:
    name = role.container.identity.name(role.name, max(role.replicas, 1))
    if len(name) > LONGEST_NAME:
        role.part.problem(
            f"the container's name {name} has {len(name)} characters, and {LONGEST_NAME} are the most",
            "shorten the environment, the service or the role",
        )


def _names(entries: storage.Volumes | storage.Networks) -> Iterator[tuple[str, Part]]:
    for one in entries.values():
        if one is not None:
            yield one.value.name, one.part


def _paths(volumes: storage.Volumes) -> Iterator[tuple[str, Part]]:
    for one in volumes.values():
        if one is not None and one.value.type == "local" and "path" in one.value.options:
            yield str(one.value.options["path"]), one.part


def _check_subnets(networks: storage.Networks) -> None:
    taken: list[tuple[Subnet, Part]] = []
    for one in sorted((one for one in networks.values() if one is not None), key=lambda one: one.part.place):
        for subnet in subnets(one.value):
            other = next((at for has, at in taken if _overlap(has, subnet)), None)
            if other is not None:
                one.part.problem(f"subnet {subnet} overlaps that of {other.where}", "give one of them another subnet")
            taken.append((subnet, one.part))


def _overlap(one: Subnet, other: Subnet) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.overlaps(other)
    return isinstance(other, ipaddress.IPv6Network) and one.overlaps(other)


def subnets(network: Network) -> Iterator[Subnet]:
    """The subnets that a network's options name."""
    below = network.options.get("ipv6")
    for options in (network.options, below if isinstance(below, Mapping) else {}):
        said = options.get("subnet")
        try:
            if said:
                yield ipaddress.ip_network(str(said))
        except ValueError:
            continue
