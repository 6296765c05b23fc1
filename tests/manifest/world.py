"""A folder that is a dict, plain types of volumes and networks, and short ways to compile; no disk, no provisioners."""

from __future__ import annotations

import hashlib
import posixpath
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import schemas
from scs.adapters.rendering import JinjaRenderer
from scs.manifest import load
from scs.manifest.given import Tools
from scs.manifest.sources import Trouble
from scs.manifest.types import NetworkType, Types, VolumeType
from scs.model import identity
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.image import Source
from scs.model.problem import Invalid, InvalidSpec
from scs.model.storage import Network, Spec, Volume

ROOT = "/work"


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Implements `Sources` over texts by path; relative ones count from `ROOT`."""

    files: Mapping[str, str | bytes | Trouble]
    modes: Mapping[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(ROOT, path))

    def read(self, path: str) -> bytes | Trouble | None:
        self.asked.append(path)
        found = self.files.get(posixpath.normpath(path))
        return found.encode() if isinstance(found, str) else found

    def tree(self, path: str, *, ignore: bool = False) -> tuple[Source, ...] | Trouble | None:
        path = posixpath.normpath(path)
        found = self.files.get(path)
        if isinstance(found, Trouble):
            return found
        if found is not None:
            return (self._source(path, "", found),)
        below = {
            name: content for name, content in sorted(self.files.items()) if path == "." or name.startswith(f"{path}/")
        }
        sources = tuple(
            self._source(name, posixpath.relpath(name, path), content)
            for name, content in below.items()
            if isinstance(content, (str, bytes)) and not (ignore and name.endswith(".ignored"))
        )
        return sources or None

    def _source(self, name: str, path: str, content: str | bytes) -> Source:
        digest = hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
        return Source(path=path, mode=self.modes.get(name, 0o644), sha256=digest, origin=self.absolute(name))


def _volume(spec: Spec, parent: Volume | None) -> Volume:
    if spec.options.get("path") == "/etc":
        raise InvalidSpec("/etc belongs to the system", option="path", hint="choose another")
    options = dict(spec.options)
    if "source" in options:
        options["source"] = posixpath.normpath(posixpath.join(spec.folder, options["source"]))
    return Volume(
        identity=spec.identity,
        key=spec.key,
        name=str(options.get("name", spec.name)),
        type=spec.type,
        options=options,
        digest=identity.digest({"name": spec.name, "options": options, "parent": parent and parent.digest}),
        parent=None if parent is None else parent.name,
        host_path=options.get("path") if parent is None else None,
        place=spec.place,
    )


def _network(spec: Spec) -> Network:
    return Network(
        identity=spec.identity,
        key=spec.key,
        name=str(spec.options.get("name", spec.name)),
        type=spec.type,
        options=spec.options,
        digest=identity.digest({"name": spec.name, "options": spec.options}),
        shared=spec.type in {"bridge", "external"},
        mode="host" if spec.type == "host" else "none" if spec.type == "none" else None,
        place=spec.place,
    )


_DISK = {"type": "object", "properties": {"type": {"const": "disk"}, "size": {"type": "integer"}}, "required": ["size"]}

TYPES = Types(
    volumes={
        **{
            word: VolumeType(schema=schemas.volume(word), prepare=_volume)
            for word in ("local", "docker", "tmpfs", "sub", "bind")
        },
        "disk": VolumeType(schema=_DISK, prepare=_volume),
    },
    networks={
        word: NetworkType(schema=schemas.network(word), prepare=_network)
        for word in ("bridge", "host", "none", "external")
    },
)


def text(source: str) -> str:
    """A manifest written between three quotes, its common indentation and its first line end taken away."""
    return textwrap.dedent(source).lstrip("\n")


def tools(folder: Folder) -> Tools:
    return Tools(sources=folder, renderer=JinjaRenderer(), types=TYPES)


class Given(TypedDict, total=False):
    """What a compilation is given besides `blog.yaml`; `files` stand beside it."""

    files: Mapping[str, str | Trouble]
    overlays: Sequence[str]
    settings: Sequence[str]
    var_files: Sequence[str]
    environ: Mapping[str, str]


def compiled(source: str = "", **given: Unpack[Given]) -> Desired:
    """What `blog.yaml` asks for; raises Invalid."""
    beside = given.get("files", {}).items()
    files = {name: content if isinstance(content, Trouble) else text(content) for name, content in beside}
    return load.load(
        ("blog.yaml", *given.get("overlays", ())),
        given.get("settings", ()),
        given.get("var_files", ()),
        given.get("environ", {}),
        tools(Folder(files={"blog.yaml": text(source), **files})),
    )


def mistakes(source: str = "", **given: Unpack[Given]) -> list[str]:
    """Every problem of the manifest, as it is printed."""
    try:
        compiled(source, **given)
    except Invalid as invalid:
        return [str(problem) for problem in invalid.problems]
    return []


def only(desired: Desired) -> Container:
    (container,) = desired.containers
    return container
