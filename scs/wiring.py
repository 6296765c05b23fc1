"""The one module that names concrete classes: puts the world together, and finds provisioners by entry point."""

from __future__ import annotations

import os
import re
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scs.adapters import lock as locking
from scs.adapters import places, processes
from scs.adapters.clock import SystemClock
from scs.adapters.commands import SystemCommands
from scs.adapters.delivery import TmpfsDelivery
from scs.adapters.docker import listed
from scs.adapters.host import LinuxHost
from scs.adapters.jobs import StateJobNotes
from scs.adapters.recording import Keeping, Recording
from scs.adapters.records import DiskRecords
from scs.adapters.rendering import JinjaRenderer
from scs.adapters.secrets import HostSecrets, readable_by_others
from scs.adapters.sources import DiskSources
from scs.adapters.standstill import keep as standstill
from scs.adapters.standstill.keep import Asked, NotedRenderer, NotedSources
from scs.contract import errors, masking
from scs.contract.context import Progress
from scs.contract.journal import Intent, Journal, Terms, Trouble
from scs.contract.provisioner import NetworkProvisioner, VolumeProvisioner
from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.manifest import load as loading
from scs.manifest.given import Tools
from scs.manifest.types import NetworkType, Types, VolumeType
from scs.model import exposure
from scs.model.desired import Desired
from scs.model.image import Buildable
from scs.model.observed import Observed
from scs.model.plan import Goals, Plan

if TYPE_CHECKING:
    from scs.adapters.saved_plans import SavedPlan
    from scs.contract.history import History

VOLUMES = "scs.volumes"
NETWORKS = "scs.networks"


def load(
    files: Sequence[Path],
    settings: Iterable[str] | None,
    var_files: Iterable[Path] | None,
    asked: Asked | None = None,
) -> Desired:
    """The compiled manifest; notes in `asked` what was read. Raises model.problem.Invalid with all of its mistakes."""
    noted = asked or Asked()
    return loading.load(
        files=tuple(map(str, files)),
        settings=tuple(settings or ()),
        var_files=tuple(map(str, var_files or ())),
        environ=dict(os.environ),
        tools=Tools(
            sources=NotedSources(DiskSources(), noted), renderer=NotedRenderer(JinjaRenderer(), noted), types=types()
        ),
    )


def asked() -> Asked:
    """Notes, from now on, what a manifest is compiled from."""
    return Asked()


def keep_standstill(
    desired: Desired, observed: Observed, asked: Asked, engine: str, *, locked: bool, said: tuple[str, str]
) -> None:
    """Notes that this command found nothing to do, and what it rested on; `said` is what it says then."""
    own, identity = run_folder(engine), desired.identity
    standstill.keep(
        standstill.Rest(
            desired=desired,
            observed=observed,
            asked=asked,
            engine=engine,
            identity=str(age_identity()),
            folders=(
                str(own / identity.environment / identity.service),
                str(_records(engine)),
                str(_job_notes(engine) / identity.environment / identity.service),
            ),
            lock=str(own / "lock") if locked else "",
            out=said[0],
            err=said[1],
        )
    )


def _records(engine: str) -> Path:
    return state_folder() / "started" / run_folder(engine).name


def _job_notes(engine: str) -> Path:
    return state_folder() / "jobs" / run_folder(engine).name


def world(engine: str, stop: threading.Event | None = None) -> World:
    """Everything that a run may touch, on the engine at this address. Setting `stop` interrupts what waits."""
    stopping = stop or threading.Event()
    # A bootstrap may be ended in the middle, a provisioner's command (mkfs, resize2fs) has to run to its end.
    ending, finishing = SystemCommands(stopping), SystemCommands(threading.Event())
    return World(
        engine=listed.engine(engine),
        images=_Builder(engine, ending, stopping),
        delivery=TmpfsDelivery(run_folder(engine)),
        jobs=StateJobNotes(_job_notes(engine)),
        host=LinuxHost(),
        records=DiskRecords(_records(engine)),
        clock=SystemClock(stopping),
        commands=finishing,
        secrets=HostSecrets(
            key=state_folder() / "secrets.key",
            identity=age_identity(),
            environ=dict(os.environ),
            commands=ending,
            hide=masking.MASK.hide,
        ),
        renderer=JinjaRenderer(),
        volumes=_volumes(),
        networks=_networks(),
        folders={
            "own": (str(run_folder(engine)),),
            "build": (str(state_folder() / "bases"), os.environ.get("TMPDIR") or "/tmp"),
        },
    )


class _Builder:
    """Builds images; what that takes is imported when the first one is built."""

    def __init__(self, engine: str, commands: SystemCommands, stop: threading.Event) -> None:
        self._engine = engine
        self._commands = commands
        self._stop = stop

    def build(self, image: Buildable, progress: Progress, *, fresh: bool = False) -> None:
        from scs.adapters.images.builder import DockerImageBuilder  # noqa: PLC0415 - slow, and most runs build none

        cache = state_folder() / "bases"
        builder = DockerImageBuilder(self._engine, commands=self._commands, cache=cache, stop=self._stop)
        builder.build(image, progress, fresh=fresh)


def lock(engine: str, *, wait: float, stop: threading.Event) -> AbstractContextManager[None]:
    """The engine's lock, waited for up to `wait` seconds."""
    return locking.exclusive(run_folder(engine) / "lock", wait=wait, clock=SystemClock(stop))


