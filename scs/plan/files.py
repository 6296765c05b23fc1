"""Which files of a container are others than those that it holds; what is done about them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scs.model import labels
from scs.model.container import Container
from scs.model.fields import Field
from scs.model.files import ContainerFile, Print
from scs.model.identity import Digest
from scs.model.observed import ObservedContainer, Record, Told
from scs.plan.situation import Situation

AS_PUT = "as it was put there"


def digests(container: Container, told: tuple[Told, ...]) -> Mapping[str, Digest]:
    """The digest of each file that may change while the container lives, by path.

    Without those whose endpoints nobody knows now.
    """
    found = {one.path: wished(one, told) for one in container.files if one.tracked}
    return {path: digest for path, digest in found.items() if digest is not None}


def wished(file: ContainerFile, told: tuple[Told, ...]) -> Digest | None:
    """What stands for a file as it is asked for now; None where nobody knows the endpoints in it."""
    known = {one.requirement: one.endpoints for one in told}
    return file.digest(known) if all(name in known for name in file.requires) else None


def changed(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[ContainerFile, ...]:
    """The files that are to be others than those put into it last, as its label or a note since then says."""
    now = digests(container, told)
    if not now:
        return ()
    notes = situation.observed.run_folder.files
    at_creation = labels.data(there.labels, labels.FILES)

    def held(path: str) -> object:
        note = notes.get((there.folder, path))
        return at_creation.get(path) if note is None else short(note)

    return tuple(one for one in container.files if one.path in now and held(one.path) != short(now[one.path]))


def missing(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[ContainerFile, ...]:
    """The files to be put into it before it starts: all into one that never ran, as nobody knows how far it came."""
    if there.state == "created":
        return container.files
    return together(changed(container, there, told, situation), to_restore(container, there, told, situation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file that somebody changed by hand; what of it is other, without its content."""

    file: ContainerFile
    fields: tuple[Field, ...]


def edited(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[Edit, ...]:
    """The files that are other than right after they were put there, as far as a deep look could see.

    Not those of which something else is asked for by now.
    """
    record = situation.observed.records.get(there.id, Record())
    seen = situation.observed.files.get(there.id, {})
    compared = (
        (one, record.files[one.path], seen[one.path])
        for one in container.files
        if one.path in record.files and one.path in seen
    )
    found = (
        Edit(file=one, fields=tuple(_other(one.path, put.found, now)))
        for one, put, now in compared
        if put.wish == wished(one, told)
    )
    return tuple(one for one in found if one.fields)


def to_restore(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[ContainerFile, ...]:
    """The edited files that are to be put back, unless the manifest asks for no more than to be told."""
    if situation.desired.drift == "report":
        return ()
    return tuple(one.file for one in edited(container, there, told, situation))


def together(one: tuple[ContainerFile, ...], other: tuple[ContainerFile, ...]) -> tuple[ContainerFile, ...]:
    return (*one, *(file for file in other if file not in one))


def _other(path: str, put: Print, now: Print | None) -> Iterator[Field]:
    whole = f"files.{path}"
    if now is None or not now.content:
        yield Field(path=whole, old=AS_PUT, new="gone" if now is None else "no file any more")
        return
    if now.content != put.content:
        yield Field(path=whole, old=AS_PUT, new="edited by hand")
    if now.mode != put.mode:
        yield Field(path=f"{whole}.mode", old=f"{put.mode:04o}", new=f"{now.mode:04o}")
    if (now.uid, now.gid) != (put.uid, put.gid):
        yield Field(path=f"{whole}.owner", old=f"{put.uid}:{put.gid}", new=f"{now.uid}:{now.gid}")


def short(full: str) -> str:
    """A digest as labels keep it: enough to tell two wishes apart, short enough for a label."""
    return full.partition(":")[2][:16]
