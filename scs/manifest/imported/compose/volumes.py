"""The volumes of a Compose file, and what its services mount of them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs.manifest.imported import quantities
from scs.manifest.imported.compose import unsaid
from scs.manifest.imported.compose.values import Values
from scs.manifest.imported.volumes import Use, Volumes

_NAMED, _BIND, _TMPFS = "volume", "bind", "tmpfs"
_MODES = {"rw", "cached", "delegated", "consistent", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The service that mounts: its role, its place in the file."""

    role: str
    at: str


class Mounts:
    """Mounts the volumes of one file; `project` is in the names that Compose gives to those it makes."""

    def __init__(self, found: Mapping[str, Any], project: str, volumes: Volumes, values: Values) -> None:
        self._found = found.get("volumes") or {}
        self._project = project
        self._volumes = volumes
        self._values = values

    def of(self, service: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """What the role says under `volumes`, by path."""
        found: dict[str, Any] = {}
        for index, each in enumerate(service.get("volumes") or ()):
            at = f"{place.at}.volumes[{index}]"
            said = each if isinstance(each, Mapping) else self._short(str(each), at)
            target = str(self._values.here(said.get("target") or "", at))
            use = Use(
                role=place.role,
                target=posixpath.normpath(target) if target else "",
                at=at,
                read_only=self._values.flag(said.get("read_only"), f"{at}.read_only"),
            )
            found |= self._mount(said, use)
        return found

    def _short(self, text: str, at: str) -> dict[str, Any]:
        """`[SOURCE:]TARGET[:MODE]`; a source that is no path is the name of a volume."""
        parts = text.split(":")
        if len(parts) == 1:
            return {"type": _NAMED, "target": text}
        source, target, *modes = parts
        words = set(self._values.variables.resolved(",".join(modes)).split(","))
        for word in sorted(words - _MODES - {"ro"}):
            self._values.notes.add(at, f"the mode {word!r} cannot be said")
        begins = self._values.variables.resolved(source)[:1]
        kind = _BIND if begins in {"/", ".", "~"} else _NAMED
        return {"type": kind, "source": source, "target": target, "read_only": "ro" in words}

    def _mount(self, said: Mapping[str, Any], use: Use) -> dict[str, Any]:
        known = ("type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs")
        unsaid.keys(said, known, use.at, self._values.notes)
        kind, source = said.get("type") or _NAMED, said.get("source")
        if kind == _TMPFS:
            return self._volumes.here({"type": "tmpfs", **self._tmpfs(said.get("tmpfs") or {}, use.at)}, use)
        if kind == _BIND and source:
            bind = {
                key: each
                for key, each in (said.get("bind") or {}).items()
                if (key, each) != ("propagation", "rprivate")
            }
            unsaid.keys(bind, ("create_host_path",), f"{use.at}.bind", self._values.notes)
            return self._volumes.bind(self._values.path(source), use)
        if kind != _NAMED:
            self._values.notes.add(use.at, f"a mount of type {kind!r} cannot be said")
            return {}
        if not source:
            return self._volumes.here({"type": "docker"}, use)
        options = said.get("volume") or {}
        unsaid.keys(options, ("subpath",), f"{use.at}.volume", self._values.notes)
        key = self._named(str(self._values.here(source, use.at)))
        if options.get("subpath"):
            return self._volumes.here({"type": "sub", "of": key, "path": options["subpath"]}, use)
        return self._volumes.mounted(key, use)

    def _tmpfs(self, said: Mapping[str, Any], at: str) -> dict[str, Any]:
        size = self._values.size(said.get("size"), f"{at}.tmpfs.size")
        mode = quantities.mode(said.get("mode"))
        return {**({"size": size} if size else {}), **({"mode": mode} if mode else {})}

    def _named(self, name: str) -> str:
        """The key of a named volume. scs does not take over what Compose has made, or somebody else."""
        said, at = self._found.get(name) or {}, f"volumes.{name}"
        external = said.get("external")
        given = (external.get("name") if isinstance(external, Mapping) else None) or said.get("name")
        if external or given:
            given = self._values.here(given or name, at)
            self._volumes.foreign(given, at)
            return self._volumes.named(name, {"type": "docker", "name": given})
        unsaid.volume(said, at, self._values.notes)
        what = f"scs makes a volume of its own, and does not take over {self._project}_{name}, if Compose has made that"
        self._values.notes.add(at, what, "copy its data over after the first apply")
        driver, options = said.get("driver"), self._values.texts(said.get("driver_opts"))
        more = {"driver": driver} if driver and driver != "local" else {}
        return self._volumes.named(name, {"type": "docker", **more, **({"driver_options": options} if options else {})})
