"""What the engine can do for a container and a manifest cannot say, row by row; not what is said elsewhere."""

from __future__ import annotations

import json
from typing import Any

from scs.manifest.imported import inspection
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes

_NONE: tuple[Any, ...] = (None, "", 0, -1, [], {}, False)
_SAID = {
    "AutoRemove", "Binds", "CapAdd", "CapDrop", "ConsoleSize", "ContainerIDFile", "CpuPeriod", "CpuQuota", "Devices",
    "Dns", "DnsSearch", "ExtraHosts", "Init", "LogConfig", "Memory", "Mounts", "NanoCpus", "NetworkMode", "PidsLimit",
    "PortBindings", "Privileged", "PublishAllPorts", "ReadonlyRootfs", "RestartPolicy", "SecurityOpt", "Sysctls",
    "Tmpfs", "Ulimits", "VolumeDriver", "VolumesFrom", "CgroupnsMode", "KernelMemory", "KernelMemoryTCP",
    "IOMaximumIOps", "IOMaximumBandwidth", "CpuCount", "CpuPercent", "Isolation", "MaskedPaths", "ReadonlyPaths",
    "MemorySwap", "OomKillDisable", "Cgroup",
}  # fmt: skip
"""Said by the manifest, of another system, or looked at below."""
_USUAL: dict[str, tuple[Any, ...]] = {
    "IpcMode": ("private", "shareable"),
    "ShmSize": (64 * 1024**2,),
    "Runtime": ("runc", "io.containerd.runc.v2"),
}
_INSTEAD = {
    "AutoRemove": "scs keeps containers until the manifest is without them",
    "Links": "put both on one network, where they find each other by name",
    "ShmSize": "mount {type: tmpfs, size: …} at /dev/shm",
    "GroupAdd": "say user: USER:GROUP",
}
_CONFIG = ("Tty", "OpenStdin", "Domainname", "MacAddress", "NetworkDisabled")


def tell(seen: Seen, notes: Notes) -> None:
    """Takes a note of each."""
    host = seen.host
    for key, value in sorted(host.items()):
        usual = value in _NONE or value in _USUAL.get(key, ())
        if not usual and (key not in _SAID or key == "AutoRemove"):
            notes.add(seen.at(f"HostConfig.{key}"), f"{_shown(value)} cannot be said", _INSTEAD.get(key, ""))
    if not host.get("Privileged"):
        for key in ("MaskedPaths", "ReadonlyPaths"):
            if host.get(key) == []:
                notes.add(seen.at(f"HostConfig.{key}"), "none cannot be said", "privileged: true has none")
    if host.get("OomKillDisable") is True:
        notes.add(seen.at("HostConfig.OomKillDisable"), "true cannot be said")
    _tell_swap(seen, notes)
    for key in _CONFIG:
        if seen.config.get(key):
            notes.add(seen.at(f"Config.{key}"), f"{_shown(seen.config[key])} cannot be said")


def _tell_swap(seen: Seen, notes: Notes) -> None:
    """The engine itself gives twice the memory."""
    memory, swap = (inspection.number(seen.host, key) for key in ("Memory", "MemorySwap"))
    if swap not in (0, memory * 2):
        notes.add(seen.at("HostConfig.MemorySwap"), f"{swap} cannot be said", "resources.memory brings as much swap")


def _shown(value: object) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
