"""What keeps a container from being made or started now: volumes, networks, secrets, images, ports; no requirements."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from scs.model.container import Container
from scs.model.image import ReferencedImage
from scs.model.observed import Observed
from scs.model.steps import Refused, Unknown, Waiting
from scs.plan import space
from scs.plan.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """It needs something and cannot get it now. `stands` as in `model.plan.Blocked`."""

    why: str
    waiting: bool = False
    stands: bool = False


def obstacle(container: Container, situation: Situation) -> Held | None:
    """What stands in the way of making or starting it, besides its requirements."""
    observed = situation.observed
    storage = [(f"volume {one.volume}", observed.volumes[one.volume].steps) for one in container.mounts]
    networks = [(f"network {one.network}", observed.networks[one.network].steps) for one in container.attachments]
    for name, steps in (*storage, *networks):
        if isinstance(steps, (Waiting, Refused)):
            return Held(why=f"{name}: {steps.why}", waiting=isinstance(steps, Waiting))
    for one in container.attachments:
        if one.network in situation.stuck_networks:
            return Held(why=f"network {one.network}: {situation.stuck_networks[one.network]}")
    for mount in container.mounts:
        observation = observed.volumes[mount.volume].observation
        if isinstance(observation, Unknown):
            return Held(why=f"volume {mount.volume}: {observation.why}")
    for use in container.secrets:
        known = observed.secrets.get(use.secret)
        if isinstance(known, Unknown):
            return Held(why=known.why)
    image = container.image
    if isinstance(image, ReferencedImage) and image.pull.value == "never" and observed.listing.image(image.tag) is None:
        return Held(why=f"the engine has no image {image.tag}, and 'pull: never' forbids fetching it")
    return beyond_the_host(container, observed) or _port_conflict(container, situation) or _writer(container, observed)


def no_room(container: Container, observed: Observed) -> Held | None:
    """What stands in the way of making it, and not of starting one that is there."""
    why = space.lacking(container, observed)
    return Held(why=why) if why else None


def beyond_the_host(container: Container, observed: Observed) -> Held | None:
    """What this host or its engine cannot give. The engine would say so only after the old container is gone."""
    for device in container.security.devices:
        if device.source in observed.missing_devices:
            return Held(why=f"this host has no device {device.source}")
    if observed.engine is None:
        return None
    cpus, driver = container.resources.cpus, container.logging.driver
    if cpus is not None and cpus > observed.engine.cpus:
        return Held(why=f"it asks for {cpus:g} cpus, and the engine has {observed.engine.cpus}")
    if driver not in observed.engine.log_drivers:
        known = ", ".join(sorted(observed.engine.log_drivers))
        return Held(why=f"the engine has no log driver {driver}: it has {known}")
    return None


def _port_conflict(container: Container, situation: Situation) -> Held | None:
    """A host port held by somebody else. Its own old container and what this plan removes do not count."""
    removed = {one.id for one in situation.leftovers} if situation.goals.prune else set()
    for provided in container.provides:
        wanted = provided.publish
        if wanted is None or not wanted.port:
            continue
        key = (wanted.port, provided.protocol)
        said = f"port {wanted.port}/{provided.protocol} of this host is held by"
        holders = situation.holders.get(key, ())
        for other in holders:
            own = other.replica == container.name and other in situation.ours
            held = (port.address for port in other.ports if (port.port, port.protocol) == key)
            if not own and other.id not in removed and any(_overlap(address, wanted.address) for address in held):
                return Held(why=f"{said} container {other.name}")
        listening = (one.address for one in situation.observed.listeners if (one.port, one.protocol) == key)
        if not holders and any(_overlap(address, wanted.address) for address in listening):
            return Held(why=f"{said} another program: see 'ss -lptn sport = :{wanted.port}'")
    return None


def _writer(container: Container, observed: Observed) -> Held | None:
    """Somebody who writes to one of its volumes, whom the engine does not know, and nothing proves that he was ours."""
    written = {one.volume for one in container.mounts if not one.read_only}
    for _, ghost in sorted(observed.lost.ghosts.items()):
        if not ghost.replica and not written.isdisjoint(ghost.volumes):
            volume, process = min(written & ghost.volumes), ghost.processes[0]
            return Held(
                why=f"volume {volume}: process {process} of container {ghost.id[:12]}, which this engine does not "
                f"have, may write to it: see what it is with 'ps -fp {process}', and stop it where it came from, or "
                f"end it with 'kill -9 {process}'; then apply again"
            )
    return None


def _overlap(one: str, other: str) -> bool:
    addresses = [ipaddress.ip_address(text or "0.0.0.0") for text in (one, other)]
    return addresses[0] == addresses[1] or any(address.is_unspecified for address in addresses)
