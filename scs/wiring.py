"""The one module that names concrete classes: puts the world together, and finds provisioners by entry point."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from scs.adapters import lock as locking
from scs.adapters.clock import SystemClock
from scs.adapters.commands import SystemCommands
from scs.adapters.delivery import TmpfsDelivery
from scs.adapters.host import LinuxHost
from scs.adapters.rendering import JinjaRenderer
from scs.adapters.sources import DiskSources
from scs.contract import errors
from scs.contract.provisioner import NetworkProvisioner, VolumeProvisioner
from scs.contract.world import World
from scs.manifest import load as loading
from scs.manifest.given import Tools
from scs.manifest.types import NetworkType, Types, VolumeType
from scs.model.desired import Desired

VOLUMES = "scs.volumes"
NETWORKS = "scs.networks"


def load(files: Sequence[Path], settings: Iterable[str] | None, var_files: Iterable[Path] | None) -> Desired:
    """The compiled manifest. Raises model.problem.Invalid with all of its mistakes."""
    return loading.load(
        files=tuple(map(str, files)),
        settings=tuple(settings or ()),
        var_files=tuple(map(str, var_files or ())),
        environ=dict(os.environ),
        tools=Tools(sources=DiskSources(), renderer=JinjaRenderer(), types=types()),
    )


def world(engine: str, stop: threading.Event | None = None) -> World:
    """Everything that a run may touch, on the engine at this address. Setting `stop` interrupts what waits."""
    # The engine's SDK is slow to import, and what only reads manifests does without it.
    from scs.adapters.docker.engine import DockerEngine  # noqa: PLC0415 - see above
    from scs.adapters.images.builder import DockerImageBuilder  # noqa: PLC0415 - see above

    stopping = stop or threading.Event()
    # A bootstrap may be ended in the middle, a provisioner's command (mkfs, resize2fs) has to run to its end.
    ending, finishing = SystemCommands(stopping), SystemCommands(threading.Event())
    return World(
        engine=DockerEngine(engine),
        images=DockerImageBuilder(engine, commands=ending, cache=state_folder() / "bases", stop=stopping),
        delivery=TmpfsDelivery(run_folder(engine)),
        host=LinuxHost(),
        clock=SystemClock(stopping),
        commands=finishing,
        volumes=_volumes(),
        networks=_networks(),
    )


def lock(engine: str, *, wait: float, stop: threading.Event) -> AbstractContextManager[None]:
    """The engine's lock, waited for up to `wait` seconds."""
    return locking.exclusive(run_folder(engine) / "lock", wait=wait, clock=SystemClock(stop))


def types() -> Types:
    """What the compiler has to know of every installed provisioner."""
    return Types(
        volumes={name: VolumeType(schema=one.schema, prepare=one.prepare) for name, one in _volumes().items()},
        networks={name: NetworkType(schema=one.schema, prepare=one.prepare) for name, one in _networks().items()},
    )


def run_folder(engine: str) -> Path:
    """Where scs keeps what need not survive a reboot; a folder for each engine, by whatever name it goes."""
    root = os.environ.get("SCS_RUN_DIR") or (
        "/run/scs" if os.geteuid() == 0 else f"{os.environ.get('XDG_RUNTIME_DIR') or f'/run/user/{os.getuid()}'}/scs"
    )
    scheme, _, path = engine.partition("://")
    same = f"unix://{os.path.realpath(path)}" if scheme == "unix" else engine
    return Path(root) / re.sub(r"[^a-z0-9.]+", "-", same.lower()).strip("-")


def state_folder() -> Path:
    """Where scs keeps what it would rather not make again."""
    fallback = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
    root = "/var/lib/scs" if os.geteuid() == 0 else f"{fallback}/scs"
    return Path(os.environ.get("SCS_STATE_DIR") or root)


def folders(engine: str) -> Mapping[str, str]:
    """What scs keeps, and where."""
    return {"run files, /run/scs in containers": str(run_folder(engine)), "cached base images": str(state_folder())}


def roles(names: Iterable[str] | None, desired: Desired) -> frozenset[str]:
    """The roles that were named, each of which the manifest must have."""
    return _known(names, {one.role for one in desired.containers}, f"{desired.identity} has no role")


def volume_keys(names: Iterable[str] | None, desired: Desired) -> frozenset[str]:
    """The volumes that were named, each of which the manifest must have."""
    return _known(names, {one.key for one in desired.volumes}, f"{desired.identity} has no volume")


def _known(names: Iterable[str] | None, known: set[str], complaint: str) -> frozenset[str]:
    for name in names or ():
        if name not in known:
            raise errors.Refusal(f"{complaint} '{name}'; it has: {', '.join(sorted(known)) or 'none'}")
    return frozenset(names or ())


@cache
def _volumes() -> Mapping[str, VolumeProvisioner]:
    return _provisioners(VOLUMES)


@cache
def _networks() -> Mapping[str, NetworkProvisioner]:
    return _provisioners(NETWORKS)


def _provisioners(group: str) -> Mapping[str, Any]:
    return {point.name: point.load()() for point in sorted(entry_points(group=group), key=lambda one: one.name)}
