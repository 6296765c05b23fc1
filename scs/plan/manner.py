"""In which order an old container gives way to a new one, and why; what a way back takes is not decided here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scs.model.container import Container
from scs.model.observed import ObservedContainer
from scs.model.storage import Tmpfs
from scs.plan import endpoints
from scs.plan.situation import Situation

Order = Literal["start-first", "stop-first", "remove-first"]
NEVER_RAN = ("created", "dead", "removing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`why` is empty for what needs no reason: a new container that starts while the old one runs.

    With `remove-first` there is no way back.
    """

    order: Order
    why: str = ""


def manner(container: Container, old: ObservedContainer, situation: Situation) -> Manner:
    """The new one starts first where nothing can be held by one of them only."""
    remade = [one.network for one in old.attachments if one.network in situation.remade_networks]
    remade += [one.network for one in container.attachments if one.network in situation.remade_networks]
    if remade:
        return Manner(order="remove-first", why=f"network {remade[0]} is made again, and all have to leave it")
    if old.state in NEVER_RAN:
        return Manner(order="remove-first", why="the old one never ran")
    if not old.alive:
        return Manner(order="stop-first", why="the old one does not run")
    if container.update.order == "stop-first":
        return Manner(order="stop-first", why="the manifest says so")
    held = next(_held_by_one(container, old, situation), "")
    if held:
        return Manner(order="stop-first", why=held)
    writes = "" if container.update.order == "start-first" else _written_by_one(container, situation)
    return Manner(order="stop-first", why=writes) if writes else Manner(order="start-first")


def _held_by_one(container: Container, old: ObservedContainer, situation: Situation) -> Iterator[str]:
    """What the engine gives to one container at a time, and the old one has."""
    held = {(one.port, one.protocol) for one in old.ports}
    for provided in container.provides:
        if provided.publish is not None and (provided.publish.port, provided.protocol) in held:
            yield f"only one can hold port {provided.publish.port}/{provided.protocol} of this host"
    addresses = {one.address for one in old.attachments if one.address}
    for attachment in container.attachments:
        if {attachment.address, attachment.address6} & addresses:
            yield f"only one can hold address {attachment.address or attachment.address6}"
    if endpoints.mode(container, situation.observed) == "host" and old.network_mode == "host":
        yield "both would be on the host's own network"


def _written_by_one(container: Container, situation: Situation) -> str:
    """A volume that it writes to, and that no other container of the manifest writes to at the same time."""
    for mount in container.mounts:
        if mount.read_only or isinstance(situation.volume(mount.volume).binding, Tmpfs):
            continue
        others = (
            one.name
            for one in situation.desired.containers
            if one.name != container.name
            and any(other.volume == mount.volume and not other.read_only for other in one.mounts)
        )
        if not any(others):
            return f"only one at a time writes to volume {mount.volume}"
    return ""
