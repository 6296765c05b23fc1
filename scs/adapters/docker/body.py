"""From a creation to what the engine is sent for it, as JSON data; sends nothing itself.

Mounts, never Binds: the engine makes a missing host path of a bind as root's, and refuses it for a mount.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from docker.types import IPAMConfig, IPAMPool

from scs.adapters.docker.details import NANO
from scs.contract.engine import Creation, Pool
from scs.model.container import RUN_FOLDER, Attachment, Container, Device, Mount, Resources, Restart
from scs.model.service import Check, ExecCheck, environment
from scs.model.storage import PREDEFINED_BRIDGE, Binding, EngineVolume, HostPath, Tmpfs

NO_NETWORK = "none"

Json = dict[str, Any]


def container(creation: Creation) -> Json:
    """The body of `POST /containers/create`. Raises Failure for what no engine can do."""
    wish = creation.container
    process = wish.process
    config: Json = {
        "Image": wish.image.tag,
        "Env": list(_env(creation)),
        "Labels": {**wish.labels, **creation.labels},
        "HostConfig": _host(creation),
        **_given(
            Cmd=list(process.command or ()),
            User=process.user,
            WorkingDir=process.working_dir,
            Hostname=process.hostname,
            StopSignal=process.stop_signal,
        ),
        # An empty entrypoint is a wish too: it takes the image's away.
        **({} if process.entrypoint is None else {"Entrypoint": list(process.entrypoint)}),
        "StopTimeout": math.ceil(process.stop_grace),
    }
    if creation.one_off is not None:
        return {**config, **_one_off(creation)}
    ports: Json = {f"{one.port}/{one.protocol}": {} for one in wish.provides}
    return {
        **config,
        **_given(ExposedPorts=ports, Healthcheck=_healthcheck(wish)),
        **_networking(wish, creation.modes),
    }


def update(limits: Resources, restart: Restart) -> Json:
    """The body of `POST /containers/ID/update`. What is left out stays as it is.

    Swap is set along with memory, to twice as much, as the engine itself does: it refuses memory above the old swap.
    """
    swap = None if limits.memory is None else 2 * limits.memory
    return {
        "RestartPolicy": _policy(restart),
        **_given(
            Memory=limits.memory,
            MemorySwap=swap,
            NanoCpus=None if limits.cpus is None else round(limits.cpus * NANO),
            PidsLimit=limits.pids,
        ),
    }


def attachment(wish: Attachment, role: str) -> Json:
    """An endpoint's configuration: its addresses, and the names under which others on the network find it."""
    known_by = () if wish.network == PREDEFINED_BRIDGE or not role else (role,)
    addresses = _given(IPv4Address=wish.address, IPv6Address=wish.address6)
    return _given(IPAMConfig=addresses, Aliases=list(dict.fromkeys((*wish.aliases, *known_by))))


def ipam(pools: Sequence[Pool]) -> IPAMConfig | None:
    """The address ranges of a network. None lets the engine pick everything."""
    if not pools:
        return None
    return IPAMConfig(
        pool_configs=[
            IPAMPool(subnet=one.subnet or None, gateway=one.gateway or None, iprange=one.dynamic or None)
            for one in pools
        ]
    )


def _one_off(creation: Creation) -> Json:
    """No health check, not even the image's own: nobody waits for it."""
    one_off = creation.one_off
    if one_off is None:
        return {}
    return {
        **_given(Cmd=list(one_off.command)),
        "Tty": one_off.terminal,
        "OpenStdin": one_off.stdin,
        "StdinOnce": one_off.stdin,
        "AttachStdin": one_off.stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
    }


def _env(creation: Creation) -> Iterator[str]:
    """Sorted. What the manifest says itself stands above what follows from requirements."""
    found: dict[str, str] = {}
    for required in creation.container.requires:
        found |= environment(required.name, creation.endpoints.get(required.name, ()))
    found |= creation.container.process.env
    found |= creation.secrets
    return (f"{name}={found[name]}" for name in sorted(found))


