"""The calls of a Docker Engine, one method each; bodies, lists and errors are made elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from docker.api import APIClient
from docker.errors import APIError, NotFound

from scs.adapters.docker import archives, body, details, faults, foreign, listing, lists, output, pulling
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.session import Session
from scs.contract import errors
from scs.contract.engine import Creation, ExecResult, FileInside, NewNetwork
from scs.model import labels as names
from scs.model.container import Attachment, Resources, Restart
from scs.model.files import Print
from scs.model.observed import EngineFacts, Listing, Live, ObservedContainer

VERSION_SECONDS = 5.0
READ_SECONDS = 15.0
CHANGE_SECONDS = 120.0
"""Creating and starting wait for disks and networks; the engine gives up on its parts earlier."""
STOP_MARGIN_SECONDS = 60.0
"""What the engine may need after it has killed a process, to take its mounts and network away."""
CONFLICT = 409

T = TypeVar("T")


class DockerEngine:
    """A Docker Engine at an explicit address; what each call promises stands in the contract."""

    def __init__(self, address: str) -> None:
        """Connects only when asked something. Raises Failure for an address of another host."""
        self.address = address
        self._session = Session(address)

    @property
    def api_version(self) -> str:
        """The version of the API that is spoken."""
        return self._session.version

    def overdue(self, what: str, seconds: float) -> errors.EffectError:
        """What is said where an answer did not come within so many seconds."""
        doing = Doing(what=what, reads=True, seconds=seconds)
        return faults.classify(lists.OverdueError(), doing, self.address)

    def version(self) -> str:
        doing = Doing(what="ask the engine for its version", reads=True, seconds=VERSION_SECONDS)
        try:
            return self._session.call(doing, lambda client: foreign.line(str(client.version()["Version"])))
        except errors.Retry as error:
            raise errors.EngineUnavailable(error.why, detail=error.detail) from error

    def facts(self) -> EngineFacts:
        return self._read("ask the engine what it has", lambda call: listing.facts(call.info()))

    def list(self) -> Listing:
        """One after the other: on a connection that is kept, threads cost more than they save."""
        return Listing(
            containers=self.containers(),
            networks=self._read("list networks", lambda call: listing.networks(call.networks())),
            volumes=self._read("list volumes", lambda call: listing.volumes(call.volumes())),
            images=self._read("list images", lambda call: listing.images(call.images())),
        )

    def containers(self) -> tuple[ObservedContainer, ...]:
        return self._read("list containers", lambda call: listing.containers(call.containers(all=True)))

    def inspect(self, container: str) -> Mapping[str, Any]:
        return self._read(f"look at container {container}", lambda call: _map(call.inspect_container(container)))

    def inspect_image(self, image: str) -> Mapping[str, Any]:
        def ask(call: APIClient) -> Mapping[str, Any]:
            inspect: Any = call.inspect_image  # has no types in the SDK's stubs
            try:
                return _map(inspect(image))
            except NotFound:
                return {}

        return self._read(f"look at image {image}", ask)

    def restarts(self, container: str) -> int | None:
        def ask(call: APIClient) -> int | None:
            try:
                seen = _map(call.inspect_container(container))
            except NotFound:
                return None
            return int(seen.get("RestartCount") or 0) if _map(seen.get("State")).get("Status") == "running" else None

        return self._read(f"look at container {container}", ask)

    def live(self, container: str) -> Live | None:
        def ask(call: APIClient) -> Live | None:
            try:
                return details.live(_map(call.inspect_container(container)))
            except NotFound:
                return None

        return self._read(f"look at container {container}", ask)

    def create_container(self, creation: Creation) -> str:
        config = body.container(creation)

        def ask(call: APIClient) -> str:
            create: Any = call.create_container_from_config  # has no types in the SDK's stubs
            return str(create(config, creation.name)["Id"])

        return self._change(f"create container {creation.name}", ask)

    def read_file(self, container: str, path: str) -> bytes | None:
        return self._read(f"read {path} of container {container}", lambda call: archives.read(call, container, path))

    def file_print(self, container: str, path: str) -> Print | None:
        return self._read(f"look at {path} of container {container}", lambda call: archives.look(call, container, path))

    def put_files(self, container: str, files: Sequence[FileInside]) -> None:
        paths = ", ".join(one.path for one in files)
        self._change(f"put {paths} into container {container}", lambda call: archives.write(call, container, files))

    def connect(self, container: str, attachment: Attachment) -> None:
        """Looks first: a second connect of a running container fails, one of a stopped one does not."""
        what = f"connect container {container} to network {attachment.network}"
        seen = self._read(what, lambda call: _map(call.inspect_container(container)))
        if attachment.network in _map(_map(seen.get("NetworkSettings")).get("Networks")):
            return
        role = _map(_map(seen.get("Config")).get("Labels")).get(names.ROLE, "")
        wish = body.attachment(attachment, role)
        self._change(
            what,
            lambda call: call.connect_container_to_network(
                container,
                attachment.network,
                ipv4_address=attachment.address or None,
                ipv6_address=attachment.address6 or None,
                aliases=wish.get("Aliases"),
            ),
        )

    def disconnect(self, container: str, network: str) -> None:
        def ask(call: APIClient) -> None:
            try:
                call.disconnect_container_from_network(container, network)
            except APIError as error:
                if "is not connected to" not in faults.words(error):
                    raise

        self._change(f"disconnect container {container} from network {network}", ask)

    def update(self, container: str, limits: Resources, restart: Restart) -> None:
        config = body.update(limits, restart)

        def ask(call: APIClient) -> None:
            raw: Any = call  # the SDK's own method knows neither processors nor processes
            raw._result(raw._post_json(raw._url("/containers/{0}/update", container), data=config), True)

        self._change(f"update container {container}", ask)

    def start(self, container: str) -> None:
        self._change(f"start container {container}", lambda call: call.start(container))

    def unpause(self, container: str) -> None:
        def ask(call: APIClient) -> None:
            try:
                call.unpause(container)
            except APIError as error:
                if "is not paused" not in faults.words(error):
                    raise

        self._change(f"let container {container} run on", ask)

    def stop(self, container: str, grace: float) -> None:
        seconds = math.ceil(grace)
        self._change(
            f"stop container {container}",
            lambda call: _unless_gone(lambda: call.stop(container, timeout=seconds)),
            seconds=seconds + STOP_MARGIN_SECONDS,
        )

    def restart(self, container: str, grace: float) -> None:
        seconds = math.ceil(grace)
        self._change(
            f"start container {container} again",
            lambda call: call.restart(container, timeout=seconds),
            seconds=seconds + STOP_MARGIN_SECONDS + CHANGE_SECONDS,
        )

    def signal(self, container: str, signal: str) -> None:
        self._change(f"send {signal} to container {container}", lambda call: call.kill(container, signal))

    def rename(self, container: str, name: str) -> None:
        """Looks first: the engine refuses a container its own name."""
        what = f"rename container {container} to {name}"
        seen = self._read(what, lambda call: _map(call.inspect_container(container)))
        if seen.get("Name") != f"/{name}":
            self._change(what, lambda call: call.rename(container, name))

    def remove_container(self, container: str) -> None:
        self._change(
            f"remove container {container}",
            lambda call: _unless_gone(lambda: call.remove_container(container, v=False, force=False)),
        )

    def exec(self, container: str, command: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> ExecResult:
        return output.execute(self._session, container, command, timeout=timeout, env=env)

    def logs(self, container: str, *, tail: int) -> tuple[str, ...]:
        return output.last_lines(self._session, container, tail)

    def follow(self, container: str, *, follow: bool, since: float | None, tail: int | None) -> Iterator[bytes]:
        return output.follow(self._session, container, follow=follow, since=since, tail=tail)

    def create_network(self, network: NewNetwork) -> None:
        """Where the name is taken, the network with exactly these labels is the one that was asked for."""

        def ask(call: APIClient) -> None:
            try:
                call.create_network(
                    network.name,
                    driver=network.driver,
                    options=dict(network.options) or None,
                    ipam=body.ipam(network.pools),
                    check_duplicate=True,
                    internal=network.internal,
                    labels=dict(network.labels),
                    enable_ipv6=network.ipv6,
                )
            except APIError as error:
                if faults.status(error) != CONFLICT:
                    raise
                holders = [one for one in listing.networks(call.networks()) if one.name == network.name]
                if [one.labels for one in holders] != [network.labels]:
                    raise _taken("network", network.name, _shown(one.id for one in holders)) from error

        self._change(f"create network {network.name}", ask)

    def remove_network(self, network: str) -> None:
        self._change(f"remove network {network}", lambda call: _unless_gone(lambda: call.remove_network(network)))

    def create_volume(self, name: str, driver: str, options: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """A name that is taken is success to the engine, which keeps that volume: whoever asks looks at what he got."""
        self._change(
            f"create volume {name}",
            lambda call: call.create_volume(name, driver=driver, driver_opts=dict(options), labels=dict(labels)),
        )

    def remove_volume(self, name: str) -> None:
        self._change(f"remove volume {name}", lambda call: _unless_gone(lambda: call.remove_volume(name, force=False)))

    def pull(self, reference: str) -> Iterator[str]:
        return pulling.pull(self._session, reference)

    def _read(self, what: str, ask: Callable[[APIClient], T]) -> T:
        return self._session.call(Doing(what=what, reads=True, seconds=READ_SECONDS), ask)

    def _change(self, what: str, ask: Callable[[APIClient], T], *, seconds: float = CHANGE_SECONDS) -> T:
        return self._session.call(Doing(what=what, seconds=seconds), ask)


def _unless_gone(ask: Callable[[], object]) -> None:
    try:
        ask()
    except NotFound:
        return


def _taken(kind: str, name: str, by: str) -> errors.Failure:
    return errors.Failure(
        f"cannot create {kind} {name}: the name is taken {by}: rename the one in the manifest, or remove that one"
    )


def _shown(ids: Iterator[str]) -> str:
    return f"by {', '.join(one[:12] for one in ids) or 'one that is gone again'}"


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
