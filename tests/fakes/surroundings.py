"""A whole world in memory around the fake engine: clock, host, image builder, reporter; its folders are real."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from provisioners.bridge import Bridge
from provisioners.docker_volume import DockerVolume
from provisioners.modes import Host as HostNetwork
from provisioners.tmpfs import Tmpfs
from scs.adapters.delivery import TmpfsDelivery
from scs.adapters.jobs import StateJobNotes
from scs.adapters.records import DiskRecords
from scs.adapters.rendering import JinjaRenderer
from scs.adapters.secrets import HostSecrets
from scs.contract import errors
from scs.contract.context import Completed, Progress
from scs.contract.world import World
from scs.model import labels
from scs.model.ghosts import Mounted
from scs.model.image import Buildable, BuiltImage
from scs.model.observed import Listener
from scs.model.outcome import Outcome
from scs.model.plan import Action, Plan
from scs.model.service import Check
from scs.model.space import Left
from tests.fakes.engine import FakeEngine


class FakeClock:
    """Time that passes only when somebody sleeps. `stop_after` sleeps, the run is asked to stop."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stopped = False

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if self.stopped:
            raise errors.Interrupted
        self.now += seconds

    def undisturbed(self) -> FakeClock:
        calm = FakeClock()
        calm.now = self.now
        return calm


class FakeHost:
    """A host whose services answer unless `sick` says of an address why they do not."""

    def __init__(self) -> None:
        self.sick: dict[str, str] = {}
        self.probes: list[str] = []
        self.missing: set[str] = set()
        self.processes: dict[str, tuple[int, ...]] = {}
        """Processes of containers by their ids; those of `stubborn` cannot be ended."""
        self.mounts: dict[int, tuple[Mounted, ...]] = {}
        self.stubborn: set[str] = set()
        self.looks = 0
        """How often somebody looked for processes of containers."""
        self.left: dict[str, Left] = {}
        """What is left for a folder; plenty where nothing is set."""
        self.rooms: list[tuple[str, ...]] = []
        """The folders whose room was asked for, each time."""

    def listeners(self) -> frozenset[Listener]:
        return frozenset()

    def address(self) -> str:
        return "198.18.0.2"

    def probe(self, address: str, check: Check) -> str:
        self.probes.append(address)
        return self.sick.get(address, "")

    def exists(self, path: str) -> bool:
        return path not in self.missing

    def program(self, name: str) -> str:
        return f"/usr/bin/{name}"

    def writable(self, folder: str) -> bool:
        return True

    def containers(self) -> Mapping[str, tuple[int, ...]]:
        self.looks += 1
        return dict(self.processes)

    def mounted(self, process: int, folders: Collection[str]) -> tuple[Mounted, ...]:
        found = self.mounts.get(process, ())
        return tuple(one for one in found if any(PurePath(one.path).is_relative_to(folder) for folder in folders))

    def end(self, container: str, seconds: float) -> tuple[int, ...]:
        return self.processes.get(container, ()) if container in self.stubborn else self._ended(container)

    def _ended(self, container: str) -> tuple[int, ...]:
        self.processes.pop(container, None)
        return ()

    def room(self, folders: Collection[str]) -> Mapping[str, Left]:
        self.rooms.append(tuple(folders))
        return {one: self.left.get(one, Left(bytes=2**40)) for one in folders}


class FakeImages:
    """Builds at once; `broken` holds the tags whose build fails."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self.broken: set[str] = set()
        self.built: list[str] = []

    def build(self, image: Buildable, progress: Progress, *, fresh: bool = False) -> None:
        if image.tag in self.broken:
            raise errors.Failure(f"step 1 of 1 of image {image.tag} failed", detail="E: no such package")
        progress.say("step 1/1")
        self.built.append(image.tag)
        name = {labels.IMAGE_NAME: image.name} if isinstance(image, BuiltImage) else {}
        self._engine.add_image(image.tag, labels=name)


class NoCommands:
    """No subprocess is needed by what these tests use."""

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        raise errors.Failure(f"{argv[0]} is not installed")


class Recorder:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.outcomes: list[Outcome] = []
        self.lines: list[str] = []

    def planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def started(self, action: Action) -> None:
        pass

    def says(self, action: Action, line: str) -> None:
        self.lines.append(line)

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


class Surroundings:
    """`world` is what the code under test gets; the rest is there for tests to turn and to read."""

    def __init__(self, folder: Path, engine: FakeEngine | None = None) -> None:
        self.engine = engine or FakeEngine(volumes_folder=folder / "volumes")
        self.engine.add_image("bb:1")
        self.clock = FakeClock()
        self.host = FakeHost()
        self.images = FakeImages(self.engine)
        self.reporter = Recorder()
        self._folder = folder
        self.environ: dict[str, str] = {}
        self.hidden: list[bytes] = []
        self.world = World(
            engine=self.engine,
            images=self.images,
            delivery=TmpfsDelivery(folder / "run"),
            records=DiskRecords(folder / "started"),
            jobs=StateJobNotes(folder / "state"),
            host=self.host,
            clock=self.clock,
            commands=NoCommands(),
            secrets=self._secrets(folder),
            renderer=JinjaRenderer(),
            volumes={"docker": DockerVolume(), "tmpfs": Tmpfs()},
            networks={"bridge": Bridge(), "host": HostNetwork()},
        )

    def renew_secrets(self) -> None:
        """What a new run begins with: no value is known yet."""
        self.world = replace(self.world, secrets=self._secrets(self._folder))

    def _secrets(self, folder: Path) -> HostSecrets:
        return HostSecrets(
            key=folder / "secrets.key",
            identity=folder / "age.key",
            environ=self.environ,
            commands=NoCommands(),
            hide=self.hidden.append,
        )
