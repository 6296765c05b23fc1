"""Which of the engine's containers are ours. Labels alone do not prove it: `docker commit` copies them into images."""

from __future__ import annotations

from collections.abc import Iterable

from scs.model import labels
from scs.model.identity import Identity, well_formed
from scs.model.observed import Listing, ObservedContainer


def ours(container: ObservedContainer, identity: Identity, listing: Listing) -> bool:
    """Whether scs made it for this manifest: labels, name and digest agree, and its image does not carry them."""
    if container.identity != identity or not well_formed(container.labels.get(labels.DIGEST, "")):
        return False
    if labels.ONE_OFF not in container.labels and container.replica != identity.name(container.role, container.number):
        return False
    image = next((image for image in listing.images if image.id == container.image_id), None)
    return image is None or labels.ROLE not in image.labels


def replicas(identity: Identity, listing: Listing) -> tuple[ObservedContainer, ...]:
    """Our containers that stand for a replica of a role, by role and number, those that stand beside it too."""
    found = (one for one in listing.containers if labels.ONE_OFF not in one.labels and ours(one, identity, listing))
    return by_role(found)


def named(identity: Identity, listing: Listing) -> tuple[ObservedContainer, ...]:
    """Those of them that have the replica's name."""
    return tuple(one for one in replicas(identity, listing) if not one.slot)


def one_offs(identity: Identity, listing: Listing) -> tuple[ObservedContainer, ...]:
    """Our containers made by `scs run` that are still there."""
    found = (one for one in listing.containers if labels.ONE_OFF in one.labels and ours(one, identity, listing))
    return by_role(found)


def by_role(containers: Iterable[ObservedContainer]) -> tuple[ObservedContainer, ...]:
    return tuple(sorted(containers, key=lambda one: (one.role, one.number, one.name)))
