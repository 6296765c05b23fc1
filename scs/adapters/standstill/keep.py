"""Writes down what the answer of a run rested on, where that can be told; a lost one costs time and nothing else."""

from __future__ import annotations

import json
import os
import secrets as randomness
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scs.adapters import replacing
from scs.adapters.docker import address as addresses
from scs.adapters.docker import details, lists
from scs.adapters.standstill import facts
from scs.manifest.sources import Sources, Trouble
from scs.manifest.syntax import template
from scs.manifest.syntax.template import Failed, Rendered, Renderer, Template
from scs.model.desired import Desired
from scs.model.image import Source
from scs.model.observed import Observed
from scs.model.secret import Encrypted, FromCommand, FromFile, FromVariable
from scs.model.steps import Present

KEPT = 200
"""How many there are at most; the oldest go."""
MOST_PATHS = 20_000
RACY = 50_000_000
"""Nanoseconds. What was changed so shortly before a run began may have been changed again within the same tick of the

kernel's clock for files, after it was read (git's Documentation/technical/racy-git has the same).
"""
SECONDS = 2.0
"""How long the engine may take to say once more what the run has seen."""
PACKAGES = ("scs", "provisioners", "schemas")


@dataclass(slots=True)
class Asked:
    """What was read to compile a manifest."""

    began: int = field(default_factory=time.time_ns)
    paths: set[str] = field(default_factory=set)
    templates: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NotedSources:
    """Sources that note what they are asked for."""

    sources: Sources
    asked: Asked

    def absolute(self, path: str) -> str:
        return self.sources.absolute(path)

    def read(self, path: str) -> bytes | Trouble | None:
        self.asked.paths.add(path)
        return self.sources.read(path)

    def tree(self, path: str, *, ignore: bool = False) -> tuple[Source, ...] | Trouble | None:
        self.asked.paths.add(path)
        return self.sources.tree(path, ignore=ignore)


@dataclass(frozen=True, slots=True)
class NotedRenderer:
    """A renderer that notes what it renders."""

    renderer: Renderer
    asked: Asked

    def render(self, batch: Sequence[Template], names: Any) -> Sequence[Rendered | Failed]:
        self.asked.templates += [one.source for one in batch]
        return self.renderer.render(batch, names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A run that found nothing to do. `folders` are those with notes of scs on this manifest.

    `identity` is the file with this host's key of age; `lock` may be empty.
    """

    desired: Desired
    observed: Observed
    asked: Asked
    engine: str
    identity: str
    folders: tuple[str, ...]
    lock: str
    out: str
    err: str


def keep(rest: Rest) -> None:
    """For the command that this process was started with."""
    with suppress(OSError, _CannotTellError):
        known = _known(rest)
        path = Path(facts.file_of(sys.argv[1:]))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replacing.replace(path, json.dumps(known).encode() + b"\n" + rest.observed.listing.words)
        _keep_newest(path.parent)


class _CannotTellError(Exception):
    """The answer rests on something that only another look can tell."""


def _known(rest: Rest) -> facts.Known:
    if not rest.observed.listing.words or rest.observed.files:
        raise _CannotTellError
    read = facts.prints(sorted(set(_read(rest))))
    if len(read) > MOST_PATHS or any(_may_be_new(one, rest.asked.began) for one in read.values()):
        raise _CannotTellError
    variables, salt = sorted(set(_variables(rest))), randomness.token_hex(8)
    family, where = addresses.target(addresses.parse(rest.engine))
    return {
        "format": facts.FORMAT,
        "command": facts.command(sys.argv[1:]),
        "paths": {**read, **facts.prints(_ours(rest))},
        "shapes": facts.shapes(sorted(set(_shapes(rest)))),
        "variables": variables,
        "salt": salt,
        "values": facts.values(variables, salt) if variables else "",
        "address": rest.observed.host_address,
        "lock": rest.lock,
        "alone": _alone(rest, family, where),
        "engine": (int(family), where),
        "out": rest.out,
        "err": rest.err,
    }


def _alone(rest: Rest, family: int, where: str | tuple[str, int]) -> Mapping[str, str]:
    """What the engine says of the containers that the run asked about one by one, if it still is what the run saw."""
    if not rest.observed.live:
        return {}
    version = rest.observed.listing.words.partition(b"\n")[0].decode()
    try:
        answers = lists.ask(family, where, version, SECONDS, lists.alone(rest.observed.live))
        if any(details.live(json.loads(answers[one])) != seen for one, seen in rest.observed.live.items()):
            raise _CannotTellError
        return {one: lists.adjustable(answers[one]) for one in rest.observed.live}
    except (lists.OverdueError, lists.UnclearError, ValueError, KeyError) as error:
        raise _CannotTellError from error


def _read(rest: Rest) -> Iterator[str]:
    """The files behind the compiled manifest and its secrets, all that lies below the folders among them."""
    for path in rest.asked.paths:
        yield path
        yield from _below(path)
    for secret in _secrets(rest.desired):
        match secret.source:
            case FromFile(path=path):
                yield path
            case Encrypted(identity=identity):
                yield identity or rest.identity
            case _:
                pass


def _ours(rest: Rest) -> Iterator[str]:
    """Folders suffice: scs replaces files by rename, and an upgrade does so with its code."""
    for name in PACKAGES:
        if (module := sys.modules.get(name)) is not None:
            yield from _folders(str(Path(module.__path__[0])))
    for folder in rest.folders:
        yield folder
        yield from _folders(folder)


def _shapes(rest: Rest) -> Iterator[str]:
    volumes = (one.observation for one in rest.observed.volumes.values())
    networks = (one.observation for one in rest.observed.networks.values())
    for seen in (*volumes, *networks):
        if not isinstance(seen, Present) or seen.rests_on is None:
            raise _CannotTellError
        yield from seen.rests_on
    for container in rest.desired.everything:
        yield from (device.source for device in container.security.devices)
    for path in rest.asked.paths:
        yield os.path.dirname(path) or "."  # noqa: PTH120 - the text of a path as it was given


def _variables(rest: Rest) -> Iterator[str]:
    for text in rest.asked.templates:
        used = template.uses(text, "env")
        if "" in used:
            raise _CannotTellError
        yield from used
    for secret in _secrets(rest.desired):
        match secret.source:
            case FromVariable(variable=variable):
                yield variable
            case FromCommand():
                raise _CannotTellError
            case _:
                pass


def _secrets(desired: Desired) -> Iterable[Any]:
    used = {use.secret for one in desired.everything for use in one.secrets}
    return [one for one in desired.secrets if one.name in used]


def _may_be_new(one: facts.Facts, began: int) -> bool:
    """Whether it was changed so late that it may have been read before."""
    return any(isinstance(changed, int) and changed > began - RACY for changed in (one[7::8]))


def _below(path: str) -> Iterator[str]:
    count = 0
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            count += 1
            if count > MOST_PATHS:
                raise _CannotTellError
            yield os.path.join(folder, name)  # noqa: PTH118 - a path as it was given


def _folders(path: str) -> Iterator[str]:
    for folder, _, _ in os.walk(path):
        yield folder


def _keep_newest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for old in files[KEPT:]:
        old.unlink(missing_ok=True)
