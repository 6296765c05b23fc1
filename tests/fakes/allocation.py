"""What the engine in memory picks by itself: subnets, addresses and ports; holds nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import replace

from scs.contract import errors
from scs.model.observed import Listing, ObservedContainer, ObservedNetwork, PublishedPort

FIRST_PORT = 32768


def subnet(taken: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> ipaddress.IPv4Network:
    """The first of the engine's own subnets that overlaps nothing."""
    own = (ipaddress.IPv4Network(f"172.{second}.0.0/16") for second in range(18, 32))
    mine = [one for one in taken if isinstance(one, ipaddress.IPv4Network)]
    return next(one for one in own if not any(one.overlaps(other) for other in mine))


def address(network: ObservedNetwork, listing: Listing) -> str:
    """An address that no container has there, after the gateway's."""
    if not network.subnets:
        return ""
    attached = (have for one in listing.containers for have in one.attachments)
    taken = {have.address for have in attached if have.network == network.name}
    hosts = ipaddress.ip_network(network.subnets[0]).hosts()
    next(hosts)
    return next(str(one) for one in hosts if str(one) not in taken)


def published(port: PublishedPort, of: ObservedContainer, listing: Listing) -> PublishedPort:
    """The port, with a number that is free. Raises Failure when its own is not."""
    others = (one for one in listing.containers if one.state == "running" and one.id != of.id)
    taken = {(have.port, have.protocol) for one in others for have in one.ports}
    if not port.port:
        free = FIRST_PORT
        while (free, port.protocol) in taken:
            free += 1
        return replace(port, port=free)
    if (port.port, port.protocol) in taken:
        shown = f"{port.port}/{port.protocol}"
        raise errors.Failure(f"cannot start container {of.name}: port {shown} is taken")
    return port
