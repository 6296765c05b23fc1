"""The volumes and networks of a manifest, handed to their types; not how containers use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from scs.manifest.compile import dynamic, names, order
from scs.manifest.given import Given
from scs.manifest.reader import Part, Placed
from scs.manifest.schema import validation
from scs.manifest.types import NetworkType, VolumeType
from scs.model.problem import InvalidSpec
from scs.model.storage import Network, Spec, Volume

DEFAULT_NETWORK = "default"

Volumes = Mapping[str, Placed[Volume] | None]
"""Prepared volumes by key; None for one that is there with mistakes."""
Networks = Mapping[str, Placed[Network] | None]

_T = TypeVar("_T", VolumeType, NetworkType)


def networks(manifest: Part, given: Given) -> Networks:
    """Every network of the manifest; a manifest that names none has the bridge `default`."""
    declared = manifest.enter("networks")
    demands = dynamic.demands(manifest)
    found = {key: _network(key, entry, demands[key], given) for key, entry in manifest.below("networks")}
    if not found and (declared is None or declared.sound) and "bridge" in given.tools.types.networks:
        spec = _spec(DEFAULT_NETWORK, "bridge", {}, manifest, given)
        network = given.tools.types.networks["bridge"].prepare(spec)
        found[DEFAULT_NETWORK] = Placed(part=manifest, value=network)
    return found


def volumes(manifest: Part, given: Given) -> Volumes:
    """Every volume of the manifest, those described inside its containers included."""
    entries = _volume_entries(manifest)
    parents = {key: _parent(entry, entries) for key, entry in entries.items()}
    edges = {key: () if parent is None else (parent,) for key, parent in parents.items()}
    prepared: dict[str, Placed[Volume] | None] = {}
    for cycle in order.cycles(edges):
        entry = entries[cycle[0]]
        message = f"these volumes lie in each other: {' -> '.join(cycle)}"
        (entry.enter("of") or entry).problem(message, "give one of them another type")
        prepared.update(dict.fromkeys(cycle))
    left = {key: needed for key, needed in edges.items() if key not in prepared}
    sound = {key: [one for one in needed if one in left] for key, needed in left.items()}
    for key in order.needed_first(sound):
        prepared[key] = _volume(key, entries[key], parents[key], prepared, given)
    return prepared


def inline_key(role: str, point: str) -> str:
    """The key of a volume that is described where a container uses it, at a connection point or a path."""
    return f"{role}-{re.sub('[^a-z0-9_]+', '-', point.lower()).strip('-')}"


def is_inline(entry: Part) -> bool:
    return entry.is_map and entry.enter("type") is not None


def _volume_entries(manifest: Part) -> Mapping[str, Part]:
    found = dict(manifest.below("volumes"))
    for role, container in (*manifest.below("containers"), *manifest.below("jobs")):
        for point, entry in container.below("volumes"):
            if is_inline(entry):
                key = inline_key(role, point)
                if key in found:
                    entry.problem(
                        f"this volume's key would be {key!r}, which {found[key].where} has already",
                        "describe it under volumes: and name it here",
                    )
                else:
                    found[key] = _without_use(entry)
    return found


def _without_use(entry: Part) -> Part:
    """An inline volume without the key that says how the container uses it."""
    if not isinstance(entry.node.value, Mapping):
        return entry
    kept = {key: node for key, node in entry.node.value.items() if key != "read_only"}
    return replace(entry, node=replace(entry.node, value=kept))


def _parent(entry: Part, entries: Mapping[str, Part]) -> str | None:
    """The key of the volume that this one lies in, if it is there."""
    of = entry.enter("of")
    if of is None or not of.is_text:
        return None
    return of.text if names.known(of, "volume", entries) else None


def _volume(key: str, entry: Part, parent: str | None, prepared: Volumes, given: Given) -> Placed[Volume] | None:
    found = _type(entry, given.tools.types.volumes, "volume")
    below = None if parent is None else prepared[parent]
    if found is None or (below is None and entry.enter("of") is not None):
        return None
    word, volume_type = found
    try:
        spec = _spec(key, word, _options(entry), entry, given)
        return Placed(part=entry, value=volume_type.prepare(spec, None if below is None else below.value))
    except InvalidSpec as error:
        _refuse(entry, error)
        return None


def _network(key: str, entry: Part, demand: dynamic.Demand, given: Given) -> Placed[Network] | None:
    found = _type(entry, given.tools.types.networks, "network")
    if found is None:
        return None
    word, network_type = found
    try:
        network = network_type.prepare(_spec(key, word, _options(entry), entry, given))
    except InvalidSpec as error:
        _refuse(entry, error)
        return None
    if "dynamic" in network_type.schema.get("properties", {}):
        # Not a part of its digest: a network that is there is not made again because a container gets an address.
        network = replace(network, options=dynamic.kept_apart(network.options, demand))
    return Placed(part=entry, value=network)


def _type(entry: Part, types: Mapping[str, _T], kind: str) -> tuple[str, _T] | None:
    """The type that the entry names, when its options are right by it."""
    named = entry.get("type")
    if named is None or not entry.sound or not names.known_type(named, kind, types):
        return None
    entry.ledger.refuse(validation.check(entry.node, types[named.text].schema, path=entry.path))
    return (named.text, types[named.text]) if entry.sound else None


def _options(entry: Part) -> Mapping[str, Any]:
    return {key: part.plain for key, part in entry.entries() if key != "type"}


def _spec(key: str, word: str, options: Mapping[str, Any], entry: Part, given: Given) -> Spec:
    # An overlay may say only the source anew; a relative one counts from the overlay's own folder.
    written = entry.enter("source") or entry.enter("type") or entry
    return Spec(
        identity=given.identity,
        key=key,
        name=given.identity.name(key),
        type=word,
        options=options,
        folder=given.tools.sources.absolute(given.folder_of(written)),
        place=entry.place,
    )


def _refuse(entry: Part, error: InvalidSpec) -> None:
    entry.nearest(*error.option.split(".")).problem(error.message, error.hint)
