"""Files that a role puts into its containers, for each replica; nothing is put anywhere here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from scs.manifest import paths
from scs.manifest.compile import quantities
from scs.manifest.compile.connections import Mounted
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.manifest.syntax import template
from scs.model import files as model
from scs.model.container import RUN_FOLDER, Container
from scs.model.files import Command, ContainerFile, Fixed, Later, OnChange, Signal

_ENGINES = ("/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file as it is declared; `template` is the part that names its template, if it has one.

    `names` are what the template knows of each replica: of one for all, where it does not speak of the container.
    """

    file: ContainerFile
    text: str
    template: Part | None = None
    names: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is mounted in the role's containers; `memory` are volumes that are empty after each start."""

    mounted: Sequence[Mounted]
    memory: frozenset[str]


def drafts(role: Part, container: Container, count: int, around: Around, given: Given) -> tuple[Draft, ...]:
    """The files of a role with so many replicas, sorted by path; their templates are yet to be rendered."""
    found = []
    for path, part in role.entries_of("files"):
        draft = _draft(path, part, given)
        if draft is not None:
            file = replace(draft.file, folder=_folder(path, part, container, around))
            found.append(replace(draft, file=file, names=tuple(_names(draft, container, count))))
    return tuple(found)


def rendered(wanted: Sequence[Draft], given: Given) -> tuple[tuple[ContainerFile, ...], ...]:
    """Each file as its replicas have it: one for each of them, or one for all."""
    texts = [(draft.text, names) for draft in wanted for names in draft.names]
    outcomes = iter(template.render_texts(texts, given.names, given.tools.renderer))
    return tuple(_files(draft, list(itertools.islice(outcomes, len(draft.names))), given) for draft in wanted)


def _draft(path: str, part: Part, given: Given) -> Draft | None:
    content, named = part.get("content"), part.get("template")
    text = content.text if content is not None else _read(part.get("source") or named, given)
    if text is None:
        return None
    file = ContainerFile(
        path=path,
        content=Fixed(text=text),
        owner=part.text_of("owner", "root:root"),
        mode=quantities.mode(part.get("mode"), 0o644),
        on_change=_on_change(part.get("on_change")),
    )
    return Draft(file=file, text=text, template=named)


def _on_change(part: Part | None) -> OnChange:
    if part is None:
        return "recreate"
    if part.is_list:
        return Command(words=part.strings)
    if part.is_map:
        return Signal(name=part.text_of("signal"))
    # The schema has seen to it that it is one of these words.
    return cast(OnChange, part.text)


def _read(part: Part | None, given: Given) -> str | None:
    """The text of the file that the part names, or None with a problem."""
    if part is None:
        return None
    at = paths.joined(given.folder_of(part), part.text)
    return given.tools.text(at, part, "the manifest's folder", "take it into an image with a copy step, or mount it")


def _names(draft: Draft, container: Container, count: int) -> Iterator[Mapping[str, Any]]:
    if draft.template is None:
        return
    requires = {one.name: model.stand_in(one.name) for one in container.requires}
    told = count if template.uses(draft.text, "container") else min(count, 1)
    for number in range(1, told + 1):
        yield {"container": _facts(replace(container, number=number)), "requires": requires}


def _files(draft: Draft, outcomes: Sequence[str | template.TemplateError], given: Given) -> tuple[ContainerFile, ...]:
    """As they are, with a problem, where a template fails."""
    if draft.template is None:
        return (draft.file,)
    texts = [one for one in outcomes if isinstance(one, str)]
    for error in (one for one in outcomes if isinstance(one, template.TemplateError)):
        at = paths.joined(given.folder_of(draft.template), draft.template.text)
        draft.template.problem(f"{at}:{error.line}: {error}", error.hint)
    if len(texts) < len(outcomes):
        return tuple(draft.file for _ in outcomes)
    contents = (_content(draft.text, text, names, given) for text, names in zip(texts, draft.names, strict=True))
    return tuple(replace(draft.file, content=content) for content in contents)


def _content(source: str, text: str, names: Mapping[str, Any], given: Given) -> Fixed | Later:
    """What a template comes to, or what it will take to know it."""
    used = template.uses(source, "requires")
    if not used:
        return Fixed(text=text)
    return Later(
        source=source,
        stand_in=text,
        requires=tuple(name for name in names["requires"] if name in used or "" in used),
        names=_only_used(source, {**given.names, "container": names["container"]}),
    )


def _facts(container: Container) -> Mapping[str, Any]:
    addresses = (address for one in container.attachments for address in (one.address, one.address6) if address)
    return {
        "name": container.name,
        "role": container.role,
        "number": container.number,
        "address": next(addresses, ""),
    }


def _only_used(text: str, names: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of the environment only what the template names: it holds what is nobody's business."""
    used = template.uses(text, "env")
    env = names.get("env")
    if "" in used or not isinstance(env, Mapping):
        return names
    return {**names, "env": {name: env[name] for name in sorted(used) if name in env}}


def _folder(path: str, part: Part, container: Container, around: Around) -> str:
    """The mount that the file lies in; a problem for a file that no container could keep."""
    mounts = {one.value.target: one for one in around.mounted}
    folder = max((each for each in (*mounts, *container.tmpfs) if paths.within(path, each)), key=len, default="/")
    refused = _outside(path, folder, container) if folder not in mounts else _inside(path, mounts[folder], around)
    if refused is not None:
        part.named(path).problem(*refused)
    return folder


def _outside(path: str, folder: str, container: Container) -> tuple[str, str] | None:
    engines = next((one for one in _ENGINES if paths.within(path, one)), "")
    if engines:
        return f"{engines} belongs to the engine, which makes it at each start", "take it out"
    if paths.within(path, RUN_FOLDER):
        return f"{RUN_FOLDER} belongs to scs", "put it elsewhere"
    if folder in container.tmpfs:
        return _emptied(folder)
    if container.security.read_only:
        return "the container is read_only, and this lies in none of its volumes", "put it into a volume"
    return None


def _inside(path: str, mounted: Mounted, around: Around) -> tuple[str, str] | None:
    folder = mounted.value.target
    if path == folder:
        return f"a volume is mounted at {path}", "put the file elsewhere, or take out the volume"
    if mounted.value.volume in around.memory:
        return _emptied(folder)
    if mounted.value.read_only:
        return f"it lies in {folder}, which is mounted for reading only", "put it elsewhere"
    return None


def _emptied(folder: str) -> tuple[str, str]:
    return f"it lies in {folder}, which is empty after each start", "put it elsewhere"
