"""The volumes of a manifest that is being put together, for containers and Compose alike.

Folders and files of the host become `bind`, never `local`: they are there already, and a `bind` is the one type that
scs neither makes, changes nor removes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs.manifest import paths
from scs.manifest.compile import storage
from scs.manifest.imported import naming
from scs.manifest.imported.notes import Notes
from scs.manifest.types import VolumeType
from scs.model.container import RUN_FOLDER
from scs.model.identity import NAME, Identity
from scs.model.problem import InvalidSpec
from scs.model.storage import Spec

_TARGET = re.compile(r"(/(?!\.\.?(/|$))[^/:]+)+")
_NOBODY = Identity(environment="default", service="default")
_NOT_OURS = "the engine's volume {name} is not this manifest's, so that scs does not touch it, and apply stops there"
_COPY = "give the volume another name, apply, and copy its data over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a container uses a volume: where, and the place in the source that says so."""

    role: str
    target: str
    at: str
    read_only: bool = False


class Volumes:
    """Takes volumes down, under `volumes:` or where they are used, and gives back what the container says of them."""

    def __init__(self, notes: Notes, types: Mapping[str, VolumeType]) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self._notes = notes
        self._types = types
        self._keys: dict[str, str] = {}
        self._inline: set[str] = set()

    def named(self, name: str, volume: dict[str, Any]) -> str:
        """The key of the volume with this name in the source."""
        if name not in self._keys:
            wanted = naming.key(name, otherwise="volume")
            self._keys[name] = naming.unused(wanted, {*self.entries, *self._inline})
            self.entries[self._keys[name]] = volume
        return self._keys[name]

    def foreign(self, name: str, at: str) -> None:
        """Takes a note of a volume that the engine has, or may have, and that no manifest of scs has made."""
        self._notes.add(at, _NOT_OURS.format(name=name), _COPY)

    def nameless(self, name: str, use: Use) -> None:
        """Takes a note of a volume whose name nobody chose: its data can be lost by not knowing of it."""
        what = f"the volume has no name, and the new container gets one of its own; its data is in {name[:12]}…"
        self._notes.add(use.at, what, "copy it over before the old container goes, and with it the way to its data")

    def mounted(self, key: str, use: Use) -> dict[str, Any]:
        """The entry of the container for a volume by its key."""
        if not self.is_possible(use):
            return {}
        return {use.target: {"volume": key, "read_only": True} if use.read_only else key}

    def here(self, volume: dict[str, Any], use: Use) -> dict[str, Any]:
        """The entry of the container for a volume that only it has, written in place where that is possible."""
        if not self.is_possible(use):
            return {}
        key = storage.inline_key(use.role, use.target)
        if key in self._inline or key in self.entries or not NAME.fullmatch(key) or len(key) > naming.LONGEST:
            return self.mounted(self.named(f"{use.role}-{use.target}", volume), use)
        self._inline.add(key)
        return {use.target: {**volume, **({"read_only": True} if use.read_only else {})}}

    def bind(self, source: str, use: Use) -> dict[str, Any]:
        """The entry for a path of the host; one that belongs to the system needs leave, which it had in the source."""
        volume: dict[str, Any] = {"type": "bind", "source": source}
        why = self._refusal(volume)
        if why:
            volume["allow_system_path"] = True
            why = self._refusal(volume)
        if why:
            self._notes.add(use.at, f"{source} cannot be mounted: {why}", "mount it from another path")
            return {}
        return self.here(volume, use)

    def _refusal(self, volume: Mapping[str, Any]) -> str:
        """Why the type does not take an absolute path; a relative one counts from a folder that is not known here."""
        type_ = self._types.get("bind")
        if type_ is None or not str(volume["source"]).startswith("/"):
            return ""
        options = {key: value for key, value in volume.items() if key != "type"}
        try:
            type_.prepare(Spec(identity=_NOBODY, key="x", name="x", type="bind", options=options), None)
        except InvalidSpec as error:
            return error.message
        return ""

    def is_possible(self, use: Use) -> bool:
        """Whether anything can be mounted there."""
        if paths.within(use.target, RUN_FOLDER):
            self._notes.add(use.at, f"{RUN_FOLDER} belongs to scs in every container", "mount it elsewhere")
            return False
        if not _TARGET.fullmatch(use.target):
            self._notes.add(use.at, f"{use.target!r} is no path at which a manifest can mount", "mount it elsewhere")
            return False
        return True
