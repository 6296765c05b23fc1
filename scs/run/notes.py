"""What is noted, and forgotten, at the end of a run that got there; without any of it the next run only tells less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scs.contract.world import World
from scs.model import fields
from scs.model.desired import Desired
from scs.model.observed import Listing
from scs.model.operations import ConnectContainer, DisconnectContainer, UpdateContainer
from scs.model.outcome import Done, Outcome
from scs.model.plan import Goals
from scs.model.steps import Change
from scs.plan import ownership

ADJUSTED = (UpdateContainer, ConnectContainer, DisconnectContainer)


def keep(desired: Desired, goals: Goals, listing: Listing, outcomes: Iterable[Outcome], world: World) -> None:
    """Notes what was changed live by now is what was asked for, and forgets what is gone.

    A run that died between a removal and its note leaves notes of nobody.
    """
    if not goals.only:
        folders = {one.folder for one in ownership.replicas(desired.identity, listing)}
        world.delivery.keep_only(desired.identity, folders)
    done = [one.action for one in outcomes if isinstance(one, Done)]
    if not done:
        return
    world.records.keep_only(one.id for one in listing.containers)
    adjusted = {one.target.name for one in done if one.change is Change.UPDATE and isinstance(one.operation, ADJUSTED)}
    for container in desired.containers:
        there = listing.container(container.name) if container.name in adjusted else None
        known = {} if there is None else world.records.read([there.id])
        for identifier, record in known.items():
            world.records.adjust(identifier)
            world.records.write(identifier, replace(record, wish=fields.wish(container)))
