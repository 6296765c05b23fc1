"""Whether what a role asks of its networks can be had: addresses that fit, and modes that stand alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from scs.manifest.compile import storage
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part, Placed
from scs.manifest.syntax import tree
from scs.model.storage import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_MODES = {"host", "none"}


def check(roles: Mapping[str, Role], networks: storage.Networks) -> None:
    named = {one.value.name: one for one in networks.values() if one is not None}
    for role in roles.values():
        for attached in role.attached:
            network = named[attached.value.network]
            if network.value.type in _MODES:
                _check_mode(role, attached.part, network.value)
            else:
                _check_addresses(role, attached.part, network)
        _check_publish(role)


def _check_mode(role: Role, part: Part, network: Network) -> None:
    what = f"the {network.type} network"
    if len(role.attached) > 1:
        part.problem(f"{what} cannot be mixed with others", "let the role be on it alone")
    for key in ("address", "address6"):
        said = None if part is role.part else part.get(key)
        if said is not None:
            said.problem(f"a container has no address of its own on {what}", f"take out {key}:")
    aliases = None if part is role.part else part.get("aliases")
    if aliases is not None:
        aliases.problem(f"there are no aliases on {what}", "take out aliases:")
    provides = role.part.enter("provides")
    for one in role.container.provides if provides is not None else ():
        said = provides.enter(one.name) if provides is not None else None
        publish = None if said is None else said.enter("publish")
        if publish is not None:
            own = "; the service listens on the host's own port" if network.type == "host" else ""
            publish.problem(f"ports cannot be published on {what}{own}", "take out publish:")


def _check_addresses(role: Role, part: Part, network: Placed[Network]) -> None:
    if part is role.part:
        return
    below = network.value.options.get("ipv6")
    for key, version, options in (
        ("address", 4, network.value.options),
        ("address6", 6, below if isinstance(below, Mapping) else {}),
    ):
        said = part.get(key)
        if said is None:
            continue
        address = _address(said, version)
        if address is not None:
            _check_range(said, address, network, options)
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


def _check_range(said: Part, address: Address, network: Placed[Network], options: Mapping[str, Any]) -> None:
    whose = f"of network {network.part.where}"
    subnet = _range(options.get("subnet"))
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
    dynamic = _range(options.get("dynamic"))
    if address in taken:
        said.problem(f"{address} is the {taken[address]} {whose}", "choose another address")
    elif dynamic is not None and address in dynamic:
        said.problem(f"{address} is inside the dynamic range {dynamic} {whose}", "choose one outside it")


def _range(said: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(str(said)) if said else None
    except ValueError:
        return None


def _check_publish(role: Role) -> None:
    declared = role.part.enter("provides")
    for one in role.container.provides:
        said = None if declared is None else declared.enter(one.name)
        publish = None if said is None else said.enter("publish")
        if role.replicas > 1 and publish is not None and one.publish is not None and one.publish.port:
            publish.problem(
                f"{role.replicas} replicas cannot share host port {one.publish.port}",
                "publish: auto, or one replica",
            )
