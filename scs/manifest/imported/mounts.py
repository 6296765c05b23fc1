"""What is mounted in an inspected container, by its volumes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from scs.manifest.imported import inspection, quantities
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes
from scs.manifest.imported.volumes import Use, Volumes
from scs.model import labels
from scs.model.container import RUN_FOLDER

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_PRIVATE = {"", "rprivate"}


def mounts(seen: Seen, role: str, volumes: Volumes, notes: Notes) -> dict[str, Any]:
    """What the container says under `volumes`, by path."""
    wishes = {
        inspection.text(each, "Target"): each
        for each in inspection.items(seen.host, "Mounts")
        if isinstance(each, Mapping)
    }
    found: dict[str, Any] = {}
    for mount in _mounted(seen):
        path = inspection.text(mount, "Destination")
        if not (path == RUN_FOLDER and labels.identity(seen.labels)):
            use = Use(
                role=role,
                target=posixpath.normpath(path),
                at=seen.at(f"Mounts.{path}"),
                read_only=mount.get("RW") is False,
            )
            found |= _mount(mount, inspection.mapping(wishes, path), use, volumes)
            _tell(mount, inspection.mapping(wishes, path), use, notes)
    return dict(sorted(found.items()))


def _mounted(seen: Seen) -> list[Mapping[str, Any]]:
    found = [each for each in inspection.items(seen.container, "Mounts") if isinstance(each, Mapping)]
    return sorted(found, key=lambda each: inspection.text(each, "Destination"))


def _mount(mount: Mapping[str, Any], wish: Mapping[str, Any], use: Use, volumes: Volumes) -> dict[str, Any]:
    kind, name = inspection.text(mount, "Type"), inspection.text(mount, "Name")
    if kind == "bind":
        return volumes.bind(inspection.text(mount, "Source"), use)
    if kind == "tmpfs":
        return volumes.here({"type": "tmpfs", **_tmpfs(inspection.mapping(wish, "TmpfsOptions"))}, use)
    if kind == "volume" and _ANONYMOUS.fullmatch(name):
        volumes.nameless(name, use)
        return volumes.here({"type": "docker"}, use)
    if kind == "volume" and volumes.is_possible(use):
        driver = inspection.text(mount, "Driver")
        more = {"driver": driver} if driver not in {"", "local"} else {}
        volumes.foreign(name, use.at)
        return volumes.mounted(volumes.named(name, {"type": "docker", "name": name, **more}), use)
    return {}


def _tmpfs(options: Mapping[str, Any]) -> dict[str, Any]:
    size, mode = inspection.number(options, "SizeBytes"), inspection.number(options, "Mode")
    found = {"size": quantities.size(size), "mode": f"{mode:04o}" if mode else None}
    return {key: value for key, value in found.items() if value}


def _tell(mount: Mapping[str, Any], wish: Mapping[str, Any], use: Use, notes: Notes) -> None:
    if inspection.text(mount, "Type") not in {"bind", "volume", "tmpfs"}:
        notes.add(use.at, f"a mount of type {inspection.text(mount, 'Type')!r} cannot be said")
    if inspection.text(mount, "Propagation") not in _PRIVATE:
        notes.add(f"{use.at}.Propagation", f"{mount['Propagation']} cannot be said", "mounts stay private")
    # The engine itself writes `z` to volumes.
    telling = {"z", "Z"} if inspection.text(mount, "Type") == "bind" else {"nocopy"}
    for word in inspection.text(mount, "Mode").split(","):
        if word in telling:
            notes.add(f"{use.at}.Mode", f"{word} cannot be said")
    for key in ("NonRecursive", "NoCopy", "Subpath"):
        if any(inspection.mapping(wish, options).get(key) for options in ("BindOptions", "VolumeOptions")):
            notes.add(f"{use.at}.{key}", "cannot be said")
