"""The ports of a service of a Compose file, as services that the role provides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs.manifest.imported import naming, published, quantities
from scs.manifest.imported.compose.values import Values, listed

_LAST = 65535
_PROTOCOLS = {"tcp", "udp", "sctp"}
_RANGE = re.compile(r"[0-9]+-[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Port:
    """Texts as they are written; an empty `host` lets the engine pick."""

    target: str
    protocol: str = "tcp"
    publishes: bool = True
    host: str = ""
    address: str = ""


def provides(service: Mapping[str, Any], at: str, values: Values) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    taken: set[tuple[int, str]] = set()
    ports = [(f"{at}.ports[{index}]", each) for index, each in enumerate(service.get("ports") or ())]
    exposed = [(f"{at}.expose", _exposed(each)) for each in listed(service.get("expose"))]
    for where, one in [*((where, _port(each, where, values)) for where, each in ports), *exposed]:
        said = str(values.here(one.target, where))
        number = quantities.count(said)
        if _RANGE.fullmatch(said):
            values.notes.add(where, f"a range of ports, {said}, cannot be said", "name each by itself")
        elif number is None or not 0 < number <= _LAST or one.protocol not in _PROTOCOLS:
            values.notes.add(where, f"{said}/{one.protocol} is no port")
        elif (number, one.protocol) not in taken:
            taken.add((number, one.protocol))
            publish = _publish(one, where, values) if one.publishes else None
            found[naming.provided(number, one.protocol, found)] = published.service(number, one.protocol, publish)
        elif one.publishes:
            what = f"port {number} is published a second time, and a manifest publishes it once"
            values.notes.add(where, what)
    return found


def _exposed(said: str) -> _Port:
    target, _, protocol = said.partition("/")
    return _Port(target=target, protocol=protocol or "tcp", publishes=False)


def _port(said: Any, at: str, values: Values) -> _Port:
    if isinstance(said, Mapping):
        for key in said:
            if key not in {"target", "published", "host_ip", "protocol", "mode", "name", "app_protocol"}:
                values.notes.add(f"{at}.{key}", "cannot be said")
        host = said.get("published")
        return _Port(
            target=str(said["target"]),
            protocol=str(said.get("protocol") or "tcp").lower(),
            host="" if host is None else str(host),
            address=said.get("host_ip") or "",
        )
    rest, _, protocol = str(said).partition("/")
    rest, _, target = rest.rpartition(":")
    address, _, host = rest.rpartition(":")
    return _Port(target=target, protocol=protocol.lower() or "tcp", host=host, address=address.strip("[]"))


def _publish(one: _Port, at: str, values: Values) -> Any:
    address = values.here(one.address, at)
    if one.host in {"", "0"}:
        return published.at("auto", address)
    if _RANGE.fullmatch(values.variables.resolved(one.host)):
        values.notes.add(at, f"a range of ports of the host, {one.host}, cannot be said", "the engine picks one")
        return published.at("auto", address)
    port = values.count(one.host, at)
    return None if port is None else published.at(port, address)
