"""Compiled manifests for the tests of the run, written as values."""

from __future__ import annotations

from typing import Any

from provisioners.bridge import Bridge
from provisioners.docker_volume import DockerVolume
from scs.model.container import Attachment, Container, Mount
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.image import ReferencedImage
from scs.model.service import Check, FromRole, HttpCheck, Provided, Required
from scs.model.storage import Network, Spec, Volume

BLOG = Identity(environment="dev", service="blog")
MYSQL = Provided(name="mysql", port=3306)
HTTP = Provided(name="http", port=80, check=Check(probe=HttpCheck(), port=80))
NEEDS_MYSQL = Required(name="mysql", source=FromRole(role="db", provided="mysql"))


def network(key: str = "net", identity: Identity = BLOG, **options: Any) -> Network:
    spec = Spec(
        identity=identity, key=key, name=identity.name(key), type="bridge", options={"type": "bridge", **options}
    )
    return Bridge().prepare(spec)


def volume(key: str = "data", identity: Identity = BLOG) -> Volume:
    spec = Spec(identity=identity, key=key, name=identity.name(key), type="docker", options={"type": "docker"})
    return DockerVolume().prepare(spec, None)


def container(
    role: str,
    number: int = 1,
    *,
    networks: tuple[Network, ...] = (),
    volumes: tuple[Volume, ...] = (),
    identity: Identity = BLOG,
    **extra: Any,
) -> Container:
    settings: dict[str, Any] = {"image": ReferencedImage(reference="bb:1"), **extra}
    return Container(
        identity=identity,
        role=role,
        number=number,
        attachments=tuple(Attachment(network=one.name, identity=one.digest) for one in networks),
        mounts=tuple(Mount(target=f"/{one.key}", volume=one.name, identity=one.digest) for one in volumes),
        **settings,
    )


def blog(**changes: Any) -> Desired:
    """A database with a volume, and a web server that needs it, on one network."""
    net, data = network(), volume()
    db = container("db", networks=(net,), volumes=(data,), provides=(MYSQL,), **changes)
    web = container("web", networks=(net,), provides=(HTTP,), requires=(NEEDS_MYSQL,))
    return Desired(identity=BLOG, networks=(net,), volumes=(data,), containers=(db, web))
