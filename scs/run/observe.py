"""Reads the world once: one list call a kind, each volume and network through its provisioner. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from scs.contract import errors
from scs.contract.context import Context
from scs.contract.world import World
from scs.model import labels
from scs.model.container import Logging
from scs.model.desired import Desired
from scs.model.files import Print
from scs.model.ghosts import NOTHING_LOST, Lost
from scs.model.identity import Digest
from scs.model.observed import Listing, Observed, ObservedContainer, Record, SeenNetwork, SeenVolume
from scs.model.plan import Goals
from scs.model.secret import Fingerprint, Secret
from scs.model.space import Room, Use
from scs.model.steps import Goal, Observation, Present, Unknown
from scs.model.storage import Binding, Network, Volume
from scs.plan import ownership, parts, situation
from scs.run import files

LOOK_SECONDS = 10.0
"""How long one provisioner may take to look at one object."""


class Mute:
    """Progress that nobody follows: looking is quick or it is Unknown."""

    def say(self, line: str) -> None:
        pass


def observe(desired: Desired, goals: Goals, world: World) -> Observed:
    """Everything that a plan for this manifest may depend on. Raises errors.EffectError when it cannot be read."""
    listing = world.engine.list()
    networks = {one.name: one for one in desired.networks}
    ours = ownership.replicas(desired.identity, listing)
    doubtful = _doubtful(desired, goals, ours, world.records.adjusted())
    leftovers = {} if goals.only else leftover_networks(desired, listing, world.networks)
    records = world.records.read([one.id for one in doubtful])
    return Observed(
        listing=listing,
        volumes=see_volumes(desired.volumes, goals, listing, world),
        networks={
            **{name: _see_network(one, Goal.RELEASED, listing, world) for name, one in leftovers.items()},
            **{
                name: _see_network(one, Goal.RELEASED if goals.destroy else Goal.PRESENT, listing, world)
                for name, one in networks.items()
            },
        },
        run_folder=world.delivery.read(desired.identity),
        job_notes=world.jobs.read(desired.identity) if desired.jobs or goals.destroy else {},
        listeners=world.host.listeners() if _publishes(desired) else frozenset(),
        host_address=world.host.address() if _publishes(desired) else "",
        live={one.id: found for one in doubtful if (found := world.engine.live(one.id)) is not None},
        records=records,
        files=_files(records, world) if goals.deep else {},
        engine=world.engine.facts() if _asks_of_the_engine(desired, listing) else None,
        missing_devices=frozenset(path for path in _devices(desired) if not world.host.exists(path)),
        secrets={} if goals.destroy or goals.undo else _secrets(desired, goals, world),
        lost=Lost(tasks=world.records.lost()) if any(map(_may_be_lost, ours)) else NOTHING_LOST,
    )


def rooms(observed: Observed, world: World, *, builds: bool) -> tuple[Room, ...]:
    """What is left where making something writes to; nothing of folders that are elsewhere or cannot be seen."""
    facts = observed.engine or world.engine.facts()
    engine = [facts.folder] if facts.folder and world.host.exists(facts.folder) else []
    folders: dict[Use, Sequence[str]] = {"engine": engine, **world.folders}
    if not builds:
        folders.pop("build", None)
    left = world.host.room([folder for each in folders.values() for folder in each])
    return tuple(
        Room(use=use, folder=folder, left=left[folder])
        for use, each in folders.items()
        for folder in each
        if folder in left
    )


def see_volumes(volumes: tuple[Volume, ...], goals: Goals, listing: Listing, world: World) -> Mapping[str, SeenVolume]:
    """Volumes by name, each after the one that it lies in; nobody knows of a volume in one that could not be read."""
    seen: dict[str, SeenVolume] = {}
    for volume in volumes:
        bindings = {name: one.binding for name, one in seen.items() if one.binding is not None}
        parent = seen[volume.parent].observation if volume.parent else None
        look = context(listing, bindings, world)
        observation = parent if isinstance(parent, Unknown) else _volume_observation(volume, look, world)
        seen[volume.name] = _seen_volume(volume, observation, _volume_goal(volume, goals), world)
    return seen


def context(listing: Listing, parents: Mapping[str, Binding], world: World, deadline: float = LOOK_SECONDS) -> Context:
    """A context for looking, with so many seconds from now."""
    return Context(
        clock=world.clock,
        deadline=world.clock.monotonic() + deadline,
        engine=world.engine,
        commands=world.commands,
        progress=Mute(),
        listing=listing,
        parents=parents,
    )


def leftover_networks(desired: Desired, listing: Listing, types: Collection[str]) -> Mapping[str, Network]:
    """Networks of this manifest on the engine, of these types, that it no longer asks for, by name."""
    wanted = {one.name for one in desired.networks}
    identity = desired.identity
    return {
        one.name: Network(
            identity=identity,
            key=one.labels.get(labels.KEY, one.name),
            name=one.name,
            type=one.labels[labels.TYPE],
            digest=Digest(one.labels.get(labels.DIGEST, "")),
        )
        for one in listing.networks
        if labels.identity(one.labels) == identity and one.name not in wanted and one.labels.get(labels.TYPE) in types
    }


def _seen_volume(volume: Volume, observation: Observation, goal: Goal, world: World) -> SeenVolume:
    provisioner = world.volumes[volume.type]
    binding = provisioner.binding(volume, observation) if isinstance(observation, Present) else None
    steps = provisioner.steps(volume, observation, goal)
    deletion = provisioner.steps(volume, observation, Goal.DELETED)
    return SeenVolume(volume=volume, observation=observation, steps=steps, binding=binding, deletion=deletion)


def _volume_observation(volume: Volume, look: Context, world: World) -> Observation:
    try:
        return world.volumes[volume.type].observe(volume, look)
    except (errors.EffectError, OSError) as error:
        return Unknown(why=str(error))


def _see_network(network: Network, goal: Goal, listing: Listing, world: World) -> SeenNetwork:
    provisioner = world.networks[network.type]
    try:
        observation = provisioner.observe(network, context(listing, {}, world))
    except (errors.EffectError, OSError) as error:
        observation = Unknown(why=str(error))
    steps = provisioner.steps(network, observation, goal)
    return SeenNetwork(network=network, attaching=provisioner.attaching(network), observation=observation, steps=steps)


def _volume_goal(volume: Volume, goals: Goals) -> Goal:
    if not goals.destroy:
        return Goal.PRESENT
    return Goal.DELETED if volume.key in goals.delete_data else Goal.RELEASED


def _asks_of_the_engine(desired: Desired, listing: Listing) -> bool:
    """Whether a container that is not there as asked for needs what not every engine has. A no-op does not ask."""
    digests = {one.name: one.labels.get(labels.DIGEST) for one in listing.containers}
    return any(
        one.resources.cpus is not None or one.logging.driver != Logging().driver
        for one in desired.everything
        if digests.get(one.name) != one.digest
    )


def _may_be_lost(container: ObservedContainer) -> bool:
    """Whether it matters that the engine can never start it again."""
    return container.state != "running" and not container.is_job


def _doubtful(
    desired: Desired, goals: Goals, ours: Iterable[ObservedContainer], adjusted: frozenset[str]
) -> tuple[ObservedContainer, ...]:
    """Containers of which lists and labels do not show enough: made from another wish, or changed since; or all."""
    wanted = {one.name: one for one in desired.containers if not goals.only or one.role in goals.only}
    return tuple(
        one
        for one in ours
        if one.replica in wanted and (goals.deep or one.id in adjusted or parts.changed(wanted[one.replica], one))
    )


def _files(records: Mapping[str, Record], world: World) -> Mapping[str, Mapping[str, Print | None]]:
    """What became of the files that were put into containers, where it can be seen."""
    return {
        identifier: {
            path: None if found == "gone" else found
            for path in record.files
            if (found := files.look(identifier, path, world)) != "unknown"
        }
        for identifier, record in records.items()
        if record.files
    }


def _secrets(desired: Desired, goals: Goals, world: World) -> Mapping[str, Fingerprint | Unknown]:
    """What stands for each value; only of secrets that are used, as getting one may take a command."""
    used = {use.secret for one in situation.selected(desired, goals.only) for use in one.secrets}
    return {name: _fingerprint(desired.secret(name), world) for name in sorted(used)}


def _fingerprint(secret: Secret, world: World) -> Fingerprint | Unknown:
    try:
        return world.secrets.fingerprint(secret)
    except errors.Interrupted:
        raise
    except errors.EffectError as error:
        return Unknown(why=error.why)


def _devices(desired: Desired) -> frozenset[str]:
    return frozenset(device.source for one in desired.everything for device in one.security.devices)


def _publishes(desired: Desired) -> bool:
    return any(container.provides or container.requires for container in desired.everything)
