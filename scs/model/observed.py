"""What was just read from the world, before anything is decided about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scs.model import aside, labels
from scs.model.aside import Slot
from scs.model.container import Restart
from scs.model.files import Delivered, Print
from scs.model.ghosts import NOTHING_LOST, Lost
from scs.model.identity import Digest, Identity
from scs.model.secret import Fingerprint
from scs.model.service import Endpoint
from scs.model.space import Room
from scs.model.steps import Do, Observation, Steps, Unknown
from scs.model.storage import Attaching, Binding, Network, Volume

State = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"]
EXITED = re.compile(r"Exited \((-?\d+)\)")
"""How the engine's sentence on a container that has ended begins."""
Health = Literal["", "starting", "healthy", "unhealthy"]
"""The engine's own health check; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPort:
    """A port of the host that the engine leads to a container. `address` is `0.0.0.0` or `::` for every address."""

    address: str
    port: int
    container_port: int
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedAttachment:
    """A container's place on a network. `address` is empty while it does not run; `fixed` are those asked for."""

    network: str
    network_id: str
    address: str = ""
    fixed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedContainer:
    """One container as the engine lists it, ours or not. `status` is the engine's own sentence."""

    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    image_id: str = ""
    command: str = ""
    state: State = "running"
    status: str = ""
    health: Health = ""
    created: int = 0
    network_mode: str = ""
    ports: tuple[PublishedPort, ...] = ()
    attachments: tuple[ObservedAttachment, ...] = ()
    volumes: tuple[str, ...] = ()
    """Names of the engine's volumes that it mounts."""

    @property
    def identity(self) -> Identity | None:
        return labels.identity(self.labels)

    @property
    def role(self) -> str:
        return self.labels.get(labels.ROLE, "")

    @property
    def number(self) -> int:
        number = self.labels.get(labels.NUMBER, "")
        return int(number) if number.isdecimal() else 0

    @property
    def replica(self) -> str:
        """The name of the replica that it stands for, whether it has that name now or stands beside."""
        return aside.split(self.name)[0]

    @property
    def slot(self) -> Slot:
        return aside.split(self.name)[1]

    @property
    def alive(self) -> bool:
        """Whether it has a process, or the engine is about to give it one again."""
        return self.state in ("running", "paused", "restarting")

    @property
    def is_job(self) -> bool:
        return labels.JOB in self.labels

    @property
    def exit_code(self) -> int | None:
        """What its process ended with; None while it runs, and where the engine did not see it end."""
        found = EXITED.match(self.status) if self.state == "exited" else None
        return int(found[1]) if found else None

    @property
    def folder(self) -> str:
        """The name of its run folder."""
        return self.labels.get(labels.FOLDER) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the engine says of one container when it is asked about it alone: what its list does not show.

    `user` is what it was made to run as, in its own words, empty where nobody said; `memory` in bytes, `cpus` in
    processors; `aliases` and `addresses` by network; `settings` is everything else that can be changed on a container
    that is there, as the engine calls it.
    """

    id: str = ""
    user: str = ""
    memory: int | None = None
    cpus: float | None = None
    pids: int | None = None
    restart: Restart = field(default_factory=Restart)
    aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    addresses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was kept of a container right after its start: the wish, field by field, and the settings it had then.

    Both are empty before that. `files` are those that were put into it, by path.
    """

    wish: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Delivered] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedNetwork:
    id: str
    name: str
    driver: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    subnets: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedVolume:
    name: str
    driver: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    mountpoint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedImage:
    id: str
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    created: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything that one engine has, from one list call a kind.

    `words` are the lists as the engine said them, but for what changes by itself; empty where they are not known.
    """

    containers: tuple[ObservedContainer, ...] = ()
    networks: tuple[ObservedNetwork, ...] = ()
    volumes: tuple[ObservedVolume, ...] = ()
    images: tuple[ObservedImage, ...] = ()
    words: bytes = field(default=b"", compare=False, repr=False)

    def container(self, name: str) -> ObservedContainer | None:
        return next((one for one in self.containers if one.name == name), None)

    def image(self, tag: str) -> ObservedImage | None:
        """The image behind a reference; a reference without a tag means `:latest`, Docker Hub needs no name."""
        short = tag.removeprefix("docker.io/").removeprefix("library/")
        full = short if "@" in short or ":" in short.rpartition("/")[2] else f"{short}:latest"
        return next((one for one in self.images if full in one.tags or one.id == tag), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVolume:
    """A prepared volume, what its provisioner saw, and the steps to the goal that the run has for it.

    `deletion` are the steps to Goal.DELETED, whatever the goal is.
    """

    volume: Volume
    observation: Observation
    steps: Steps
    binding: Binding | None = None
    deletion: Steps = field(default_factory=Do)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNetwork:
    """A prepared network, how containers get onto it, what its provisioner saw, and the steps to the run's goal."""

    network: Network
    attaching: Attaching
    observation: Observation
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """What scs itself keeps in `/run/scs` about the containers of a manifest; gone after a reboot.

    `told` maps the container's run folder and requirement to the digest of the endpoints that the container knows of;
    `files` maps run folder and path to the digest of the file that was put there last;
    `verified` holds the ids of containers whose checks have passed since they were started.
    """

    told: Mapping[tuple[str, str], Digest] = field(default_factory=dict)
    files: Mapping[tuple[str, str], Digest] = field(default_factory=dict)
    verified: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNote:
    """A run of a job that ended well: from which content and image, and when, in seconds since the epoch."""

    digest: Digest
    image_id: str
    when: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port of the host on which some process listens."""

    address: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What the engine can give: `cpus` processors, and the log drivers that it knows, plug-ins included.

    `folder` is where it keeps images and containers, as a path of the engine's own host; empty where it does not say.
    """

    cpus: int
    log_drivers: frozenset[str]
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The world as one pass saw it. `volumes` and `networks` are keyed by name, leftovers of the manifest included.

    `host_address` is the address under which containers reach this host, empty when it has none. `engine` is None
    where no container that is still to be made depends on it; `missing_devices` are paths of the host. `live` and
    `records` hold, by container id, what a change or a deep look has to know; `files`, by id and path, what became of
    delivered ones (None: gone), of those that a deep look could see. `job_notes` are those of
    the manifest's jobs by name.
    `secrets` holds by name what stands for the value of each secret that a container of this run uses. `room` is
    looked at only where something is to be made, and `lost` is what the engine has lost track of, as far as a plan
    made anybody look.
    """

    listing: Listing = Listing()
    volumes: Mapping[str, SeenVolume] = field(default_factory=dict)
    networks: Mapping[str, SeenNetwork] = field(default_factory=dict)
    run_folder: RunFolder = RunFolder()
    job_notes: Mapping[str, JobNote] = field(default_factory=dict)
    listeners: frozenset[Listener] = frozenset()
    host_address: str = ""
    live: Mapping[str, Live] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Print | None]] = field(default_factory=dict)
    engine: EngineFacts | None = None
    missing_devices: frozenset[str] = frozenset()
    secrets: Mapping[str, Fingerprint | Unknown] = field(default_factory=dict)
    lost: Lost = NOTHING_LOST
    room: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The endpoints of one requirement of one container, complete."""

    requirement: str
    endpoints: tuple[Endpoint, ...]
