"""The networks of a Compose file, and how its services are on them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from scs.manifest.imported import naming
from scs.manifest.imported.compose import unsaid
from scs.manifest.imported.compose.values import Values, listed

_DEFAULT = "default"
_MODES = {"host", "none"}


class Networks:
    """The manifest's networks, as services name them."""

    def __init__(self, found: Mapping[str, Any], values: Values) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self._found = found.get("networks") or {}
        self._values = values
        self._keys: dict[str, str] = {}
        services = [each for name, each in found["services"].items() if not name.startswith("x-")]
        self._implicit = not any(each.get("networks") or each.get("network_mode") for each in services) and not (
            self._found.get(_DEFAULT)
        )

    def of(self, service: Mapping[str, Any], at: str, aliases: list[str]) -> dict[str, dict[str, Any]]:
        """What the role says of its networks: nothing where all are on the one that is there anyway."""
        mode = self._values.here(service.get("network_mode"), f"{at}.network_mode")
        if mode in _MODES:
            return {self._key(mode, {"type": mode}): {}}
        if mode == "bridge":
            return {self._key(mode, {"type": "external", "name": "bridge"}): {}}
        if mode:
            what = f"{mode!r} is no network that a role can be on"
            self._values.notes.add(f"{at}.network_mode", what, "put both on one network; it is on none for now")
            return {self._key("none", {"type": "none"}): {}}
        if self._implicit and not aliases:
            return {}
        said = service.get("networks") or [_DEFAULT]
        places = said if isinstance(said, Mapping) else {name: {} for name in said}
        return {
            self._declared(name): self._place(each or {}, f"{at}.networks.{name}", aliases)
            for name, each in places.items()
            if not name.startswith("x-")
        }

    def _declared(self, name: str) -> str:
        at = f"networks.{name}"
        if name not in self._found and name != _DEFAULT:
            self._values.notes.add(at, "is on no list of the file's networks", "a bridge is written for it")
        return self._key(name, None)

    def _key(self, name: str, network: dict[str, Any] | None) -> str:
        mark = name if network is None else f"mode {name}"
        if mark not in self._keys:
            self._keys[mark] = naming.unused(naming.key(name, otherwise="network"), self.entries)
            self.entries[self._keys[mark]] = network or _network(
                self._found.get(name) or {}, name, f"networks.{name}", self._values
            )
        return self._keys[mark]

    def _place(self, said: Mapping[str, Any], at: str, more: list[str]) -> dict[str, Any]:
        unsaid.keys(said, ("aliases", "ipv4_address", "ipv6_address"), at, self._values.notes)
        found = {
            "address": said.get("ipv4_address"),
            "address6": said.get("ipv6_address"),
            "aliases": list(dict.fromkeys([*listed(said.get("aliases")), *more])),
        }
        return {key: value for key, value in found.items() if value}


def _network(said: Mapping[str, Any], name: str, at: str, values: Values) -> dict[str, Any]:
    external = said.get("external")
    if external:
        given = (external.get("name") if isinstance(external, Mapping) else None) or said.get("name") or name
        return {"type": "external", "name": given}
    unsaid.network(said, at, values.notes)
    driver = said.get("driver") or "bridge"
    if driver in _MODES:
        return {"type": driver}
    if driver not in {"bridge", "default"}:
        values.notes.add(f"{at}.driver", f"the driver {driver} is none of scs's", "a bridge is written for it")
    if said.get("name"):
        values.notes.add(f"{at}.name", "scs names networks after environment, service and key")
    found = {
        "type": "bridge",
        **_pools(said, at, values),
        "internal": values.flag(said.get("internal"), f"{at}.internal"),
        "driver_options": values.texts(said.get("driver_opts")),
    }
    return {key: value for key, value in found.items() if value}


def _pools(said: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, pool in enumerate((said.get("ipam") or {}).get("config") or ()):
        where = f"{at}.ipam.config[{index}]"
        unsaid.keys(pool, ("subnet", "gateway", "ip_range"), where, values.notes)
        subnet, version = pool.get("subnet"), _version(values.variables.resolved(pool.get("subnet") or ""))
        keys = {"subnet": subnet, "gateway": pool.get("gateway"), "dynamic": pool.get("ip_range")}
        filled = {key: value for key, value in keys.items() if value}
        if version is None:
            values.notes.add(where, f"{subnet!r} is no subnet")
        elif ("subnet" if version == 4 else "ipv6") in found:
            values.notes.add(where, f"a second IPv{version} subnet cannot be said")
        else:
            found |= filled if version == 4 else {"ipv6": filled}
    if values.flag(said.get("enable_ipv6"), f"{at}.enable_ipv6") and "ipv6" not in found:
        values.notes.add(f"{at}.enable_ipv6", "the subnet of IPv6 has to be said", "write ipv6: {subnet: …}")
    return found


def _version(subnet: str) -> int | None:
    try:
        return ipaddress.ip_network(subnet, strict=False).version
    except ValueError:
        return None
