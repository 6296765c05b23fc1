"""Where the engine may pick addresses of a network, so that it picks none that a container of the manifest asks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scs.manifest.reader import Part

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


def subnet_of(said: object) -> Subnet | None:
    """None where it is none."""
    try:
        return ipaddress.ip_network(str(said)) if said else None
    except ValueError:
        return None


def asked_for(manifest: Part) -> Mapping[str, Sequence[Address]]:
    """The addresses that containers and jobs ask for, by the network's key; what is no address is left out."""
    found: dict[str, list[Address]] = {}
    for _, role in (*manifest.below("containers"), *manifest.below("jobs")):
        for network, entry in role.below("networks"):
            said = (entry.text_of(key) for key in ("address", "address6"))
            found.setdefault(network, []).extend(one for text in said if (one := _address(text)) is not None)
    return found


def kept_apart(options: Mapping[str, Any], addresses: Sequence[Address]) -> Mapping[str, Any]:
    """The options of a network, with a `dynamic` range where they have none and these addresses need one.

    It is the largest part of the subnet without any of them, the last of several. An engine that may pick from the
    whole subnet gives the first address to whatever starts first.
    """
    by_version = {version: [one for one in addresses if one.version == version] for version in (4, 6)}
    found = _with_dynamic(options, by_version[4])
    inner = options.get("ipv6")
    return found | {"ipv6": _with_dynamic(inner, by_version[6])} if isinstance(inner, Mapping) else found


def _with_dynamic(pool: Mapping[str, Any], addresses: Iterable[Address]) -> dict[str, Any]:
    subnet = None if pool.get("dynamic") else subnet_of(pool.get("subnet"))
    free = None if subnet is None else _largest_free(subnet, addresses)
    return {**pool} if free is None else {**pool, "dynamic": str(free)}


def _largest_free(subnet: Subnet, addresses: Iterable[Address]) -> Subnet | None:
    """None where none of the addresses lies in it, or all of it is asked for."""
    kind = type(subnet.network_address)
    taken = sorted({int(one) for one in addresses if one in subnet})
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
