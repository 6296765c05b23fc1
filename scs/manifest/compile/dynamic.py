"""Where the engine may pick addresses of a network, so that it picks none that a container of the manifest asks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scs.manifest.reader import Part

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(slots=True)
class Demand:
    """What containers and jobs want of a network: `addresses` of their own, and how many take `any` of a protocol."""

    addresses: list[Address] = field(default_factory=list)
    any: dict[int, int] = field(default_factory=lambda: {4: 0, 6: 0})


def subnet_of(said: object) -> Subnet | None:
    """What an option of a network says, or None where that is nothing or no subnet, of which its type complains."""
    try:
        return ipaddress.ip_network(str(said)) if said else None
    except ValueError:
        return None


def demands(manifest: Part) -> Mapping[str, Demand]:
    """By the network's key; a role that names no network is on the only one. What is no address is left out."""
    keys = [key for key, _ in manifest.below("networks")]
    found = {key: Demand() for key in keys}
    for _, role in (*manifest.below("containers"), *manifest.below("jobs")):
        named = dict(role.below("networks")) if role.enter("networks") is not None else dict.fromkeys(keys)
        replicas = role.get("replicas")
        count = replicas.number if replicas is not None else 1
        for network in named.keys() & found.keys():
            entry = named[network]
            for version, key in ((4, "address"), (6, "address6")):
                address = _address(entry.text_of(key)) if entry is not None else None
                if address is not None:
                    found[network].addresses.append(address)
                else:
                    found[network].any[version] += count
    return found


def kept_apart(options: Mapping[str, Any], demand: Demand) -> Mapping[str, Any]:
    """The options of a network, with a `dynamic` range where they have none and the demand needs one.

    It is the largest part of the subnet without any address that is asked for, the last of several. An engine that may
    pick from the whole subnet gives the first address to whatever starts first.
    """
    found = _with_dynamic(options, demand, 4)
    inner = options.get("ipv6")
    return found | {"ipv6": _with_dynamic(inner, demand, 6)} if isinstance(inner, Mapping) else found


def _with_dynamic(pool: Mapping[str, Any], demand: Demand, version: int) -> dict[str, Any]:
    """As it is, too, where the part is too small for the others and those that stand beside them in a replacement."""
    subnet = None if pool.get("dynamic") else subnet_of(pool.get("subnet"))
    free = None if subnet is None else _largest_free(subnet, demand)
    if subnet is None or free is None:
        return {**pool}
    gateway = _address(str(pool.get("gateway") or subnet[1]))
    lost = sum(one in free for one in {subnet.network_address, subnet.broadcast_address, gateway} if one is not None)
    return {**pool, "dynamic": str(free)} if free.num_addresses - lost >= 2 * demand.any[version] else {**pool}


def _largest_free(subnet: Subnet, demand: Demand) -> Subnet | None:
    """None where none of the addresses lies in it, or all of it is asked for."""
    kind = type(subnet.network_address)
    taken = sorted({int(one) for one in demand.addresses if one in subnet})
    if not taken:
        return None
    first, last = int(subnet.network_address), int(subnet.broadcast_address)
    gaps = zip([first, *(one + 1 for one in taken)], [*(one - 1 for one in taken), last], strict=True)
    free = [
        block for low, high in gaps if low <= high for block in ipaddress.summarize_address_range(kind(low), kind(high))
    ]
    return max(free, key=lambda one: (-one.prefixlen, int(one.network_address)), default=None)


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
