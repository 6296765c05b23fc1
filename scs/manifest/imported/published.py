"""The ports of an inspected container, as services that it provides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scs.manifest.imported import inspection, naming
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes

_EVERY = {"0.0.0.0", "::"}
_LAST = 65535


def provides(seen: Seen, notes: Notes) -> dict[str, dict[str, Any]]:
    """Those that are published, and those that the image does not expose by itself; none where it has no network."""
    bindings, own = inspection.mapping(seen.host, "PortBindings"), inspection.mapping(seen.own, "ExposedPorts")
    exposed = inspection.mapping(seen.config, "ExposedPorts")
    everything = seen.host.get("PublishAllPorts") is True
    if seen.mode in {"host", "none"} or seen.mode.startswith("container:"):
        bindings, exposed, everything = {}, {}, False
    found: dict[str, dict[str, Any]] = {}
    for port, protocol, key in sorted(_ports({**exposed, **bindings})):
        if key in bindings or everything or key not in own:
            publish = _publish(key, inspection.items(bindings, key), seen, notes)
            said = service(port, protocol, publish or ("auto" if everything else None))
            found[naming.provided(port, protocol, found)] = said
    return found


def service(port: int | str, protocol: str, publish: Any) -> dict[str, Any]:
    said = {"port": port, "protocol": protocol if protocol != "tcp" else None, "publish": publish}
    return {key: value for key, value in said.items() if value is not None}


def _ports(found: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    for key in found:
        port, _, protocol = key.partition("/")
        if port.isdigit() and 0 < int(port) <= _LAST:
            yield int(port), protocol or "tcp", key


def _publish(key: str, bindings: Any, seen: Seen, notes: Notes) -> Any:
    """A port of the host, or what says its address too. Both families on one port are every address."""
    said = [each for each in bindings if isinstance(each, Mapping)]
    addresses = {inspection.text(each, "HostIp") for each in said}
    if addresses == _EVERY and len({inspection.text(each, "HostPort") for each in said}) == 1:
        said = [{**said[0], "HostIp": ""}]
    for other in said[1:]:
        where = f"{inspection.text(other, 'HostIp') or '*'}:{inspection.text(other, 'HostPort') or 'auto'}"
        what = f"the port is published a second time, at {where}, and a manifest publishes it once"
        notes.add(seen.at(f"HostConfig.PortBindings.{key}"), what)
    if not said:
        return None
    port = inspection.text(said[0], "HostPort")
    if port not in {"", "0"} and not (port.isdigit() and int(port) <= _LAST):
        what = f"a range of ports of the host, {port}, cannot be said"
        notes.add(seen.at(f"HostConfig.PortBindings.{key}"), what, "the engine picks one")
    number: int | str = int(port) if port.isdigit() and 0 < int(port) <= _LAST else "auto"
    return at(number, inspection.text(said[0], "HostIp"))


def at(port: int | str, address: str) -> int | str | dict[str, int | str]:
    return {"port": port, "address": address} if address else port
