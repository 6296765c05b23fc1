"""Finds the containers that a person means by a role, a service, a manifest's identity or a name."""

from __future__ import annotations

from collections.abc import Iterable

from scs.contract import errors
from scs.model import labels
from scs.model.observed import Listing, ObservedContainer
from scs.plan import ownership


def managed(listing: Listing) -> tuple[ObservedContainer, ...]:
    """Every container of every manifest on the engine, by manifest, role and number."""
    found = [one for one in listing.containers if one.identity and ownership.ours(one, one.identity, listing)]
    return tuple(sorted(found, key=lambda one: (str(one.identity), one.role, one.number, one.name)))


def named(targets: Iterable[str], listing: Listing) -> tuple[ObservedContainer, ...]:
    """The containers that the targets mean, without repetition. Raises Refusal for one that means none.

    A target is a container's name, `role`, `role-number`, `service/role`, `environment/service/role`, `service` or
    `environment/service`.
    """
    found: dict[str, ObservedContainer] = {}
    containers = managed(listing)
    for target in targets:
        matching = [one for one in containers if target in words(one)]
        if not matching:
            known = ", ".join(sorted({one.name for one in containers})) or "none"
            raise errors.Refusal(f"no container of any manifest is meant by '{target}'; there are: {known}")
        found.update((one.id, one) for one in matching)
    return tuple(found.values())


def single(target: str, listing: Listing) -> ObservedContainer:
    """The one container that is meant; the first running replica where a role has several."""
    matching = named([target], listing)
    if len({(str(one.identity), one.role) for one in matching}) > 1:
        raise errors.Refusal(f"'{target}' means several: {', '.join(one.name for one in matching)}; name one of them")
    return next((one for one in matching if one.state == "running"), matching[0])


def words(container: ObservedContainer) -> frozenset[str]:
    """Everything that a person may call it."""
    identity = container.identity
    if identity is None:
        return frozenset({container.name})
    if labels.ONE_OFF in container.labels:
        return frozenset({container.name, identity.service, str(identity)})
    role = container.role
    return frozenset(
        {
            container.name,
            role,
            f"{role}-{container.number}",
            f"{identity.service}/{role}",
            f"{identity}/{role}",
            identity.service,
            str(identity),
        }
    )
