"""A Docker Engine in memory: the contract's calls over a Listing; runs nothing, fails as the engine does."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from scs.contract import errors
from scs.contract.engine import Creation, ExecResult, FileInside, NewNetwork
from scs.model.container import Attachment, Resources, Restart
from scs.model.files import Print
from scs.model.observed import (
    EngineFacts,
    Listing,
    Live,
    ObservedAttachment,
    ObservedContainer,
    ObservedImage,
    ObservedNetwork,
    ObservedVolume,
    PublishedPort,
)
from scs.model.storage import EngineVolume
from tests.fakes import allocation

DEFAULT_NETWORKS = tuple(
    ObservedNetwork(id=f"{number:064x}", name=name, driver=driver, subnets=subnets)
    for number, (name, driver, subnets) in enumerate(
        (("bridge", "bridge", ("172.17.0.0/16",)), ("host", "host", ()), ("none", "null", ()))
    )
)

P = ParamSpec("P")
R = TypeVar("R")


def _alone(method: Callable[Concatenate[FakeEngine, P], R]) -> Callable[Concatenate[FakeEngine, P], R]:
    """One change at a time: several threads of an executor call the same engine."""

    @wraps(method)
    def locked(engine: FakeEngine, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with engine.lock:
            return method(engine, *args, **kwargs)

    return locked


class FakeEngine:
    """`calls` holds every call that may change something, as `operation target`, in order.

    `volumes_folder` makes volumes real folders. Tests change the world behind scs's back through `listing`.
    """

    def __init__(self, listing: Listing | None = None, *, volumes_folder: Path | None = None) -> None:
        self.address = "unix:///run/fake-engine.sock"
        self.listing = Listing(networks=DEFAULT_NETWORKS) if listing is None else listing
        self.calls: list[str] = []
        self.commands: dict[str, Callable[[Sequence[str]], ExecResult]] = {}
        """What `exec` answers, by container name; success where nothing is set."""
        self.made: dict[str, tuple[Resources, Restart, str]] = {}
        """What each container was made with: limits, restart policy, role."""
        self.published: dict[str, tuple[PublishedPort, ...]] = {}
        """What each is to publish, by its id; where it says no port, one is picked anew at each start."""
        self.aliases: dict[tuple[str, str], frozenset[str]] = {}
        self.settings: dict[str, dict[str, str]] = {}
        self.exit_codes: dict[str, int | None] = {}
        """What jobs end with, by container name; 0 where nothing is set, None for one that does not end."""
        self.files: dict[str, bytes] = {}
        """What `read_file` finds in any container, by path."""
        self.user = ""
        """The user that every image says."""
        self.created: list[Creation] = []
        self.inside: dict[tuple[str, str], FileInside] = {}
        """What was put into containers, by their id and the path."""
        self._volumes_folder = volumes_folder
        self._last = 1000
        self.lock = threading.RLock()

    def version(self) -> str:
        return "20.10.24"

    def facts(self) -> EngineFacts:
        return EngineFacts(cpus=2, log_drivers=frozenset({"json-file", "local", "syslog"}), folder="/var/lib/docker")

    def list(self) -> Listing:
        return self.listing

    # Containers

    @_alone
    def containers(self) -> tuple[ObservedContainer, ...]:
        """Whoever waits for a job sees it run once; then it has ended."""
        there = self.listing.containers
        for one in there:
            code = self.exit_codes.get(one.name, 0)
            if one.is_job and one.state == "running" and code is not None:
                self._put_container(replace(one, state="exited", status=f"Exited ({code}) 1 second ago"))
        return there

    def inspect(self, container: str) -> Mapping[str, Any]:
        """Only what the listing has; what is asked of a real engine alone is tested there."""
        one = self._container(container)
        return {
            "Id": one.id,
            "Name": f"/{one.name}",
            "Config": {"Image": one.image, "Labels": dict(one.labels)},
        }

    def inspect_image(self, image: str) -> Mapping[str, Any]:
        one = self.listing.image(image)
        return {} if one is None else {"Id": one.id, "RepoTags": list(one.tags)}

    def live(self, container: str) -> Live | None:
        one = next((one for one in self.listing.containers if container in (one.id, one.name)), None)
        if one is None:
            return None
        resources, restart, _ = self.made.get(one.id, (Resources(), Restart(), ""))
        return Live(
            id=one.id,
            user=self.user,
            memory=resources.memory,
            cpus=resources.cpus,
            pids=resources.pids,
            restart=restart,
            aliases={have.network: self.aliases.get((one.id, have.network), frozenset()) for have in one.attachments},
            addresses={have.network: frozenset({have.address} - {""}) for have in one.attachments},
            settings=self.settings.get(one.id, {}),
        )

    @_alone
    def update(self, container: str, limits: Resources, restart: Restart) -> None:
        self._called("update", container)
        one = self._container(container)
        self.made[one.id] = (limits, restart, self.made[one.id][2])

    @_alone
    def disconnect(self, container: str, network: str) -> None:
        self._called("disconnect", f"{container} {network}")
        one = self._container(container)
        left = tuple(have for have in one.attachments if have.network != network)
        self._put_container(replace(one, attachments=left))

    def restarts(self, container: str) -> int | None:
        one = next((one for one in self.listing.containers if container in (one.id, one.name)), None)
        return 0 if one is not None and one.state == "running" else None

    @_alone
    def create_container(self, creation: Creation) -> str:
        self._called("create_container", creation.name)
        holder = self.listing.container(creation.name)
        if holder is not None:
            raise errors.Failure(f"the name {creation.name} is taken by container {holder.id[:12]}")
        container = creation.container
        image = self.listing.image(container.image.tag)
        if image is None:
            raise errors.Failure(f"the engine has no image {container.image.tag}")
        mode = next(
            (creation.modes[one.network] for one in container.attachments if one.network in creation.modes),
            "",
        )
        first = () if mode else container.attachments[:1]
        made = ObservedContainer(
            id=self._id(),
            name=creation.name,
            labels={**container.labels, **creation.labels},
            image=container.image.tag,
            image_id=image.id,
            state="created",
            status="Created",
            created=self._last,
            network_mode=mode or (first[0].network if first else "default"),
            attachments=tuple(
                ObservedAttachment(network=one.network, network_id="", address=one.address, fixed=_fixed(one))
                for one in first
            ),
            volumes=tuple(one.name for one in creation.bindings.values() if isinstance(one, EngineVolume)),
        )
        self.created.append(creation)
        self._put_container(made)
        self.published[made.id] = (
            ()
            if creation.one_off
            else tuple(
                PublishedPort(
                    address=one.publish.address or "0.0.0.0",
                    port=one.publish.port,
                    container_port=one.port,
                    protocol=one.protocol,
                )
                for one in container.provides
                if one.publish is not None
            )
        )
        self.made[made.id] = (container.resources, container.restart, container.role)
        for one in first:
            self.aliases[made.id, one.network] = container.known_as[one.network]
        return made.id

    def read_file(self, container: str, path: str) -> bytes | None:
        self._container(container)
        return self.files.get(path)

    def file_print(self, container: str, path: str) -> Print | None:
        one = self.inside.get((self._container(container).id, path))
        if one is None:
            return None
        content = hashlib.sha256(one.content).hexdigest()
        return Print(content=content, mode=one.mode, uid=one.uid, gid=one.gid)

    @_alone
    def put_files(self, container: str, files: Sequence[FileInside]) -> None:
        self._called("put_files", f"{container} {' '.join(one.path for one in files)}")
        identifier = self._container(container).id
        self.inside |= {(identifier, one.path): one for one in files}

    @_alone
    def connect(self, container: str, attachment: Attachment) -> None:
        self._called("connect", f"{container} {attachment.network}")
        one, network = self._container(container), self._network(attachment.network)
        if any(have.network == network.name for have in one.attachments):
            return
        address = attachment.address
        if one.state == "running":
            address = address or allocation.address(network, self.listing)
        have = ObservedAttachment(
            network=network.name, network_id=network.id, address=address, fixed=_fixed(attachment)
        )
        self.aliases[one.id, network.name] = frozenset({self.made[one.id][2], *attachment.aliases})
        self._put_container(replace(one, attachments=(*one.attachments, have)))

    @_alone
    def start(self, container: str) -> None:
        self._called("start", container)
        one = self._container(container)
        if one.state == "running":
            return
        attached = tuple(
            replace(
                have,
                network_id=(network := self._network(have.network)).id,
                address=have.address or allocation.address(network, self.listing),
            )
            for have in one.attachments
        )
        asked = self.published.get(one.id, one.ports)
        ports = tuple(allocation.published(port, one, self.listing) for port in asked)
        self._put_container(replace(one, state="running", status="Up 1 second", attachments=attached, ports=ports))

    @_alone
    def unpause(self, container: str) -> None:
        self._called("unpause", container)
        one = self._container(container)
        if one.state == "paused":
            self._put_container(replace(one, state="running", status="Up 1 second"))

    @_alone
    def stop(self, container: str, grace: float) -> None:
        self._called("stop", container)
        one = next((one for one in self.listing.containers if container in (one.id, one.name)), None)
        if one is not None and one.state in ("running", "paused", "restarting"):
            attached = tuple(replace(have, address="") for have in one.attachments)
            self._put_container(
                replace(one, state="exited", status="Exited (0) 1 second ago", attachments=attached, ports=())
            )

    def restart(self, container: str, grace: float) -> None:
        self.stop(container, grace)
        self.start(container)

    def signal(self, container: str, signal: str) -> None:
        self._called("signal", f"{container} {signal}")
        if self._container(container).state != "running":
            raise errors.Failure(f"container {container} does not run")

    @_alone
    def rename(self, container: str, name: str) -> None:
        self._called("rename", f"{container} {name}")
        one, holder = self._container(container), self.listing.container(name)
        if holder is not None and holder.id != one.id:
            raise errors.Failure(f"the name {name} is taken by container {holder.id[:12]}")
        self._put_container(replace(one, name=name))

    @_alone
    def remove_container(self, container: str) -> None:
        self._called("remove_container", container)
        for one in self.listing.containers:
            if container in (one.id, one.name):
                if one.state in ("running", "paused", "restarting"):
                    raise errors.Failure(f"container {one.name} runs: stop it first")
                left = tuple(other for other in self.listing.containers if other.id != one.id)
                self.listing = replace(self.listing, containers=left)

    def exec(self, container: str, command: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> ExecResult:
        self._called("exec", f"{container} {' '.join(command)}")
        if self._container(container).state != "running":
            raise errors.Failure(f"container {container} does not run")
        answer = self.commands.get(container)
        return answer(command) if answer else ExecResult(code=0, output="")

    def logs(self, container: str, *, tail: int) -> tuple[str, ...]:
        return (f"{self._container(container).name} says hello",)[:tail]

    def follow(self, container: str, *, follow: bool, since: float | None, tail: int | None) -> Iterator[bytes]:
        yield from (f"{line}\n".encode() for line in self.logs(container, tail=1))

    # Networks

    @_alone
    def create_network(self, network: NewNetwork) -> None:
        self._called("create_network", network.name)
        taken = [one.labels for one in self.listing.networks if one.name == network.name]
        if network.labels in taken:
            return
        if taken:
            raise errors.Failure(f"the engine has a network {network.name} already")
        self.add_network(
            network.name,
            labels=network.labels,
            subnets=tuple(pool.subnet for pool in network.pools),
            driver=network.driver,
            options=network.options,
            internal=network.internal,
        )

    @_alone
    def add_network(
        self,
        name: str,
        *,
        labels: Mapping[str, str] | None = None,
        subnets: tuple[str, ...] = (),
        driver: str = "bridge",
        options: Mapping[str, str] | None = None,
        internal: bool = False,
    ) -> str:
        """A network as somebody else makes it, also under a name that is taken; its id."""
        taken = [ipaddress.ip_network(text) for one in self.listing.networks for text in one.subnets]
        wanted = [ipaddress.ip_network(text) for text in subnets] or [allocation.subnet(taken)]
        for one in wanted:
            if any(one.version == other.version and one.overlaps(other) for other in taken):
                raise errors.Failure(f"the engine has another network with addresses of {one}")
        made = ObservedNetwork(
            id=self._id(),
            name=name,
            driver=driver,
            labels=dict(labels or {}),
            subnets=tuple(map(str, wanted)),
            options=dict(options or {}),
            internal=internal,
        )
        self.listing = replace(self.listing, networks=(*self.listing.networks, made))
        return made.id

    @_alone
    def remove_network(self, network: str) -> None:
        self._called("remove_network", network)
        found = [one for one in self.listing.networks if network in (one.id, one.name)]
        for one in found[:1]:
            users = [container.name for container in self.listing.containers if _holds(container, one)]
            if users:
                raise errors.Failure(f"network {one.name} is in use by {', '.join(users)}")
            left = tuple(other for other in self.listing.networks if other.id != one.id)
            self.listing = replace(self.listing, networks=left)

    # Volumes

    @_alone
    def create_volume(self, name: str, driver: str, options: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Success for a name that is taken, as the real one has it; the volume stays what it is."""
        self._called("create_volume", name)
        if not any(one.name == name for one in self.listing.volumes):
            self.add_volume(name, driver=driver, options=options, labels=labels)

    @_alone
    def add_volume(
        self,
        name: str,
        *,
        driver: str = "local",
        options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Path:
        """A volume as somebody else makes it; its folder."""
        folder = (self._volumes_folder or Path("/var/lib/docker/volumes")) / name / "_data"
        if self._volumes_folder is not None:
            folder.mkdir(parents=True)
        made = ObservedVolume(
            name=name,
            driver=driver,
            labels=dict(labels or {}),
            options=dict(options or {}),
            mountpoint=str(folder),
        )
        self.listing = replace(self.listing, volumes=(*self.listing.volumes, made))
        return folder

    @_alone
    def remove_volume(self, name: str) -> None:
        self._called("remove_volume", name)
        users = [one.name for one in self.listing.containers if name in one.volumes]
        if users:
            raise errors.Failure(f"volume {name} is in use by {', '.join(users)}")
        left = tuple(one for one in self.listing.volumes if one.name != name)
        self.listing = replace(self.listing, volumes=left)

    # Images

    def pull(self, reference: str) -> Iterator[str]:
        self._called("pull", reference)
        self.add_image(reference)
        yield f"pulled {reference}"

    @_alone
    def add_image(self, tag: str, *, labels: Mapping[str, str] | None = None) -> str:
        """An image under that tag, which leaves the one that had it; its id."""
        full = tag if ":" in tag.rpartition("/")[2] else f"{tag}:latest"
        made = ObservedImage(id=f"sha256:{self._id()}", tags=(full,), labels=dict(labels or {}))
        rest = tuple(
            replace(one, tags=tuple(other for other in one.tags if other != full)) for one in self.listing.images
        )
        self.listing = replace(self.listing, images=(*rest, made))
        return made.id

    # What these have in common

    def _called(self, operation: str, target: str) -> None:
        self.calls.append(f"{operation} {target}")

    def _id(self) -> str:
        self._last += 1
        return f"{self._last:064x}"

    def _container(self, name: str) -> ObservedContainer:
        found = next((one for one in self.listing.containers if name in (one.id, one.name)), None)
        if found is None:
            raise errors.Failure(f"the engine has no container {name}")
        return found

    def _put_container(self, changed: ObservedContainer) -> None:
        others = tuple(one for one in self.listing.containers if one.id != changed.id)
        self.listing = replace(self.listing, containers=(*others, changed))

    def _network(self, name: str) -> ObservedNetwork:
        found = next((one for one in self.listing.networks if name in (one.id, one.name)), None)
        if found is None:
            raise errors.Failure(f"the engine has no network {name}")
        return found


def _fixed(attachment: Attachment) -> frozenset[str]:
    return frozenset(filter(None, (attachment.address, attachment.address6)))


def _holds(container: ObservedContainer, network: ObservedNetwork) -> bool:
    return container.state == "running" and any(have.network_id == network.id for have in container.attachments)
