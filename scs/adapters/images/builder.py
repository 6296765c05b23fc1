"""Drives the engine's own builder: gives it recipe and context, says which step runs, and why one failed."""

from __future__ import annotations

import json
import posixpath
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from docker.api import APIClient

from scs.adapters.docker import faults, foreign, replies
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.session import Session
from scs.adapters.images import context, conversation, dockerfile
from scs.adapters.images.bootstrap import Bases
from scs.adapters.images.recipe import Entry, Given, Recipe, Taken
from scs.adapters.images.transcript import Broken, Transcript
from scs.contract import errors
from scs.contract.context import Commands, Progress
from scs.model import labels
from scs.model.identity import digest
from scs.model.image import Buildable, BuiltImage, DebianBase, DockerfileBase

_STRANGER = re.compile(r"can't find [ug]id for (user|group) ([^:]+):")
DOCKERFILE = "Dockerfile"
NETWORK = "host"
"""Builds reach the package mirror as the host does, whatever networks the engine has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """One request to the engine's builder; without a recipe it is the user's own Dockerfile."""

    image: str
    tag: str | None
    dockerfile: str
    entries: tuple[Entry, ...]
    arguments: Mapping[str, str]
    recipe: Recipe | None = None


class DockerImageBuilder:
    """Implements contract.images.ImageBuilder on the engine at an address. Builds may run in several threads.

    `cache` is a folder for bootstrapped bases; setting `stop` interrupts what is being built.
    """

    def __init__(self, address: str, *, commands: Commands, cache: Path, stop: threading.Event) -> None:
        self._address = address
        self._bases = Bases(cache, commands=commands, stop=stop)
        self._stop = stop

    def build(self, image: Buildable, progress: Progress, *, fresh: bool = False) -> None:
        session = Session(self._address)  # its own, so that it can be cut off without harm to others
        session.call(Doing(what=f"build {image.tag}", reads=True, seconds=10), lambda client: client.ping())
        match image:
            case DebianBase():
                self._import(session, image, progress, fresh=fresh)
            case BuiltImage():
                self._build(session, image, progress, fresh=fresh)
            case _:
                assert_never(image)

    def _import(self, session: Session, base: DebianBase, progress: Progress, *, fresh: bool) -> None:
        name, _, tag = base.tag.partition(":")
        mark = f'LABEL {labels.IMAGE_NAME}="debian" {labels.IMAGE_DIGEST}="{digest(base)}"'
        with self._bases.archive(base.suite, progress, fresh=fresh) as archive:
            progress.say(f"importing Debian {base.suite}")

            def ask(client: APIClient) -> Iterable[object]:
                changes = ['CMD ["/bin/bash"]', mark]
                answer = client.import_image(str(archive), repository=name, tag=tag, changes=changes)
                return [json.loads(line) for line in str(answer).splitlines()]

            heard = Transcript()
            for message in conversation.hold(session, Doing(what=f"import {base.tag}"), ask, self._stop):
                heard.hear(message)
            if heard.broken is not None:
                raise _not_imported(base, heard.broken)

    def _build(self, session: Session, image: BuiltImage, progress: Progress, *, fresh: bool) -> None:
        if isinstance(image.base, DockerfileBase):
            parent = self._run(session, _of_dockerfile(image, image.base), progress, fresh=fresh)
        else:
            parent = image.base.tag
        self._run(session, _of_steps(image, parent, _user(session, image, parent)), progress, fresh=fresh)

    def _run(self, session: Session, build: _Build, progress: Progress, *, fresh: bool) -> str:
        """The id of the new image."""

        def ask(client: APIClient) -> Iterable[object]:
            answers: Iterable[object] = client.build(
                fileobj=context.opened(_until(self._stop, context.stream(build.entries, image=build.image))),
                custom_context=True,
                tag=build.tag,
                dockerfile=build.dockerfile,
                buildargs=dict(build.arguments),
                network_mode=NETWORK,
                nocache=fresh,
                rm=True,
                forcerm=True,
                decode=True,
            )
            return answers

        heard = Transcript()
        said = ""
        for message in conversation.hold(session, Doing(what=f"build image {build.image}"), ask, self._stop):
            if heard.hear(message):
                line = _line(build, heard)
                if line not in ("", said):
                    progress.say(line)
                    said = line
        if heard.broken is not None:
            raise _failure(build, heard, heard.broken)
        if not heard.image:
            raise errors.Uncertain(
                f"the engine at {session.address} ended while it was to build image {build.image}: "
                f"it may have happened or not"
            )
        return heard.image


def _until(stop: threading.Event, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if stop.is_set():
            raise errors.Interrupted
        yield chunk


def _not_imported(base: DebianBase, broken: Broken) -> errors.Failure:
    """The engine may say what went wrong in an answer that began well."""
    known = replies.meaning(broken.message)
    return errors.Failure(f"cannot import {base.tag}: {known.says if known else foreign.line(broken.message)}")


def _user(session: Session, image: BuiltImage, parent: str) -> str:
    """Whom containers of the parent run as."""
    doing = Doing(what=f"build image {image.name}", reads=True)

    def look(client: Any) -> Any:
        return client.inspect_image(parent)

    return str((session.call(doing, look).get("Config") or {}).get("User") or "")


def _of_steps(image: BuiltImage, parent: str, user: str) -> _Build:
    try:
        recipe = dockerfile.recipe(image, parent=parent, user=user)
    except errors.Failure as error:
        raise errors.Failure(f"image {image.name} cannot be built: {error.why}") from error
    written = Given(path=DOCKERFILE, content=recipe.dockerfile.encode())
    return _Build(
        image=image.name,
        tag=image.tag,
        dockerfile=DOCKERFILE,
        entries=(*recipe.entries, written),
        arguments=recipe.arguments,
        recipe=recipe,
    )


def _of_dockerfile(image: BuiltImage, base: DockerfileBase) -> _Build:
    """The user's own Dockerfile, with the image's folder as its context."""
    path = posixpath.normpath(base.dockerfile)
    if path not in {source.path for source in image.sources}:
        raise errors.Failure(
            f"image {image.name} cannot be built: "
            f"{base.dockerfile} is not in its folder, or .dockerignore leaves it out"
        )
    return _Build(
        image=image.name,
        tag=None,
        dockerfile=path,
        entries=tuple(Taken(path=source.path, source=source) for source in image.sources),
        arguments={**base.args, **({"BASE": base.parent.tag} if base.parent else {})},
    )


def _step(build: _Build, heard: Transcript) -> int:
    """The manifest's step that runs; 0 for what stands around them."""
    known = build.recipe.instructions if build.recipe else ()
    return known[heard.number - 1].step if 1 <= heard.number <= len(known) else 0


