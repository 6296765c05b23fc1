"""A compiled image manifest as a Dockerfile and its context; pure, and the same bytes for the same image.

The context holds `source/…` (what steps copy), `step-N/…` (what scs makes for a step) and `files/…`.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from scs.adapters.images import puppet, quoting, scripts
from scs.adapters.images.recipe import Entry, Given, Instruction, Recipe, Taken
from scs.contract import errors
from scs.model import labels
from scs.model.image import (
    BuildStep,
    BuiltImage,
    Copy,
    ImageFile,
    Packages,
    Puppet,
    Run,
    SetEnv,
    Source,
)

ABOUT = {
    "title": "org.opencontainers.image.title",
    "description": "org.opencontainers.image.description",
    "maintainer": "org.opencontainers.image.authors",
}
_ROOT = {"", "0", "root", "0:0", "root:root", "root:0", "0:root"}
_DESCRIPTION = 100
_SPECIAL = 0o6000
"""Set-user-id and set-group-id: the engine's COPY drops them when it sets the owner."""


def recipe(image: BuiltImage, *, parent: str, user: str = "") -> Recipe:
    """The build of the image from `parent`, a tag or an id on the engine, whose containers run as `user`.

    Steps run as root, whoever runs the image in the end. Raises Failure for what cannot be built.
    """
    values = quoting.Values()
    lines = [Instruction(text=f"FROM {quoting.reference(parent)}")]
    entries: list[Entry] = []
    steps = tuple(describe(step) for step in image.steps)
    if image.files:
        steps += (short("files " + " ".join(file.path for file in _in_order(image.files))),)
    if steps and user not in _ROOT:
        lines.append(Instruction(text="USER root"))
    for number, step in enumerate(image.steps, start=1):
        found = tuple(_entries(step, number, image.sources))
        entries += found
        made = tuple(_instructions(step, number, values))
        lines += [Instruction(text=text, step=number) for text in (*values.declarations(), *made)]
    for text, entry in _files(image.files):
        lines += [Instruction(text=text, step=len(steps))] if text else []
        entries += entry
    made = tuple(_frame(image, user if steps else "", values))
    lines += [Instruction(text=text) for text in (*values.declarations(), *made)]
    unique = {entry.path: entry for entry in entries}
    return Recipe(
        image=image.name,
        steps=steps,
        instructions=tuple(lines),
        entries=tuple(unique[path] for path in sorted(unique)),
        arguments=values.arguments,
    )


def describe(step: BuildStep) -> str:
    """The step in the manifest's own words, one line. Values of variables may be secret and are left out."""
    match step:
        case Packages(names=names):
            text = f"packages {' '.join(names)}"
        case Copy(source=source, target=target):
            text = f"copy {source} to {target}"
        case Run(command=command):
            text = f"run {command if isinstance(command, str) else shlex.join(command)}"
        case SetEnv(env=env):
            text = f"env {' '.join(sorted(env))}"
        case Puppet(class_name=class_name):
            text = f"puppet class {class_name}"
        case _:
            assert_never(step)
    return short(text)


def short(text: str) -> str:
    """The text as one line that is not too long, with nothing in it that a terminal would act on."""
    text = " ".join(text.split())
    text = text if text.isprintable() else text.encode("unicode_escape").decode()
    return text if len(text) <= _DESCRIPTION else f"{text[: _DESCRIPTION - 1]}…"


def _instructions(step: BuildStep, number: int, values: quoting.Values) -> Iterator[str]:
    match step:
        case Packages(names=names):
            yield _run("/bin/sh", "-c", scripts.PACKAGES, "packages", *names)
        case Copy(source=source, target=target):
            yield f"COPY {quoting.paths(quoting.pattern(_in_context(source)), target)}"
        case Run(command=command):
            yield _run("/bin/sh", "-c", command) if isinstance(command, str) else _run(*command)
        case SetEnv(env=env):
            pairs = [f"{_variable(name, values)}={values.quoted(env[name])}" for name in sorted(env)]
            if pairs:
                yield f"ENV {' '.join(pairs)}"
        case Puppet():
            yield f"COPY {quoting.paths(f'step-{number}', scripts.PUPPET_FOLDER)}"
            yield _run("/bin/sh", "-c", scripts.PUPPET)
        case _:
            assert_never(step)