def _host(creation: Creation) -> Json:
    wish = creation.container
    security, limits = wish.security, wish.resources
    return {
        "NetworkMode": _mode(wish, creation.modes),
        "LogConfig": {"Type": wish.logging.driver, "Config": dict(wish.logging.options)},
        "RestartPolicy": _restart(creation),
        "AutoRemove": False,
        **_given(
            Mounts=list(_mounts(creation)),
            Tmpfs=dict(wish.tmpfs),
            PortBindings={} if creation.one_off else _published(wish),
            Init=wish.process.init,
            Memory=limits.memory,
            NanoCpus=None if limits.cpus is None else round(limits.cpus * NANO),
            PidsLimit=limits.pids,
            Ulimits=[
                {"Name": name, "Soft": soft, "Hard": hard} for name, (soft, hard) in sorted(limits.ulimits.items())
            ],
            CapAdd=list(security.cap_add),
            CapDrop=list(security.cap_drop),
            Devices=[_device(one) for one in security.devices],
            SecurityOpt=list(security.options),
            Sysctls=dict(security.sysctls),
            Privileged=security.privileged,
            ReadonlyRootfs=security.read_only,
            Dns=list(wish.naming.dns),
            DnsSearch=list(wish.naming.dns_search),
            ExtraHosts=[f"{name}:{address}" for name, address in sorted(wish.naming.extra_hosts.items())],
        ),
    }


def _device(wish: Device) -> Json:
    return {
        "PathOnHost": wish.source,
        "PathInContainer": wish.target,
        "CgroupPermissions": wish.permissions,
    }


def _restart(creation: Creation) -> Json:
    if creation.one_off is not None:
        return {"Name": "no"}
    return _policy(creation.container.restart)


def _policy(wish: Restart) -> Json:
    attempts = {"MaximumRetryCount": wish.attempts} if wish.policy == "on-failure" else {}
    return {"Name": wish.policy, **attempts}


def _published(wish: Container) -> Json:
    """An empty port lets the engine pick one."""
    return {
        f"{one.port}/{one.protocol}": [
            {"HostIp": one.publish.address, "HostPort": str(one.publish.port or "")},
        ]
        for one in wish.provides
        if one.publish is not None
    }


def _mounts(creation: Creation) -> Iterator[Json]:
    for mount in creation.container.mounts:
        yield _mount(mount, creation.bindings[mount.volume])
    if creation.run_folder:
        yield {"Type": "bind", "Source": creation.run_folder, "Target": RUN_FOLDER, "ReadOnly": True}


def _mount(mount: Mount, binding: Binding) -> Json:
    made: Json = {"Target": mount.target, "ReadOnly": mount.read_only}
    match binding:
        case HostPath(path=path):
            return {"Type": "bind", "Source": path, **made}
        case EngineVolume(name=name):
            return {"Type": "volume", "Source": name, **made}
        case Tmpfs(size=size, mode=mode):
            return {"Type": "tmpfs", **made, **_given(TmpfsOptions=_given(SizeBytes=size, Mode=mode))}
    assert_never(binding)


def _mode(wish: Container, modes: Mapping[str, str]) -> str:
    if not wish.attachments:
        return NO_NETWORK
    first = wish.attachments[0].network
    return modes.get(first, first)


def _networking(wish: Container, modes: Mapping[str, str]) -> Json:
    """The first network; the others are connected before the container starts."""
    if not wish.attachments or wish.attachments[0].network in modes:
        return {}
    first = wish.attachments[0]
    return {"NetworkingConfig": {"EndpointsConfig": {first.network: attachment(first, wish.role)}}}


def _healthcheck(wish: Container) -> Json | None:
    """The engine runs checks by command; the others are scs's. None leaves what the image says."""
    checks = (wish.health, *(one.check for one in wish.provides))
    for check in checks:
        if check is not None and isinstance(check.probe, ExecCheck):
            return _native(check, check.probe)
    return None


def _native(check: Check, probe: ExecCheck) -> Json:
    return {
        "Test": ["CMD", *probe.command],
        "Interval": round(check.interval * NANO),
        "Timeout": round(check.timeout * NANO),
        "StartPeriod": round(check.start_period * NANO),
        "Retries": check.retries,
    }


def _given(**fields: object) -> Json:
    """Without what was not asked for, which is the engine's or the image's to say."""
    return {name: value for name, value in fields.items() if value}
