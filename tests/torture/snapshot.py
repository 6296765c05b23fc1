"""A host as lines of text without what differs from run to run by nature: ids, times, what the engine picks itself."""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.testbed import cgroups, names, sweep
from tests.testbed.host import Host
from tests.torture.api import Api
from tests.torture.foreign import FOREIGN

PICKED = ipaddress.ip_network(names.ADDRESS_POOL.partition("base=")[2].partition(",")[0])
BY_THE_WAY = {"scs.requires", "scs.folder"}
"""Labels that may differ between two ways to the same state: digests of endpoints hold addresses the engine picked,
and a run folder is one of two by turns."""


def lines(host: Host) -> Counter[str]:
    """One line an object, each with all that matters about it."""
    api = Api(host.seat.socket)
    containers = api.containers()
    networks = api.networks()
    kinds: tuple[tuple[str, list[Mapping[str, Any]]], ...] = (
        ("container", [_container(one) for one in containers]),
        ("network", [_network(one) for one in networks]),
        ("volume", [_volume(one) for one in api.volumes()]),
    )
    found = [
        f"{kind} {one['name']} {json.dumps(one, sort_keys=True)}"
        for kind, several in kinds
        for one in several
        if one["name"] not in FOREIGN and not one["name"].endswith(".failed")
    ]
    return Counter([*found, *_processes(host, containers), *_mounts(host, containers), *_files(host.folder / "run")])


def _container(one: Mapping[str, Any]) -> Mapping[str, Any]:
    config, host, settings = one["Config"], one["HostConfig"], one["NetworkSettings"]
    return {
        "name": one["Name"].lstrip("/"),
        "state": one["State"]["Status"],
        "image": config["Image"],
        "command": config["Cmd"],
        "env": sorted(line for line in config["Env"] or () if not _is_picked(line)),
        "labels": _labels(config["Labels"]),
        "restart": host["RestartPolicy"],
        "ports": host["PortBindings"],
        "mode": host["NetworkMode"] if host["NetworkMode"] in ("host", "none") else "",
        "mounts": sorted(
            (mount["Type"], mount.get("Name") or _either(mount.get("Source", "")), mount["Destination"], mount["RW"])
            for mount in one["Mounts"]
        ),
        "networks": {
            name: [have["IPAMConfig"] or {}, sorted(set(have["Aliases"] or ()) - {one["Id"][:12]})]
            for name, have in settings["Networks"].items()
        },
    }


def _is_picked(line: str) -> bool:
    """Whether an environment variable holds an address that the engine picked."""
    return any(_picked(word) for word in line.partition("=")[2].replace(":", " ").replace(",", " ").split())


def _picked(word: str) -> bool:
    try:
        return ipaddress.ip_address(word) in PICKED
    except ValueError:
        return False


def _labels(found: Mapping[str, str] | None) -> Mapping[str, str]:
    return {name: value for name, value in (found or {}).items() if name not in BY_THE_WAY}


def _network(one: Mapping[str, Any]) -> Mapping[str, Any]:
    pools = [pool for pool in one["IPAM"]["Config"] or () if ipaddress.ip_network(pool["Subnet"])[0] not in PICKED]
    return {
        "name": one["Name"],
        "driver": one["Driver"],
        "labels": _labels(one["Labels"]),
        "options": one["Options"],
        "internal": one["Internal"],
        "pools": pools,
        "members": sorted(member["Name"] for member in one["Containers"].values()),
    }


def _volume(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "name": one["Name"],
        "driver": one["Driver"],
        "labels": _labels(one["Labels"]),
        "options": one["Options"],
    }


def _processes(host: Host, containers: list[Any]) -> list[str]:
    """Processes of containers that do not run: ghosts."""
    running = {one["Id"] for one in containers if one["State"]["Running"]}
    seat = host.seat
    found = []
    for process in cgroups.members(seat.cgroup, but=(seat.engine_cgroup, seat.work_cgroup)):
        owner = _owner(process, seat.cgroup)
        if owner and owner not in running:
            name = next((one["Name"].lstrip("/") for one in containers if one["Id"] == owner), "one that is gone")
            found.append(f"ghost of container {name}")
    return found


def _owner(process: int, cgroup: str) -> str:
    """The container that a process belongs to; empty when it has just ended."""
    try:
        text = Path(f"/proc/{process}/cgroup").read_text()
    except OSError:
        return ""
    paths = (line.split(":", 2)[2] for line in text.splitlines())
    inside = (path.partition(f"{cgroup}/")[2].partition("/")[0] for path in paths if f"{cgroup}/" in path)
    return next((one for one in inside if len(one) == 64), "")


def _mounts(host: Host, containers: list[Any]) -> list[str]:
    """Mounts in the scratch folder, and roots of containers that do not run."""
    roots = sum("/overlay2/" in path and path.endswith("/merged") for path in sweep.mounts(host.seat.data))
    running = sum(bool(one["State"]["Running"]) for one in containers)
    extra = [f"root of a container that does not run, number {number}" for number in range(roots - running)]
    return [*extra, *(f"mount {path}" for path in sweep.mounts(host.folder))]


def _files(run: Path) -> list[str]:
    """scs's own notes, by their paths below the engine's folder; with their content where containers read them."""
    paths = [path for path in run.rglob("*") if path.is_file() and "lock" not in path.name]
    return [f"file {_either(str(Path(*path.relative_to(run).parts[1:])))} {_content(path)}" for path in paths]


def _either(path: str) -> str:
    """The same path for both run folders of a replica."""
    return path.replace(".b/", "/")


def _content(path: Path) -> str:
    """What a requirement's file says; nothing where the engine picked the address, or it is a note of scs itself."""
    text = path.read_text() if path.parent.name == "requires" else ""
    words = text.replace('"', " ").replace(":", " ").replace(",", " ").split()
    return "" if any(_picked(word) for word in words) else " ".join(words)
