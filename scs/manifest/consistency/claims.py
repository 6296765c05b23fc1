"""What only one can have: host ports, addresses, paths and names that are claimed twice."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scs.manifest.compile import storage
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part

LONGEST_NAME = 63
_ANY = {"", "0.0.0.0", "::"}
_SOME = "*"
_Claim = tuple[int, str, int, str]
"""A port of the host: its number, its protocol, the version of IP, and the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Port:
    address: str
    port: int
    protocol: str
    published: bool = True

    @property
    def takes(self) -> Iterator[_Claim]:
        """What it takes: the port on some address of its protocols, and on which one, empty for all of them."""
        address = "" if self.address in _ANY else self.address
        for family in self._families:
            yield self.port, self.protocol, family, _SOME
            yield self.port, self.protocol, family, address

    @property
    def needs(self) -> Iterator[_Claim]:
        """What nobody else may have taken: the port on its address, or on all; with all addresses, on any of them."""
        for family in self._families:
            for address in (_SOME,) if self.address in _ANY else (self.address, ""):
                yield self.port, self.protocol, family, address

    @property
    def _families(self) -> tuple[int, ...]:
        return (6,) if ":" in self.address else (4,) if self.address else (4, 6)


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
        _check_order(role, networks)
    _once(_names(networks), "network name {} is claimed twice, first by {}", "use one key for both")
    _once(_names(volumes), "volume name {} is claimed twice, first by {}", "give one of them another name")
    _once(_paths(volumes), "host path {} is claimed twice, first by {}", "give one of them another path")


def _once(claims: Iterable[tuple[str, Part]], message: str, hint: str) -> None:
    first: dict[str, Part] = {}
    for what, part in sorted(claims, key=lambda claim: claim[1].place):
        if what in first:
            part.problem(message.format(what.rpartition("\0")[2], first[what].where), hint)
        else:
            first[what] = part


def _check_ports(roles: Iterable[Role], networks: storage.Networks) -> None:
    taken: dict[_Claim, tuple[int, Part]] = {}
    ports = sorted(_ports(roles, networks), key=lambda claim: claim[2].place)
    for index, (role, port, part) in enumerate(ports):
        if role.replicas > 1:
            hint = "publish: auto, or one replica" if port.published else "choose another network, or one replica"
            part.problem(f"{role.replicas} replicas cannot share host port {port.port}", hint)
        others = [taken[claim] for claim in port.needs if claim in taken]
        if others:
            _, other = min(others, key=lambda one: one[0])
            part.problem(
                f"host port {port.port}/{port.protocol} is claimed twice, first by {other.where}",
                "give one of them another port, or publish: auto",
            )
        for claim in port.takes:
            taken.setdefault(claim, (index, part))


def _ports(roles: Iterable[Role], networks: storage.Networks) -> Iterator[tuple[Role, _Port, Part]]:
    hosts = {one.value.name for one in networks.values() if one is not None and one.value.mode == "host"}
    for role in roles:
        on_host = any(one.value.network in hosts for one in role.attached)
        for one, said in role.published if role.replicas else ():
            if on_host:
                part = role.part.enter("provides", one.name) or role.part
                yield role, _Port(address="", port=one.port, protocol=one.protocol, published=False), part
            elif one.publish is not None and one.publish.port and said is not None:
                yield role, _Port(address=one.publish.address, port=one.publish.port, protocol=one.protocol), said


def _check_order(role: Role, networks: storage.Networks) -> None:
    """Old and new cannot both have what only one can have."""
    said = role.part.enter("update", "order")
    if said is None or role.container.update.order != "start-first":
        return
    ports = (f"host port {port.port}/{port.protocol}" for _, port, _ in _ports((role,), networks))
    addresses = (f"address {one}" for each in role.attached for one in (each.value.address, each.value.address6) if one)
    held = next(itertools.chain(ports, addresses), None)
    if held is not None:
        said.problem(f"the new container cannot start first: only one can hold {held}", "take out order: start-first")


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
        if one is not None and one.value.host_path is not None:
            yield one.value.host_path, one.part
