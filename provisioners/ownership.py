"""Which networks and volumes are a manifest's own by their labels; names and ids are the caller's part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scs.model import labels
from scs.model.identity import Digest, Identity, well_formed
from scs.model.observed import ObservedContainer
from scs.model.storage import Network, Volume


def marks(thing: Volume | Network) -> dict[str, str]:
    """The labels that say whose it is, and what was asked for when it was made."""
    return {
        labels.ENVIRONMENT: thing.identity.environment,
        labels.SERVICE: thing.identity.service,
        labels.KEY: thing.key,
        labels.TYPE: thing.type,
        labels.DIGEST: thing.digest,
    }


def ours(found: Mapping[str, str], thing: Volume | Network) -> bool:
    """Whether the labels say that scs made it, by this type, for the manifest of `thing`."""
    return (
        holder(found) == thing.identity
        and found.get(labels.TYPE) == thing.type
        and well_formed(found.get(labels.DIGEST, ""))
    )


def holder(found: Mapping[str, str]) -> Identity | None:
    """The manifest whose labels it carries."""
    environment, service = found.get(labels.ENVIRONMENT), found.get(labels.SERVICE)
    return Identity(environment=environment, service=service) if environment and service else None


def made_by(found: Mapping[str, str], thing: Volume | Network) -> str:
    """Who made what is not ours, for people. Labels can be copied."""
    whose = holder(found)
    return "something else than scs" if whose in (None, thing.identity) else f"scs for {whose}"


def digest(found: Mapping[str, str]) -> Digest:
    return Digest(found.get(labels.DIGEST, ""))


def strangers(users: Iterable[ObservedContainer], identity: Identity) -> list[str]:
    """The names of those that are not of the manifest, sorted."""
    return sorted(one.name for one in users if one.identity != identity)
