"""Whether what is asked of networks can be had: subnets apart, addresses that fit, and modes that stand alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from scs.manifest.compile import nesting, storage
from scs.manifest.compile.dynamic import Address, Subnet, subnet_of
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part, Placed
from scs.manifest.syntax import tree
from scs.model.storage import Network


def check(roles: Mapping[str, Role], networks: storage.Networks) -> None:
    _check_subnets(networks)
    named = {one.value.name: one for one in networks.values() if one is not None}
    for role in roles.values():
        for attached in role.attached:
            network = named[attached.value.network]
            if network.value.mode is not None:
                _check_mode(role, attached.part, network.value.mode)
            else:
                _check_addresses(role, attached.part, network)


def _check_subnets(networks: storage.Networks) -> None:
    declared = sorted((one for one in networks.values() if one is not None), key=lambda one: one.part.place)
    said = ((subnet_of(_pool(one.value, version).get("subnet")), one.part) for one in declared for version in (4, 6))
    subnets = [(subnet, part) for subnet, part in said if subnet is not None]
    met = nesting.first_met([subnet for subnet, _ in subnets], _start, _lies_in)
    for index, (first, (subnet, part)) in enumerate(zip(met, subnets, strict=True)):
        if first != index:
            where = subnets[first][1].where
            part.problem(f"subnet {subnet} overlaps that of {where}", "give one of them another subnet")


def _start(subnet: Subnet) -> tuple[int, int, int]:
    return subnet.version, int(subnet.network_address), subnet.prefixlen


def _lies_in(subnet: Subnet, other: Subnet) -> bool:
    return subnet.version == other.version and subnet.network_address in other and subnet.prefixlen >= other.prefixlen


def _check_mode(role: Role, part: Part, mode: str) -> None:
    what = f"the {mode} network"
    if len(role.attached) > 1:
        part.problem(f"{what} cannot be mixed with others", "let the role be on it alone")
    if mode == "host":
        _check_sysctls(role)
    for key in ("address", "address6"):
        said = None if part is role.part else part.get(key)
        if said is not None:
            said.problem(f"a container has no address of its own on {what}", f"take out {key}:")
    aliases = None if part is role.part else part.get("aliases")
    if aliases is not None:
        aliases.problem(f"there are no aliases on {what}", "take out aliases:")
    for _, publish in role.published:
        if publish is not None:
            own = "; the service listens on the host's own port" if mode == "host" else ""
            publish.problem(f"ports cannot be published on {what}{own}", "take out publish:")


def _check_sysctls(role: Role) -> None:
    for key, said in role.part.entries_of("sysctls"):
        if key.startswith(("net.", "net/")):
            said.problem(f"{key} cannot be set on the host network, where it is the host's own", "take it out")


def _check_addresses(role: Role, part: Part, network: Placed[Network]) -> None:
    if part is role.part:
        return
    for key, version in (("address", 4), ("address6", 6)):
        said = part.get(key)
        if said is None:
            continue
        address = _address(said, version)
        if address is not None:
            _check_range(said, address, network)
        if role.replicas > 1:
            said.problem(f"{role.replicas} replicas cannot share one address", f"take out {key}:, or replicas:")


def _address(said: Part, version: int) -> Address | None:
    try:
        address = ipaddress.ip_address(said.text)
    except ValueError:
        address = None
    if address is None or address.version != version:
        like = "10.11.12.2" if version == 4 else "fd00::2"
        said.problem(f"{tree.shown(said.text)} is not an IPv{version} address", f"write one like {like}")
        return None
    return address


def _pool(network: Network, version: int) -> Mapping[str, Any]:
    """What the network's options say of its addresses of one protocol: `subnet`, `gateway`, `dynamic`."""
    found = network.options if version == 4 else network.options.get("ipv6")
    return found if isinstance(found, Mapping) else {}


def _check_range(said: Part, address: Address, network: Placed[Network]) -> None:
    options = _pool(network.value, address.version)
    whose = f"of network {network.part.where}"
    subnet = subnet_of(options.get("subnet"))
    if subnet is None:
        if network.value.type == "bridge":
            key = "subnet:" if address.version == 4 else "ipv6: with a subnet:"
            said.problem(f"there is no subnet for {address} in network {network.part.where}", f"add {key} there")
        return
    if address not in subnet:
        said.problem(f"{address} is outside the subnet {subnet} {whose}", f"choose one inside {subnet}")
        return
    gateway = options.get("gateway") or str(subnet[1] if subnet.num_addresses > 1 else subnet[0])
    taken = {subnet.network_address: "network address", ipaddress.ip_address(str(gateway)): "gateway"}
    if subnet.version == 4:
        taken[subnet.broadcast_address] = "broadcast address"
    dynamic = subnet_of(options.get("dynamic"))
    if address in taken:
        said.problem(f"{address} is the {taken[address]} {whose}", "choose another address")
    elif dynamic is not None and address in dynamic:
        said.problem(f"{address} is inside the dynamic range {dynamic} {whose}", "choose one outside it")
