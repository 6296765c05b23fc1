"""The container engine: reads that list, and the few calls that change something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from scs.model.container import Attachment, Container, Resources, Restart
from scs.model.files import Print
from scs.model.observed import EngineFacts, Listing, Live, ObservedContainer
from scs.model.service import Endpoint
from scs.model.storage import Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """Everything that the engine needs to create a container: the wish, and what was only known now.

    `bindings` maps names of volumes to what the container gets; `modes` names of networks that are a mode
    (`host`, `none`) to it; `endpoints` is what its requirements resolved to; `run_folder` is the folder of the host
    that becomes `/run/scs`; `labels` comes on top of the container's own; `secrets` are environment variables that are
    not to be shown.
    """

    container: Container
    name: str
    labels: Mapping[str, str]
    bindings: Mapping[str, Binding]
    modes: Mapping[str, str]
    endpoints: Mapping[str, tuple[Endpoint, ...]]
    run_folder: str
    one_off: OneOff | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """How a container of `scs run` differs from its role: another command, no ports, no own address, no restart."""

    command: tuple[str, ...]
    terminal: bool
    stdin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNetwork:
    """A bridge network. Ranges are subnets in CIDR notation; `options` and `labels` go to the engine as they are."""

    name: str
    driver: str
    labels: Mapping[str, str]
    pools: tuple[Pool, ...] = ()
    internal: bool = False
    ipv6: bool = False
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Empty fields are picked by the engine. `dynamic` is where addresses are picked from."""

    subnet: str = ""
    gateway: str = ""
    dynamic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecResult:
    code: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInside:
    """`folder` is the mount of the container that the file lies in, `/` for none."""

    path: str
    content: bytes = field(repr=False)
    mode: int
    uid: int
    gid: int
    folder: str = "/"


class Engine(Protocol):
    """One container engine on this host.

    Each call has a deadline of its own. Calls raise EngineUnavailable, Retry, Uncertain or Failure and nothing else.
    What is already so is success: starting what runs, stopping what stands, removing what is gone.
    """

    address: str

    def version(self) -> str:
        """Asks whether it answers at all, within seconds."""
        ...

    def facts(self) -> EngineFacts:
        """What it can give to containers."""
        ...

    def list(self) -> Listing:
        """One call a kind: containers (stopped ones too), networks, volumes, images."""
        ...

    def containers(self) -> tuple[ObservedContainer, ...]:
        """The containers alone, for whoever waits for one."""
        ...

    def inspect(self, container: str) -> Mapping[str, Any]:
        """All that the engine tells of one container, by name or id, in its own words. None there is a Failure."""
        ...

    def inspect_image(self, image: str) -> Mapping[str, Any]:
        """All that the engine tells of one image, in its own words; empty when it is gone."""
        ...

    def restarts(self, container: str) -> int | None:
        """How often the engine has started it again by itself since it was last started; None when it does not run."""
        ...

    def live(self, container: str) -> Live | None:
        """What its list does not show; None when it is gone."""
        ...

    def create_container(self, creation: Creation) -> str:
        """The new container's id. A name that is taken is a Failure that names the holder."""
        ...

    def read_file(self, container: str, path: str) -> bytes | None:
        """A file inside a container, which need not run; None when it is not there. At most 1 MiB."""
        ...

    def file_print(self, container: str, path: str) -> Print | None:
        """What is at a path inside a container, which need not run; None when nothing is. Links are not followed."""
        ...

    def put_files(self, container: str, files: Sequence[FileInside]) -> None:
        """Puts files into a container, which need not run; folders on the way are made. A folder is never replaced."""
        ...

    def connect(self, container: str, attachment: Attachment) -> None: ...

    def start(self, container: str) -> None: ...

    def disconnect(self, container: str, network: str) -> None: ...

    def update(self, container: str, limits: Resources, restart: Restart) -> None:
        """Changes the limits that are given, and the restart policy, of a container that may be running."""
        ...

    def unpause(self, container: str) -> None: ...

    def stop(self, container: str, grace: float) -> None:
        """Asks the process to end, kills it after `grace` seconds."""
        ...

    def restart(self, container: str, grace: float) -> None:
        """Stops it as `stop` does, and starts it."""
        ...

    def signal(self, container: str, signal: str) -> None:
        """Sends a signal to its process. One that does not run is a Failure."""
        ...

    def rename(self, container: str, name: str) -> None:
        """A name that another has is a Failure that names the holder."""
        ...

    def remove_container(self, container: str) -> None:
        """Never with its volumes. A running container is a Failure."""
        ...

    def exec(self, container: str, command: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> ExecResult:
        """Runs a command inside and waits. Output is standard output and error together, the last 64 KiB."""
        ...

    def logs(self, container: str, *, tail: int) -> tuple[str, ...]:
        """The last lines, oldest first, control characters escaped."""
        ...

    def follow(self, container: str, *, follow: bool, since: float | None, tail: int | None) -> Iterator[bytes]:
        """Log lines as they come, each with its line end. `since` in seconds since the epoch."""
        ...

    def create_network(self, network: NewNetwork) -> None: ...

    def remove_network(self, network: str) -> None: ...

    def create_volume(self, name: str, driver: str, options: Mapping[str, str], labels: Mapping[str, str]) -> None: ...

    def remove_volume(self, name: str) -> None: ...

    def pull(self, reference: str) -> Iterator[str]:
        """Pulls, saying what it does. To be exhausted."""
        ...
