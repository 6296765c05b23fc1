"""What an inspected container may use and do: limits, restarts, rights, devices, names, its log and its check."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scs.manifest.imported import health, inspection, literal, logs, quantities, tmpfs
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes

_NANO = 1_000_000_000
_PRIVILEGED = "label=disable"
"""What the engine adds by itself for a privileged container, and for one in the host's namespaces."""


def limits(seen: Seen, notes: Notes) -> dict[str, Any]:
    host = seen.host
    own, wanted = (inspection.mapping(config, "Healthcheck") for config in (seen.own, seen.config))
    return {
        "resources": _resources(host),
        "restart": restart(
            inspection.text(inspection.mapping(host, "RestartPolicy"), "Name"),
            inspection.number(inspection.mapping(host, "RestartPolicy"), "MaximumRetryCount"),
        ),
        "capabilities": capabilities(inspection.words(host, "CapAdd"), inspection.words(host, "CapDrop")),
        "devices": [_device(each) for each in inspection.items(host, "Devices") if isinstance(each, Mapping)],
        "read_only": host.get("ReadonlyRootfs") is True,
        "tmpfs": {
            path: tmpfs.options(said, seen.at(f"HostConfig.Tmpfs.{path}"), notes)
            for path, said in inspection.texts(host.get("Tmpfs")).items()
        },
        "sysctls": {key: literal.scalar(value) for key, value in inspection.texts(host.get("Sysctls")).items()},
        "dns": inspection.words(host, "Dns"),
        "dns_search": inspection.words(host, "DnsSearch"),
        "extra_hosts": extra_hosts(inspection.words(host, "ExtraHosts"), seen.at("HostConfig.ExtraHosts"), notes),
        "security": _security(seen, notes),
        "privileged": host.get("Privileged") is True,
        "log": logs.log(
            inspection.text(inspection.mapping(host, "LogConfig"), "Type"),
            inspection.texts(inspection.mapping(host, "LogConfig").get("Config")),
        ),
        "health": health.inspected(wanted, own, seen.at("Config.Healthcheck"), notes),
    }


def _resources(host: Mapping[str, Any]) -> dict[str, Any]:
    memory, pids = inspection.number(host, "Memory"), inspection.number(host, "PidsLimit")
    nano, quota = inspection.number(host, "NanoCpus"), inspection.number(host, "CpuQuota")
    cpus = nano / _NANO if nano else quota / (inspection.number(host, "CpuPeriod") or 100_000)
    found = {
        "memory": quantities.size(memory) if memory > 0 else None,
        "cpus": (int(cpus) if cpus == int(cpus) else cpus) if cpus > 0 else None,
        "pids": pids if pids > 0 else None,
        "ulimits": {
            inspection.text(each, "Name"): ulimit(inspection.number(each, "Soft"), inspection.number(each, "Hard"))
            for each in inspection.items(host, "Ulimits")
            if isinstance(each, Mapping)
        },
    }
    return {key: value for key, value in found.items() if value}


def ulimit(soft: int, hard: int) -> int | dict[str, int]:
    return soft if soft == hard else {"soft": soft, "hard": hard}


def restart(policy: str, attempts: int) -> str | dict[str, Any] | None:
    """The engine's default is `no`, that of scs `unless-stopped`."""
    if policy == "on-failure" and attempts > 0:
        return {"policy": policy, "attempts": attempts}
    return None if policy == "unless-stopped" else policy or "no"


def capabilities(add: Sequence[str], drop: Sequence[str]) -> dict[str, list[str]]:
    names = {"add": add, "drop": drop}
    return {key: sorted({each.upper().removeprefix("CAP_") for each in value}) for key, value in names.items() if value}


def _device(found: Mapping[str, Any]) -> str | dict[str, str]:
    keys = ("PathOnHost", "PathInContainer", "CgroupPermissions")
    return device(*(inspection.text(found, key) for key in keys))


def device(source: str, target: str, permissions: str) -> str | dict[str, str]:
    said = {"target": target if target != source else "", "permissions": permissions if permissions != "rwm" else ""}
    more = {key: value for key, value in said.items() if value}
    return {"source": source, **more} if more else source


def extra_hosts(found: Sequence[str], at: str, notes: Notes) -> dict[str, str]:
    """From `name:address` or `name=address`."""
    hosts: dict[str, str] = {}
    for each in found:
        name, _, address = re.sub("[=:]", "\0", each, count=1).partition("\0")
        if name in hosts:
            notes.add(at, f"{name} has several addresses, and a manifest gives one", f"it has {hosts[name]}")
        else:
            hosts[name] = address.removeprefix("[").removesuffix("]")
    return hosts


def _security(seen: Seen, notes: Notes) -> list[str]:
    found = inspection.words(seen.host, "SecurityOpt")
    if seen.host.get("Privileged") or "host" in (seen.host.get("PidMode"), seen.host.get("IpcMode")):
        found = [each for each in found if each != _PRIVILEGED]
    return security(found, seen.at("HostConfig.SecurityOpt"), notes)


def security(found: Sequence[str], at: str, notes: Notes) -> list[str]:
    kept = []
    for each in dict.fromkeys(found):
        if re.match(r"seccomp[=:]\s*\{", each):
            notes.add(at, "a seccomp profile stands in a file", "write it to one and say security: [seccomp=FILE]")
        elif re.match(r"no-new-privileges|seccomp[=:]|(apparmor|label)[=:]", each):
            kept.append(each)
        else:
            notes.add(at, f"{each!r} cannot be said")
    return kept