def recording(shown: Reporter, intent: Intent, engine: str, terms: Terms, tell: Callable[[str], None]) -> Recording:
    """A reporter that writes the engine's history as well, from the first change on."""

    def journal() -> Journal:
        from scs.adapters import history_file  # noqa: PLC0415 - a run that changes nothing does without a database

        set_aside = None if terms.required else lambda line: tell(f"scs: {line}")
        return history_file.to_write(history_folder(engine), set_aside=set_aside)

    return Recording(shown, intent, terms, Keeping(open=journal, tell=tell))


def intent(desired: Desired, goals: Goals, note: str) -> Intent:
    """What this process sets out to do."""
    command = shlex.join(["scs", *sys.argv[1:]])
    return Intent(desired=desired, goals=goals, command=command, who=processes.who(), note=note)


@contextmanager
def history(engine: str) -> Iterator[History]:
    """The engine's history for reading; what cannot be read of it is a Failure."""
    from scs.adapters import history_file  # noqa: PLC0415 - only a few commands read it

    try:
        found = history_file.to_read(history_folder(engine))
        try:
            yield found
        finally:
            found.close()
    except Trouble as trouble:
        raise errors.Failure(str(trouble)) from trouble


def save_plan(path: Path, desired: Desired, goals: Goals, plan: Plan, engine: str) -> None:
    """Writes the plan to a file, for `approved_plan`."""
    from scs.adapters import saved_plans  # noqa: PLC0415 - it reads and writes values, which takes a library

    saved = saved_plans.SavedPlan(
        made=time.time(),
        who=processes.who(),
        engine=run_folder(engine).name,
        desired=desired,
        goals=goals,
        steps=saved_plans.steps(plan),
    )
    saved_plans.write(path, saved)


def saved_plan(path: Path, engine: str) -> tuple[SavedPlan, Callable[[Plan], None]]:
    """The plan of a file, and what refuses a plan that is not the same. Raises Refusal for another engine."""
    from scs.adapters import saved_plans  # noqa: PLC0415 - see above

    saved = saved_plans.read(path)
    here = run_folder(engine).name
    if saved.engine != here:
        raise errors.Refusal(f"{path} was planned for another engine ({saved.engine}, and this is {here}): plan again")
    hold_types(saved.desired, str(path))
    return saved, lambda plan: saved_plans.approve(saved, plan, name=str(path))


def hold_types(desired: Desired, what: str) -> None:
    """Raises Refusal when what was compiled earlier has a type of volume or network that is no longer installed."""
    for kind, known, used in (("volume", _volumes(), desired.volumes), ("network", _networks(), desired.networks)):
        for one in used:
            if one.type not in known:
                raise errors.Refusal(
                    f"{what} has the {kind} {one.key} of type {one.type}, which is not installed here: install its "
                    f"provisioner; nothing was changed"
                )


def missing_source(image: Buildable) -> str:
    """The first file from which the image could not be built again; empty when all are there."""
    from scs.adapters.images import remaking  # noqa: PLC0415 - only a rollback asks

    return remaking.missing_source(image)


def types() -> Types:
    """What the compiler has to know of every installed provisioner."""
    return Types(
        volumes={name: VolumeType(schema=one.schema, prepare=one.prepare) for name, one in _volumes().items()},
        networks={name: NetworkType(schema=one.schema, prepare=one.prepare) for name, one in _networks().items()},
    )


def run_root() -> Path:
    """Where scs keeps what need not survive a reboot."""
    root = os.environ.get("SCS_RUN_DIR") or (
        "/run/scs" if os.geteuid() == 0 else f"{os.environ.get('XDG_RUNTIME_DIR') or f'/run/user/{os.getuid()}'}/scs"
    )
    return Path(root)


def run_folder(engine: str) -> Path:
    """What of that is an engine's, by whatever name it goes."""
    return run_root() / _engine_name(engine)


@contextmanager
def hosts_entry(name: str) -> Iterator[str]:
    """The loopback address of this name for the block, in the hosts file as long; without a name only tidies there."""
    from scs.adapters import hosts_file  # noqa: PLC0415 - for one command only

    hosts, locks = hosts_file.HOSTS, run_root() / "hosts.lock"
    if not name:
        hosts_file.tidy(hosts=hosts, locks=locks)
        yield ""
        return
    with hosts_file.entry(name, hosts=hosts, locks=locks) as address:
        yield address


def state_folder() -> Path:
    """Where scs keeps what it would rather not make again."""
    return Path(places.state())


def history_folder(engine: str) -> Path:
    """Where the engine's history is."""
    return state_folder() / _engine_name(engine)


def _engine_name(engine: str) -> str:
    """The name of an engine's folders, the same by whatever address it goes."""
    scheme, _, path = engine.partition("://")
    same = f"unix://{os.path.realpath(path)}" if scheme == "unix" else engine
    return re.sub(r"[^a-z0-9.]+", "-", same.lower()).strip("-")


def age_identity() -> Path:
    """The file with this host's key of age, for values that are encrypted in manifests."""
    own = Path(os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")) / "scs"
    folder = Path("/etc/scs") if os.geteuid() == 0 else own
    return Path(os.environ.get("SCS_AGE_IDENTITY") or folder / "age.key")


def warnings(desired: Desired) -> Iterator[str]:
    """What a person should know of a manifest that is right all the same."""
    yield from exposure.visible(desired)
    yield from readable_by_others(desired)


def folders(engine: str) -> Mapping[str, str]:
    """What scs keeps, and where."""
    state = "cached base images, the history, notes on jobs that are done"
    return {"run files, /run/scs in containers": str(run_folder(engine)), state: str(state_folder())}


def roles(names: Iterable[str] | None, desired: Desired) -> frozenset[str]:
    """The roles and jobs that were named, each of which the manifest must have."""
    return _known(names, {one.role for one in desired.everything}, f"{desired.identity} has no role")


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
