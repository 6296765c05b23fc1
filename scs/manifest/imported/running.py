"""From inspected containers to a manifest: a role each, or one with replicas for those that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scs.manifest.imported import attached, limits, literal, mounts, naming, process, published, unsaid, whole
from scs.manifest.imported.inspection import COMPOSE_PROJECT, COMPOSE_SERVICE, Seen
from scs.manifest.imported.notes import Imported, Notes
from scs.manifest.imported.volumes import Volumes
from scs.manifest.types import Types
from scs.model import labels


def service(seen: Sequence[Seen]) -> str | None:
    """What the manifest's service is called unless somebody says: the Compose project, or the only container."""
    projects = {each.labels.get(COMPOSE_PROJECT) for each in seen}
    project = projects.pop() if len(projects) == 1 else None
    name = project or (seen[0].name if len(seen) == 1 else None)
    return None if name is None else naming.key(name, otherwise="service")


def manifest(seen: Sequence[Seen], identity: tuple[str, str], types: Types) -> Imported:
    """`identity` is environment and service, which have to be names; `seen` are the containers, in their order."""
    notes = Notes()
    networks, volumes = attached.Networks(), Volumes(notes, types.volumes)
    by_themselves = attached.all_default(seen)
    roles: dict[str, dict[str, Any]] = {}
    for each in seen:
        named = naming.key(_name(each), otherwise="container", longest=_longest(identity))
        name = naming.unused(named, roles)
        on = {} if by_themselves else networks.of(each, {named, name}, notes)
        found = whole.role({**_role(each, name, volumes, notes), "networks": on})
        if named in roles and _is_replica(found, roles[named]):
            roles[named] = whole.role({**roles[named], "replicas": roles[named].get("replicas", 1) + 1})
        else:
            roles[name] = found
    if len(roles) > 1:
        what = "which of them needs which is nothing that the engine knows"
        notes.add("containers", what, "write requires: or after: where one needs another")
    parts = {"networks": networks.entries, "volumes": volumes.entries, "containers": roles}
    return Imported(manifest=whole.manifest(identity, literal.throughout(parts)), notes=notes.all)


def _name(seen: Seen) -> str:
    return seen.labels.get(COMPOSE_SERVICE) or seen.labels.get(labels.ROLE) or seen.name


def _longest(identity: tuple[str, str]) -> int:
    """What is left for the role in the name of a container."""
    return max(naming.LONGEST - len("-".join(identity)) - len("--1000"), 1)


def _role(seen: Seen, name: str, volumes: Volumes, notes: Notes) -> Mapping[str, Any]:
    unsaid.tell(seen, notes)
    return {
        **process.process(seen, notes),
        **limits.limits(seen, notes),
        "volumes": mounts.mounts(seen, name, volumes, notes),
        "provides": published.provides(seen, notes),
    }


def _is_replica(found: Mapping[str, Any], of: Mapping[str, Any]) -> bool:
    """Whether it is one more of a role. Replicas share their volumes, and those of the engine without a name do not."""
    alone = {"type": "docker"}
    shares = all(each != alone for each in found.get("volumes", {}).values())
    return shares and {**found, "replicas": 1} == {**of, "replicas": 1}
