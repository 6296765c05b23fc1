"""One role of a manifest with everything that its containers share, and the parts that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scs.manifest.compile import (
    checks,
    connections,
    containers,
    files,
    quantities,
    secrets,
    security,
    services,
    storage,
)
from scs.manifest.compile.images import Images
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.model.container import Container, Job, Restart
from scs.model.files import ContainerFile
from scs.model.image import Image, ReferencedImage
from scs.model.service import Provided

MOST_REPLICAS = 1000
_NO_IMAGE = ReferencedImage(reference="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Or a job. `container` stands for all replicas; its number is 0. `image` is None when it has mistakes.

    `files` are those of each replica, once the templates in `drafts` are rendered.
    """

    part: Part
    name: str
    replicas: int
    image: Image | None
    container: Container
    attached: tuple[connections.Attached, ...]
    mounted: tuple[connections.Mounted, ...]
    drafts: tuple[files.Draft, ...]
    files: tuple[tuple[ContainerFile, ...], ...] = ()

    @property
    def services_known(self) -> bool:
        """Whether what it provides is complete, so that a missing service is a mistake of who names it."""
        said = self.part.enter("provides")
        return self.image is not None and (said is None or said.sound)

    @property
    def published(self) -> Iterator[tuple[Provided, Part | None]]:
        """What it provides, each with the part that says to which port of the host it goes."""
        for one in self.container.provides:
            yield one, self.part.enter("provides", one.name, "publish")

    @property
    def replicated(self) -> tuple[Container, ...]:
        return tuple(
            replace(self.container, number=number, files=own) for number, own in enumerate(self.files, start=1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is compiled before roles are: volumes, networks and secrets of the manifest, and the images so far."""

    given: Given
    networks: storage.Networks
    volumes: storage.Volumes
    images: Images
    secrets: secrets.Secrets


def role(name: str, part: Part, around: Surroundings) -> Role:
    said = part.get("image")
    image = None
    if said is not None:
        image = around.images.image(said, around.given.folder_of(said.get("manifest") or said))
    attached = connections.attachments(part, around.networks)
    mounted = connections.mounts(part, image, around.volumes)
    container = replace(
        _container(name, part, image, around.given),
        attachments=tuple(one.value for one in attached),
        mounts=tuple(one.value for one in mounted),
        secrets=secrets.uses(part, around.secrets),
    )
    replicas = _replicas(part.get("replicas"))
    return Role(
        part=part,
        name=name,
        replicas=replicas,
        image=image,
        container=container,
        attached=attached,
        mounted=mounted,
        drafts=files.drafts(part, container, replicas, _mounts(mounted, around.volumes), around.given),
    )


def job(name: str, part: Part, around: Surroundings) -> Role:
    """A job as a role of one container, which provides nothing and is not started again."""
    made = role(name, part, around)
    _check_on_change(part)
    once = Job(inputs=part.texts_of("inputs"), timeout=quantities.duration(part.get("timeout"), Job().timeout))
    return replace(made, container=replace(made.container, restart=Restart(policy="no"), provides=(), job=once))


def with_files(roles: Sequence[Role], given: Given) -> tuple[Role, ...]:
    """The roles, their templates rendered: all together, as it takes a process each time."""
    made = iter(files.rendered([draft for role in roles for draft in role.drafts], given))
    return tuple(replace(role, files=_of_each(role.replicas, [next(made) for _ in role.drafts])) for role in roles)


def _of_each(replicas: int, found: Sequence[tuple[ContainerFile, ...]]) -> tuple[tuple[ContainerFile, ...], ...]:
    """The files of each replica, of files that may be one for all."""
    return tuple(tuple(one[min(index, len(one) - 1)] for one in found) for index in range(replicas))


def _check_on_change(job: Part) -> None:
    for _, part in job.entries_of("files"):
        said = part.get("on_change")
        if said is not None and not (said.is_text and said.text in ("recreate", "ignore")):
            hint = "take it out, so that another content runs the job again, or write on_change: ignore"
            said.problem("a job is neither restarted nor told of a new file", hint)


def _mounts(mounted: tuple[connections.Mounted, ...], volumes: storage.Volumes) -> files.Around:
    memory = (one.value.name for one in volumes.values() if one is not None and one.value.type == "tmpfs")
    return files.Around(mounted=mounted, memory=frozenset(memory))


def _replicas(part: Part | None) -> int:
    if part is None:
        return 1
    if part.number > MOST_REPLICAS:
        part.problem(f"{part.number} replicas are more than {MOST_REPLICAS}", "one host does not carry that many")
        return 1
    return part.number


def _container(name: str, part: Part, image: Image | None, given: Given) -> Container:
    return Container(
        identity=given.identity,
        role=name,
        number=0,
        image=image or _NO_IMAGE,
        process=containers.process(part),
        resources=containers.resources(part),
        security=security.security(part, given),
        logging=containers.logging(part),
        restart=containers.restart(part),
        tmpfs=containers.tmpfs(part),
        naming=containers.naming(part),
        labels=part.texts_of("labels"),
        health=checks.health(part.get("health")),
        provides=services.provides(part, image),
        requires=services.requires(part, image, given.identity),
        after=services.after(part),
        update=containers.update(part),
        place=part.place,
    )
