"""Where a requirement is answered: on a network that both share, else at the host, else nowhere and why."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from scs.model import labels
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.observed import Observed, ObservedContainer
from scs.model.service import Endpoint, FromRole, Provided, Publish, Required, Static
from scs.model.storage import EngineNetwork, NetworkMode
from scs.plan import ownership, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """No endpoint. `waiting` says that an action of this plan will bring one."""

    why: str
    waiting: bool = False


Resolution = Resolved | Unmet


def resolve(required: Required, container: Container, desired: Desired, observed: Observed) -> Resolution:
    """The endpoints of one requirement of one container, in a stable order."""
    match required.source:
        case Static(endpoints=endpoints):
            return Resolved(endpoints=endpoints)
        case FromRole(service=None) as source:
            return _of_this_manifest(source, container, desired, observed)
        case FromRole() as source:
            return _of_another_manifest(source, container, observed)
        case None:
            return Unmet(why=f"requirement {required.name} is not connected to anything")


def shared_networks(container: Container, observed: Observed) -> frozenset[str]:
    """The engine's names of the networks on which this container is reached by name."""
    seen = ((one.network, observed.networks.get(one.network)) for one in container.attachments)
    return frozenset(
        network.attaching.name
        for _, network in seen
        if network is not None and network.network.shared and isinstance(network.attaching, EngineNetwork)
    )


def mode(container: Container, observed: Observed) -> str:
    """`host` or `none` where a network replaces all others, else empty."""
    for one in container.attachments:
        seen = observed.networks.get(one.network)
        if seen is not None and isinstance(seen.attaching, NetworkMode):
            return seen.attaching.mode
    return ""


def _of_this_manifest(source: FromRole, container: Container, desired: Desired, observed: Observed) -> Resolution:
    found: list[Endpoint] = []
    for provider in desired.called(source.role):
        provided = next((one for one in provider.provides if one.name == source.provided), None)
        if provided is None:
            return Unmet(why=f"{source.role} does not provide {source.provided}")
        answer = _endpoint(provider, provided, container, observed)
        if isinstance(answer, Unmet):
            return answer
        found.append(answer)
    if not found:
        return Unmet(why=f"{source.role} has no replica that could provide {source.provided}")
    return Resolved(endpoints=tuple(found))


def _endpoint(provider: Container, provided: Provided, container: Container, observed: Observed) -> Endpoint | Unmet:
    if shared_networks(provider, observed) & shared_networks(container, observed):
        return Endpoint(host=provider.name, port=provided.port)
    if mode(provider, observed) == "host":
        return _on_host(Publish(port=provided.port), container, provider.name, observed)
    if provided.publish is None:
        return Unmet(
            why=f"{provider.name} shares no network with {container.name} and does not publish {provided.name}: "
            f"put both on one network, or publish it"
        )
    if provided.publish.port:
        return _on_host(provided.publish, container, provider.name, observed)
    running = observed.listing.container(provider.name)
    stays = running is not None and running.state == "running" and parts.stays(provider, running)
    port = _picked_port(running, provided) if running is not None and stays else None
    if port is None:
        return Unmet(why=f"the port of {provider.name} is picked by the engine when it starts", waiting=True)
    return _on_host(Publish(port=port, address=provided.publish.address), container, provider.name, observed)


def _on_host(publish: Publish, container: Container, provider: str, observed: Observed) -> Endpoint | Unmet:
    """The published port as seen from the container: loopback addresses of the host are reached from the host only."""
    on_host = mode(container, observed) == "host"
    address = publish.address
    if address and ipaddress.ip_address(address).is_loopback and not on_host:
        return Unmet(
            why=f"{provider} publishes its port on {address} only, which {container.name} cannot reach: "
            f"put both on one network, or publish it on another address"
        )
    if not address or ipaddress.ip_address(address).is_unspecified:
        address = "127.0.0.1" if on_host else observed.host_address
    if not address:
        return Unmet(why=f"this host has no address under which {container.name} could reach {provider}")
    return Endpoint(host=address, port=publish.port)


def _picked_port(provider: ObservedContainer, provided: Provided) -> int | None:
    return next(
        (
            port.port
            for port in provider.ports
            if (port.container_port, port.protocol) == (provided.port, provided.protocol)
        ),
        None,
    )


def _of_another_manifest(source: FromRole, container: Container, observed: Observed) -> Resolution:
    identity = Identity(environment=container.identity.environment, service=source.service or "")
    providers = [one for one in ownership.named(identity, observed.listing) if one.role == source.role]
    if not providers:
        return Unmet(why=f"{identity} has no container {source.role} on this engine: apply its manifest first")
    if all(provider.state != "running" for provider in providers):
        return Unmet(why=f"{source.role} of {identity} does not run ({providers[0].status or providers[0].state})")
    found: list[Endpoint] = []
    for provider in (one for one in providers if one.state == "running"):
        answer = _observed_endpoint(provider, source, container, observed)
        if isinstance(answer, Unmet):
            return answer
        found.append(answer)
    return Resolved(endpoints=tuple(found))


def _observed_endpoint(
    provider: ObservedContainer, source: FromRole, container: Container, observed: Observed
) -> Endpoint | Unmet:
    provided = _provided(provider, source.provided)
    if provided is None:
        return Unmet(why=f"{provider.name} does not provide {source.provided}")
    if {one.network for one in provider.attachments} & shared_networks(container, observed):
        return Endpoint(host=provider.name, port=provided.port)
    if provider.network_mode == "host":
        return _on_host(Publish(port=provided.port), container, provider.name, observed)
    port = _picked_port(provider, provided)
    if port is None:
        return Unmet(
            why=f"{provider.name} shares no network with {container.name} and does not publish {source.provided}: "
            f"put both on one external network, or publish it"
        )
    address = next(one.address for one in provider.ports if one.port == port)
    return _on_host(Publish(port=port, address=address), container, provider.name, observed)


def _provided(provider: ObservedContainer, name: str) -> Provided | None:
    """What the provider's label says of a service; None when it does not say it, or not readably."""
    match labels.data(provider.labels, labels.PROVIDES).get(name):
        case {"port": int(port), "protocol": "tcp" | "udp" | "sctp" as protocol}:
            return Provided(name=name, port=port, protocol=protocol)
        case _:
            return None
