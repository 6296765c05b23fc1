"""Looks for processes that the engine has lost track of, where a plan depends on that, and ends one container's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from scs.contract import errors
from scs.contract.world import World
from scs.model import aside
from scs.model.container import RUN_FOLDER
from scs.model.desired import Desired
from scs.model.ghosts import Ghost, Mounted
from scs.model.observed import Observed
from scs.model.operations import EndGhost
from scs.model.plan import Plan
from scs.model.storage import EngineVolume, HostPath
from scs.plan import ghosts
from scs.plan.ghosts import Asked

LOOKS = 3
PAUSE = 0.5
"""A start that is under way looks the same for a moment: processes, and an engine that does not say so yet."""
END_SECONDS = 30.0


def look(plan: Plan, desired: Desired, observed: Observed, world: World) -> Observed:
    """The same world with the ghosts in it that matter for this plan. For most plans nobody has to look."""
    asked = ghosts.asked(plan, desired, observed)
    if not asked.containers and not asked.volumes:
        return observed
    there = world.host.containers()
    found = {
        one.id: Ghost(id=one.id, processes=there[one.id], replica=one.replica)
        for one in asked.containers
        if one.id in there
    }
    found |= {one.id: one for one in _unlisted(asked, there, desired, observed, world)}
    # What was made or started since the engine was asked is none.
    now = {one.id: one.state for one in world.engine.containers()} if found else {}
    ended = {one.id for one in asked.containers}
    found = {
        one: ghost for one, ghost in found.items() if one not in now or (one in ended and now[one] in ghosts.ENDED)
    }
    return replace(observed, lost=replace(observed.lost, ghosts=found)) if found else observed


def end(ending: EndGhost, world: World) -> None:
    """Returns when none of its processes is left. Raises Retry when the engine knows of it after all."""
    for _ in range(LOOKS):
        now = next((one for one in world.engine.containers() if one.id == ending.id), None)
        if now is not None and now.state not in ghosts.ENDED:
            raise errors.Retry(f"{ending.name} is {now.state} by now: somebody else started it")
        world.clock.sleep(PAUSE)
    left = world.host.end(ending.id, END_SECONDS)
    if left:
        numbers = ",".join(map(str, left))
        raise errors.Failure(
            f"{ending.name}: its processes outlive a kill -9: see what they wait for with 'ps -o pid,stat,wchan -p "
            f"{numbers}'; a device or file server that does not answer, or the freezer, then apply again"
        )


def start(container: str, world: World) -> None:
    """Starts it, and notes down when the engine never will, although nothing of it lives."""
    try:
        world.engine.start(container)
    except errors.LostTask:
        live = world.engine.live(container)
        if live is not None and live.id not in world.host.containers():
            world.records.lose(live.id)
        raise


def _unlisted(
    asked: Asked, there: Mapping[str, tuple[int, ...]], desired: Desired, observed: Observed, world: World
) -> Iterator[Ghost]:
    """Those that write to a volume, and whose container the engine does not have."""
    if not asked.volumes:
        return
    listed = {one.id for one in observed.listing.containers}
    folders = dict(_folders(asked.volumes, observed))
    above = world.delivery.above(desired.identity)
    inside = {process: one for one in listed for process in there.get(one, ())}
    for one, processes in there.items():
        outer = tuple(process for process in processes if process not in inside)
        if one in listed or not outer:
            continue
        mounts = tuple(mount for process in outer for mount in world.host.mounted(process, (above, *folders.values())))
        replica = _replica(mounts, above)
        volumes = {name for name, folder in folders.items() if any(_writes(mount, folder) for mount in mounts)}
        volumes = volumes if replica else {name for name in volumes if _alone(name, observed)}
        if volumes:
            yield Ghost(id=one, processes=outer, replica=replica, volumes=frozenset(volumes))


def _folders(volumes: frozenset[str], observed: Observed) -> Iterator[tuple[str, str]]:
    """Where each volume is on this host; those that are still to be made are nowhere."""
    points = {one.name: one.mountpoint for one in observed.listing.volumes}
    for name in sorted(volumes):
        match observed.volumes[name].binding:
            case HostPath(path=path):
                yield name, path
            case EngineVolume(name=known) if points.get(known):
                yield name, points[known]
            case _:
                pass


def _alone(name: str, observed: Observed) -> bool:
    """Whether the folder is nothing but this volume. Others may share a folder that the volume only points at."""
    seen = observed.volumes[name]
    parent = seen.volume.parent
    own = isinstance(seen.binding, EngineVolume) or seen.volume.host_path is not None
    return own or (parent is not None and _alone(parent, observed))


def _replica(mounts: tuple[Mounted, ...], above: str) -> str:
    """The replica of this manifest whose run folder it has, which proves whose it was; empty without one."""
    for one in mounts:
        if one.target == RUN_FOLDER and PurePosixPath(one.path).is_relative_to(above):
            folder = PurePosixPath(one.path).relative_to(above).parts[:1]
            return aside.of_folder("".join(folder))
    return ""


def _writes(mount: Mounted, folder: str) -> bool:
    return mount.writable and PurePosixPath(mount.path).is_relative_to(folder)
