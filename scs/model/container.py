"""Containers as a manifest asks for them, one value a replica."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

from scs.model.files import ContainerFile
from scs.model.identity import Digest, Identity, digest
from scs.model.image import Image, ReferencedImage
from scs.model.problem import Place
from scs.model.secret import SecretUse
from scs.model.service import Check, ExecCheck, Provided, Required

RUN_FOLDER = "/run/scs"
"""Where each container sees its run folder; nobody but scs mounts or puts anything there."""
SECRETS_FOLDER = f"{RUN_FOLDER}/secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What runs. None leaves the image's own word. `stop_grace` in seconds."""

    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    user: str = ""
    working_dir: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    hostname: str = ""
    init: bool = False
    stop_signal: str = ""
    stop_grace: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Limits. `memory` in bytes, `cpus` in processors, `pids` a count; None is no limit."""

    memory: int | None = None
    cpus: float | None = None
    pids: int | None = None
    ulimits: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the host; `permissions` some of r, w and m."""

    source: str
    target: str
    permissions: str = "rwm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What the container may do to the host."""

    privileged: bool = False
    read_only: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    options: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """The log driver, limited in size unless the manifest says otherwise."""

    driver: str = "json-file"
    options: Mapping[str, str] = field(default_factory=lambda: {"max-size": "10m", "max-file": "3"})


RestartPolicy = Literal["no", "always", "unless-stopped", "on-failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """What the engine does when the process ends; `attempts` only for `on-failure`, 0 is without end."""

    policy: RestartPolicy = "unless-stopped"
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A volume at a path of the container. `volume` is its name on the engine, `identity` the volume's digest."""

    target: str
    volume: str
    identity: Digest
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A place on a network. `network` is its name on the engine; empty addresses are picked by the engine."""

    network: str
    identity: Digest
    address: str = ""
    address6: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How the container finds others besides the networks' own names."""

    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)


Condition = Literal["started", "healthy", "completed"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
"""The weaker ones first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Another role of the manifest that has to be started, or healthy, first; or a job that has to be `completed`."""

    role: str
    condition: Condition = "started"


Order = Literal["", "start-first", "stop-first"]
OnFailure = Literal["stop", "continue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How replicas are replaced: `parallel` at a time, each watched for `monitor` seconds once it is healthy.

    `order` empty is as the facts allow it. When the replacement of one fails, the others are left as they are, unless
    `on_failure` is `continue`.
    """

    parallel: int = 1
    order: Order = ""
    monitor: float = 5.0
    on_failure: OnFailure = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A container that runs to its end, once for each content; `inputs` are part of that, as the manifest says them.

    After `timeout` seconds it is stopped and has failed.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One replica of a role, complete: nothing about it is decided later but the endpoints of its requirements.

    With `job` it is no replica: `role` is the job's name, and its number 1.
    """

    identity: Identity
    role: str
    number: int
    image: Image
    process: Process = Process()
    resources: Resources = Resources()
    security: Security = Security()
    logging: Logging = Logging()
    restart: Restart = Restart()
    mounts: tuple[Mount, ...] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    naming: Naming = Naming()
    labels: Mapping[str, str] = field(default_factory=dict)
    health: Check | None = None
    provides: tuple[Provided, ...] = ()
    requires: tuple[Required, ...] = ()
    after: tuple[After, ...] = ()
    update: Update = Update()
    job: Job | None = None
    secrets: tuple[SecretUse, ...] = ()
    files: tuple[ContainerFile, ...] = ()
    place: Place | None = field(default=None, compare=False)
    memo: dict[str, Mapping[str, Digest]] = field(
        default_factory=dict, init=False, repr=False, compare=False, metadata={"identity": False}
    )
    """What is asked for many times in a run and takes long: the digests."""

    @property
    def name(self) -> str:
        return self.identity.name(self.role, self.number)

    @property
    def parts(self) -> Mapping[str, Digest]:
        """The digest of each part that decides the engine's object, by its name."""
        if "parts" not in self.memo:
            self.memo["parts"] = self._digests()
        return self.memo["parts"]

    @property
    def digest(self) -> Digest:
        if "whole" not in self.memo:
            self.memo["whole"] = {"": digest(self.parts)}
        return self.memo["whole"][""]

    def _digests(self) -> Mapping[str, Digest]:
        """Most parts of most containers are as they are where the manifest says nothing of them."""
        usual = _usual()
        return {
            part: found[1] if (found := usual.get(part)) is not None and found[0] == value else digest(value)
            for part, value in self.wish().items()
        }

    def wish(self) -> Mapping[str, object]:
        """Each part that decides the engine's object; a container is replaced when one of them changes.

        Checks by `http` and `tcp`, the order of starts, `update` and `on_change` are scs's own business
        and are not in it; nor are files whose change needs no other container.
        """
        native = tuple(check for check in self.checks if isinstance(check.probe, ExecCheck))
        files = tuple(one for one in self.files if one.on_change == "recreate")
        wish: dict[str, object] = {
            "image": self.image.tag,
            "process": self.process,
            "limits": (self.resources.memory, self.resources.cpus, self.resources.pids),
            "ulimits": self.resources.ulimits,
            "security": self.security,
            "logging": self.logging,
            "restart": self.restart,
            "volumes": (self.mounts, self.tmpfs),
            "networks": self.attachments,
            "names": self.naming,
            "labels": self.labels,
            "health": native,
            "provides": self.provides,
            "requires": tuple((required.name, required.source) for required in self.requires),
            # Only where there are any, so that containers without keep the digest that they have.
            **({"secrets": self.secrets} if self.secrets else {}),
            **({"files": files} if files else {}),
        }
        if self.job is not None:
            wish["inputs"] = self.job.inputs
        return wish

    @property
    def known_as(self) -> Mapping[str, frozenset[str]]:
        """The names under which others on each of its networks find it, besides its own."""
        return {one.network: frozenset({self.role, *one.aliases}) for one in self.attachments}

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that has to pass before the container counts as healthy; none when it has no check."""
        own = () if self.health is None else (self.health,)
        return own + tuple(provided.check for provided in self.provides if provided.check is not None)


@cache
def _usual() -> Mapping[str, tuple[object, Digest]]:
    """The parts of a container of which nothing is said, with their digests."""
    nobody = Identity(environment="", service="")
    plain = Container(identity=nobody, role="", number=1, image=ReferencedImage(reference=""))
    return {part: (value, digest(value)) for part, value in plain.wish().items()}
