"""What a Compose file can say and a manifest cannot; not what is said elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scs.manifest.imported.notes import Notes

_SERVICE = {
    "image", "build", "command", "entrypoint", "environment", "labels", "sysctls", "extra_hosts", "ports", "expose",
    "volumes", "networks", "depends_on", "healthcheck", "deploy", "mem_limit", "cpus", "pids_limit", "scale",
    "restart", "user", "working_dir", "hostname", "cap_add", "cap_drop", "devices", "dns", "dns_search", "ulimits",
    "tmpfs", "read_only", "init", "privileged", "stop_signal", "stop_grace_period", "logging", "security_opt",
    "network_mode", "container_name", "profiles", "attach", "pull_policy",
}  # fmt: skip
_INSTEAD = {
    "env_file": "copy its lines to env:",
    "extends": "write out in the Compose file what it extends, and import again",
    "include": "name its files with --compose as well",
    "configs": "put the file into the image, or mount it as {type: bind, source: …}",
    "secrets": "mount the file as {type: bind, source: …, read_only: true}",
    "links": "roles on one network find each other by name",
    "shm_size": "mount {type: tmpfs, size: …} at /dev/shm",
    "group_add": "say user: USER:GROUP",
    "volumes_from": "name the same volumes in both",
    "develop": "mount the sources as {type: bind, source: …} in an overlay",
}
_TOP = {"name", "version", "services", "networks", "volumes"}


def top(found: Mapping[str, Any], notes: Notes) -> None:
    for key, value in found.items():
        if key.startswith("x-"):
            notes.add(key, "is left out", "what its anchors stand for is written out where it is used")
        elif key not in _TOP and value:
            notes.add(key, "cannot be said", _INSTEAD.get(key, ""))


def service(said: Mapping[str, Any], at: str, notes: Notes) -> None:
    _tell(said, _SERVICE, at, notes)
    deploy = said.get("deploy") or {}
    _tell(deploy, {"replicas", "resources", "restart_policy", "mode"}, f"{at}.deploy", notes)
    _tell(deploy.get("resources") or {}, {"limits"}, f"{at}.deploy.resources", notes)
    policy = deploy.get("restart_policy") or {}
    _tell(policy, {"condition", "max_attempts"}, f"{at}.deploy.restart_policy", notes)
    if said.get("pull_policy") not in {None, "missing", "if_not_present", "build"}:
        notes.add(f"{at}.pull_policy", "is left out", "write image: {reference: …, pull: always} or pull: never")


def network(said: Mapping[str, Any], at: str, notes: Notes) -> None:
    _tell(
        said, {"driver", "driver_opts", "external", "name", "internal", "enable_ipv6", "ipam", "attachable"}, at, notes
    )
    _tell(said.get("ipam") or {}, {"config"}, f"{at}.ipam", notes)


def volume(said: Mapping[str, Any], at: str, notes: Notes) -> None:
    _tell(said, {"driver", "driver_opts", "external", "name"}, at, notes)


def keys(said: Mapping[str, Any], known: Iterable[str], at: str, notes: Notes) -> None:
    """Takes a note of each key besides those known."""
    _tell(said, set(known), at, notes)


def _tell(said: Mapping[str, Any], known: set[str], at: str, notes: Notes) -> None:
    for key, value in said.items():
        if key not in known and value not in (None, False, "", [], {}):
            notes.add(f"{at}.{key}", "is left out" if key.startswith("x-") else "cannot be said", _INSTEAD.get(key, ""))
