"""Images as a manifest asks for them: a reference to use as it is, or a recipe that is built once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from scs.model.identity import Digest, digest
from scs.model.service import Provided, Required


class Pull(Enum):
    """When a referenced image is fetched from its registry."""

    ALWAYS = "always"
    MISSING = "missing"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencedImage:
    """An image by its name in the engine or in a registry, such as `nginx:1.27`."""

    reference: str
    pull: Pull = field(default=Pull.MISSING, metadata={"identity": False})

    @property
    def tag(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianBase:
    """A Debian suite bootstrapped from the mirror that the machine's apt is configured with."""

    suite: str

    @property
    def tag(self) -> str:
        return f"scs/debian:{self.suite}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerfileBase:
    """A Dockerfile in the image's folder; `parent` is obtained first and given to it as the build argument `BASE`."""

    dockerfile: str
    args: Mapping[str, str] = field(default_factory=dict)
    parent: DebianBase | ReferencedImage | BuiltImage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """`source` is relative to the image's folder, `target` absolute in the image."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An argument list, or one line for `/bin/sh -c`."""

    command: tuple[str, ...] | str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnv:
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Puppet:
    """Applies a class with its parameters during the build; Puppet itself does not stay in the image."""

    modules: str
    class_name: str
    parameters: Mapping[str, object]


BuildStep = Packages | Copy | Run | SetEnv | Puppet


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of the build context: its path there, its mode (0755 or 0644), and SHA-256 of its content.

    A symbolic link has the digest of its target's text and `link` set. `origin` is where the content is read from.
    """

    path: str
    mode: int
    sha256: str
    link: str | None = None
    origin: str = field(metadata={"identity": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A file whose content is known when the manifest is compiled, written into the image as its last layer."""

    path: str
    content: str
    mode: int = 0o644
    owner: str = "root:root"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPoint:
    """A path in the image that the container manifest may connect to a volume."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """A compiled image manifest: everything that decides the result, and what a container gets from it."""

    name: str
    base: DebianBase | ReferencedImage | BuiltImage | DockerfileBase
    steps: tuple[BuildStep, ...] = ()
    sources: tuple[Source, ...] = ()
    files: tuple[ImageFile, ...] = ()
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    user: str = ""
    working_dir: str = ""
    stop_signal: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[ConnectionPoint, ...] = field(default=(), metadata={"identity": False})
    provides: tuple[Provided, ...] = field(default=(), metadata={"identity": False})
    requires: tuple[Required, ...] = field(default=(), metadata={"identity": False})

    @property
    def digest(self) -> Digest:
        return digest(self)

    @property
    def tag(self) -> str:
        return f"scs/{self.name}:{self.digest.partition(':')[2][:12]}"


Image = ReferencedImage | BuiltImage
Buildable = BuiltImage | DebianBase


def parents(image: Image | DebianBase) -> tuple[Image | DebianBase, ...]:
    """What has to be there before this image can be built, nearest first."""
    if not isinstance(image, BuiltImage):
        return ()
    base = image.base.parent if isinstance(image.base, DockerfileBase) else image.base
    return () if base is None else (base, *parents(base))
