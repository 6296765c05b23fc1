"""The networks that inspected containers are on; those that exist are referred to, never made or claimed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from scs.manifest.imported import inspection, naming
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes
from scs.model import labels

_BRIDGES = {"", "default", "bridge"}
_MODES = {"host", "none"}


def all_default(seen: Sequence[Seen]) -> bool:
    """Whether all are on the engine's own bridge alone; then they get one of the manifest's own, which has names."""
    return all(each.mode in _BRIDGES and set(_attached(each)) <= {"bridge"} for each in seen)


class Networks:
    """The manifest's networks, as containers name them."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, str]] = {}
        self._keys: dict[str, str] = {}

    def of(self, seen: Seen, roles: Collection[str], notes: Notes) -> dict[str, dict[str, Any]]:
        """What the container says of its networks; by its roles it is known there anyway."""
        if seen.mode.startswith("container:"):
            what = "a container cannot use the network of another"
            notes.add(seen.at("HostConfig.NetworkMode"), what, "put both on one network; it is on none for now")
            return {self._key("none"): {}}
        if seen.mode in _MODES:
            return {self._key(seen.mode): {}}
        attached = _attached(seen) or {"bridge": {}}
        found = {self._key(name): _place(name, roles, inspection.mapping(attached, name), seen) for name in attached}
        for name in attached:
            self._tell(seen.at(f"NetworkSettings.Networks.{name}"), inspection.mapping(attached, name), notes)
        return found

    def _key(self, name: str) -> str:
        if name not in self._keys:
            self._keys[name] = naming.unused(naming.key(name, otherwise="network"), self.entries)
            mode = {"type": name} if name in _MODES else {"type": "external", "name": name}
            self.entries[self._keys[name]] = mode
        return self._keys[name]

    @staticmethod
    def _tell(at: str, endpoint: Mapping[str, Any], notes: Notes) -> None:
        for key in ("Links", "DriverOpts"):
            if endpoint.get(key):
                notes.add(f"{at}.{key}", "cannot be said")
        if inspection.mapping(endpoint, "IPAMConfig").get("LinkLocalIPs"):
            notes.add(f"{at}.IPAMConfig.LinkLocalIPs", "cannot be said")


def _attached(seen: Seen) -> Mapping[str, Any]:
    return inspection.mapping(seen.container, "NetworkSettings", "Networks")


def _place(network: str, roles: Collection[str], endpoint: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Its own name was one by which others found it, and its new name is another; the engine adds its host name."""
    wish = inspection.mapping(endpoint, "IPAMConfig")
    found: dict[str, Any] = {
        "address": inspection.text(wish, "IPv4Address"),
        "address6": inspection.text(wish, "IPv6Address"),
    }
    if network != "bridge":
        project = seen.labels.get(inspection.COMPOSE_PROJECT, "")
        made = (project and seen.name.startswith((f"{project}-", f"{project}_"))) or labels.identity(seen.labels)
        given = () if made else (seen.name,)
        names = dict.fromkeys((*inspection.words(endpoint, "Aliases"), *given))
        known = {*roles, seen.short_id, inspection.text(seen.config, "Hostname"), ""}
        found["aliases"] = [each for each in names if each not in known]
    return {key: value for key, value in found.items() if value}