def _entries(step: BuildStep, number: int, sources: tuple[Source, ...]) -> Iterator[Entry]:
    """The files of the context that the step needs."""
    match step:
        case Copy(source=source):
            for inside, found in _below(source, sources):
                yield Taken(path=posixpath.join(_in_context(source), inside).rstrip("/"), source=found)
        case Puppet():
            text = puppet.declaration(step.class_name, step.parameters)
            yield Given(path=f"step-{number}/site.pp", content=text.encode())
            for inside, found in _below(step.modules, sources):
                yield Taken(path=f"step-{number}/modules/{inside}", source=found)
        case _:
            return


def _below(path: str, sources: tuple[Source, ...]) -> tuple[tuple[str, Source], ...]:
    """What lies at or below a path of the image's folder, by its path from there. Nothing is a Failure."""
    root = posixpath.normpath(path)
    found = tuple(
        ("" if source.path == root else posixpath.relpath(source.path, root), source)
        for source in sources
        if root in (".", source.path) or source.path.startswith(f"{root}/")
    )
    if not found:
        raise errors.Failure(f"{path} is not among the sources of the image: nothing is there to copy")
    return found


def _in_context(path: str) -> str:
    return posixpath.normpath(f"source/{path}")


def _run(*argv: str) -> str:
    return f"RUN {quoting.words(argv)}"


def _variable(name: str, values: quoting.Values) -> str:
    if not name or "=" in name or not name.isprintable():
        raise errors.Failure(f"{name!r} cannot be the name of an environment variable")
    plain = name.isidentifier() and name.isascii()
    return name if plain else values.quoted(name)


def _in_order(files: Iterable[ImageFile]) -> list[ImageFile]:
    return sorted(files, key=lambda file: (posixpath.dirname(file.path), file.owner, file.path))


def _files(files: tuple[ImageFile, ...]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """One COPY for the files of one folder and owner.

    Never a copied tree: COPY would give the folders that the image has the modes of the context's.
    """
    groups = groupby(_in_order(files), key=lambda file: (posixpath.dirname(file.path), file.owner))
    for number, ((folder, owner), group) in enumerate(groups, start=1):
        members = tuple(group)
        names = [f"files/{number}/{posixpath.basename(file.path)}" for file in members]
        given = tuple(
            Given(path=name, content=file.content.encode(), mode=file.mode)
            for name, file in zip(names, members, strict=True)
        )
        flag = "" if owner in _ROOT else f"--chown={quoting.owner(owner)} "
        yield f"COPY {flag}{quoting.paths(*map(quoting.pattern, names), posixpath.join(folder, ''))}", given
        for file in members:
            if file.mode & _SPECIAL:
                yield _run("chmod", f"{file.mode:04o}", file.path), ()


def _frame(image: BuiltImage, base_user: str, values: quoting.Values) -> Iterator[str]:
    """What the image is, after its steps: how it runs, and its labels."""
    if image.working_dir:
        yield f"WORKDIR {values.quoted(image.working_dir)}"
    if image.entrypoint is not None:
        yield f"ENTRYPOINT {quoting.words(image.entrypoint)}"
    if image.command is not None:
        yield f"CMD {quoting.words(image.command)}"
    if image.stop_signal:
        yield f"STOPSIGNAL {values.quoted(image.stop_signal)}"
    if image.user or base_user not in _ROOT:
        yield f"USER {values.quoted(image.user or base_user)}"
    about = {"title": image.name, **image.about}
    shown = {label: about[key] for key, label in ABOUT.items() if key in about}
    shown |= {labels.IMAGE_NAME: image.name, labels.IMAGE_DIGEST: image.digest}
    yield "LABEL " + " ".join(f"{label}={values.quoted(shown[label])}" for label in sorted(shown))
