"""A checked manifest to what is desired; every mistake that it meets is taken down, and it goes on."""

from __future__ import annotations

from typing import cast

from scs.manifest.compile import order, roles, secrets, storage
from scs.manifest.compile.images import Images
from scs.manifest.consistency import addresses, claims, references
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.model.desired import Desired, Drift
from scs.model.problem import Problem
from scs.model.storage import Volume


def compiled(manifest: Part, given: Given) -> tuple[Desired, tuple[Problem, ...]]:
    """What the manifest asks for, and the problems besides those in its ledger; if any, not to be used."""
    images = Images(given.tools)
    networks = storage.networks(manifest, given)
    volumes = storage.volumes(manifest, given)
    known = secrets.declared(manifest, given)
    around = roles.Surroundings(given=given, networks=networks, volumes=volumes, images=images, secrets=known)
    by_name = {name: roles.role(name, part, around) for name, part in manifest.below("containers")}
    jobs = {name: roles.job(name, part, around) for name, part in manifest.below("jobs")}
    references.check(by_name, jobs)
    everything = {**jobs, **by_name}
    addresses.check(everything, networks)
    claims.check(everything, networks, volumes)
    complete = roles.with_files((*by_name.values(), *jobs.values()), given)
    everyone = [container for role in complete for container in role.replicated]
    found = Desired(
        identity=given.identity,
        networks=tuple(one.value for _, one in sorted(networks.items()) if one is not None),
        volumes=_parents_first(volumes),
        containers=tuple(one for one in everyone if one.job is None),
        drift=cast(Drift, manifest.text_of("drift", "repair")),
        jobs=tuple(one for one in everyone if one.job is not None),
        secrets=tuple(one for _, one in sorted(known.items()) if one is not None),
    )
    return found, tuple(images.problems)


def _parents_first(volumes: storage.Volumes) -> tuple[Volume, ...]:
    named = {one.value.name: one.value for one in volumes.values() if one is not None}
    edges = {
        name: () if volume.parent is None or volume.parent not in named else (volume.parent,)
        for name, volume in named.items()
    }
    return tuple(named[name] for name in order.needed_first(edges))
