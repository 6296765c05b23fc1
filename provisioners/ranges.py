"""Subnets, gateways and dynamic ranges as a manifest gives them: checked and completed, pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from scs.model.problem import InvalidSpec

Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SMALLEST = {4: 30, 6: 126}
"""The longest prefix that leaves room for a gateway and a container."""
_EXAMPLE = {4: "10.11.12.0/24", 6: "fd00:11:12::/64"}


def pool(options: Mapping[str, Any], version: int, option: str = "") -> dict[str, str]:
    """`subnet`, `gateway` and `dynamic` in their shortest forms; empty when there is no subnet.

    The gateway is the subnet's first address unless named: the engine would take the dynamic range's first.
    """
    key = {name: f"{option}.{name}" if option else name for name in ("subnet", "gateway", "dynamic")}
    if options.get("subnet") is None:
        for name in ("gateway", "dynamic"):
            if options.get(name) is not None:
                raise InvalidSpec("it needs a subnet to lie in", option=key[name], hint="name the subnet")
        return {}
    subnet = _subnet(str(options["subnet"]), version, key["subnet"])
    _usable(subnet, key["subnet"])
    first = str(next(iter(subnet.hosts())))
    gateway = _gateway(str(options.get("gateway") or first), subnet, key["gateway"])
    found = {"subnet": str(subnet), "gateway": str(gateway)}
    if options.get("dynamic") is not None:
        found["dynamic"] = str(_dynamic(str(options["dynamic"]), subnet, key["dynamic"]))
    return found


def overlapping(wanted: Iterable[str], taken: Iterable[str]) -> tuple[str, str] | None:
    """The first wanted subnet that shares addresses with a taken one, and that one."""
    others = [ipaddress.ip_network(text, strict=False) for text in taken]
    for text in wanted:
        subnet = ipaddress.ip_network(text)
        for other in others:
            if subnet.version == other.version and subnet.overlaps(other):
                return str(subnet), str(other)
    return None


def _subnet(text: str, version: int, option: str) -> Subnet:
    hint = f"write it like {_EXAMPLE[version]}"
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InvalidSpec(f"{text!r} is not a subnet", option=option, hint=hint) from None
    if loose.version != version or "/" not in text:
        raise InvalidSpec(f"{text!r} is not an IPv{version} subnet", option=option, hint=hint)
    if ipaddress.ip_interface(text).ip != loose.network_address:
        raise InvalidSpec(f"{text} names an address in {loose}", option=option, hint=f"write {loose}")
    return loose


def _usable(subnet: Subnet, option: str) -> None:
    if subnet.prefixlen > _SMALLEST[subnet.version]:
        raise InvalidSpec(
            f"{subnet} has no room for a gateway and a container",
            option=option,
            hint=f"/{_SMALLEST[subnet.version]} is the smallest",
        )
    if subnet.is_loopback or subnet.is_multicast or subnet.is_unspecified or subnet.prefixlen == 0:
        raise InvalidSpec(
            f"containers cannot have addresses of {subnet}",
            option=option,
            hint=f"take a private one, such as {_EXAMPLE[subnet.version]}",
        )


def _gateway(text: str, subnet: Subnet, option: str) -> Address:
    try:
        gateway = ipaddress.ip_address(text)
    except ValueError:
        raise InvalidSpec(
            f"{text!r} is not an address", option=option, hint=f"write it like {next(iter(subnet.hosts()))}"
        ) from None
    if gateway not in subnet:
        raise InvalidSpec(
            f"{gateway} is not in the subnet {subnet}",
            option=option,
            hint=f"name an address inside it, such as {next(iter(subnet.hosts()))}",
        )
    broadcast = isinstance(subnet, ipaddress.IPv4Network) and gateway == subnet.broadcast_address
    if broadcast or gateway == subnet.network_address:
        raise InvalidSpec(
            f"{gateway} stands for the subnet {subnet} as a whole",
            option=option,
            hint=f"name one of its hosts, such as {next(iter(subnet.hosts()))}",
        )
    return gateway


def _dynamic(text: str, subnet: Subnet, option: str) -> Subnet:
    dynamic = _subnet(text, subnet.version, option)
    lowest, highest = dynamic.network_address, dynamic.broadcast_address
    if lowest not in subnet or highest not in subnet:
        raise InvalidSpec(
            f"the dynamic range {dynamic} is not inside the subnet {subnet}",
            option=option,
            hint=f"such as {list(subnet.subnets())[-1]}",
        )
    return dynamic