def _line(build: _Build, heard: Transcript) -> str:
    """What to say now; empty for what is not worth a word."""
    if build.recipe is None:
        return f"Dockerfile step {heard.number}/{heard.total}: {dockerfile.short(heard.instruction)}"
    step = _step(build, heard)
    return f"step {step}/{len(build.recipe.steps)}: {build.recipe.steps[step - 1]}" if step else ""


def _refused(build: _Build, broken: Broken) -> errors.EffectError:
    """Nothing was begun."""
    known = replies.meaning(broken.message)
    what, detail = f"cannot build image {build.image}", foreign.printable(broken.message)
    if known is None:
        return errors.Failure(f"{what}: the engine says: {faults.short(broken.message)}", detail=detail)
    return known.kind(f"{what}: {known.says}", detail=detail)


def _failure(build: _Build, heard: Transcript, broken: Broken) -> errors.EffectError:
    if not heard.number:
        return _refused(build, broken)
    step = _step(build, heard)
    if build.recipe is None:
        at = f"step {heard.number} of {heard.total} of the Dockerfile of image {build.image} failed"
        what = f"{at}: {dockerfile.short(heard.instruction)}"
    elif step:
        at = f"step {step} of {len(build.recipe.steps)} of image {build.image} failed"
        what = f"{at}: {build.recipe.steps[step - 1]}"
    else:
        what = f"image {build.image} could not be built: {dockerfile.short(heard.instruction)}"
    detail = foreign.printable(heard.output or broken.message)
    if broken.code:
        return errors.Failure(f"{what} (exit code {broken.code})", detail=detail)
    stranger = _STRANGER.search(broken.message)
    if stranger:
        return errors.Failure(f"{what}: the image has no {stranger[1]} {stranger[2]!r}", detail=detail)
    known = replies.meaning(broken.message)
    if known is None:
        return errors.Failure(f"{what}: {foreign.line(broken.message)}", detail=detail)
    return known.kind(f"{what}: {known.says}", detail=detail)
