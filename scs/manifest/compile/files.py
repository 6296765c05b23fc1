"""Files that a role puts into its containers, for each replica; nothing is put anywhere here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from scs.manifest import paths
from scs.manifest.compile import containers, quantities
from scs.manifest.compile.connections import Mounted
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.manifest.syntax import template
from scs.model import files as model
from scs.model.container import Container
from scs.model.files import Command, ContainerFile, Fixed, Later, OnChange, Signal

_ENGINES = ("/proc", "/sys", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A file as it is declared; `template` is the part that names its template, if it has one."""

    file: ContainerFile
    text: str
    template: Part | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is mounted in the role's containers; `memory` are volumes that are empty after each start."""

    mounted: Sequence[Mounted]
    memory: frozenset[str]


def replicas(
    role: Part, container: Container, count: int, around: Around, given: Given
) -> tuple[tuple[ContainerFile, ...], ...]:
    """The files of each replica, sorted by path. Templates that do not speak of the container are rendered once."""
    drafts = [
        replace(draft, file=replace(draft.file, folder=_folder(path, part, container, around)))
        for path, part in role.entries_of("files")
        if (draft := _draft(path, part, given)) is not None
    ]
    shared: dict[str, ContainerFile] = {}
    return tuple(
        tuple(_files(drafts, replace(container, number=number), given, shared)) for number in range(1, count + 1)
    )


def _draft(path: str, part: Part, given: Given) -> _Draft | None:
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
    return _Draft(file=file, text=text, template=named)


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


def _files(
    drafts: Iterable[_Draft], container: Container, given: Given, shared: dict[str, ContainerFile]
) -> Iterator[ContainerFile]:
    for draft in drafts:
        path = draft.file.path
        if draft.template is None:
            yield draft.file
        elif path in shared:
            yield shared[path]
        else:
            file = replace(draft.file, content=_rendered(draft, draft.template, container, given))
            if not template.uses(draft.text, "container"):
                shared[path] = file
            yield file


def _rendered(draft: _Draft, named: Part, container: Container, given: Given) -> Fixed | Later:
    """What a template comes to, or what it will take to know it; the text as it is, with a problem, where it fails."""
    required = [one.name for one in container.requires]
    names = {
        **given.names,
        "container": _facts(container),
        "requires": {name: model.stand_in(name) for name in required},
    }
    try:
        text = template.render_text(draft.text, names, given.tools.renderer)
    except template.TemplateError as error:
        at = paths.joined(given.folder_of(named), named.text)
        named.problem(f"{at}:{error.line}: {error}", error.hint)
        return draft.file.content
    used = template.uses(draft.text, "requires")
    if not used:
        return Fixed(text=text)
    return Later(
        source=draft.text,
        stand_in=text,
        requires=tuple(name for name in required if name in used or "" in used),
        names=_only_used(draft.text, {name: value for name, value in names.items() if name != "requires"}),
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
    if paths.within(path, containers.RUN):
        return f"{containers.RUN} belongs to scs", "put it elsewhere"
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
