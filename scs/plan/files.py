"""Which files of a container are others than those that it holds; what is done about them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from scs.model import labels
from scs.model.container import Container
from scs.model.files import ContainerFile
from scs.model.identity import Digest
from scs.model.observed import ObservedContainer, Told
from scs.plan.situation import Situation


def digests(container: Container, told: tuple[Told, ...]) -> Mapping[str, Digest]:
    """The digest of each file that may change while the container lives, by path.

    Without those whose endpoints nobody knows now.
    """
    known = {one.requirement: one.endpoints for one in told}
    return {
        one.path: one.digest(known)
        for one in container.files
        if one.tracked and all(name in known for name in one.requires)
    }


def changed(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[ContainerFile, ...]:
    """The files that are to be others than those put into it last, as its label or a note since then says."""
    notes = situation.observed.run_folder.files
    at_creation = labels.data(there.labels, labels.FILES)
    now = digests(container, told)

    def held(path: str) -> object:
        note = notes.get((there.folder, path))
        return at_creation.get(path) if note is None else short(note)

    return tuple(one for one in container.files if one.path in now and held(one.path) != short(now[one.path]))


def missing(
    container: Container, there: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> tuple[ContainerFile, ...]:
    """The files to be put into it before it starts: all into one that never ran, as nobody knows how far it came."""
    return container.files if there.state == "created" else changed(container, there, told, situation)


def short(full: str) -> str:
    """A digest as labels keep it: enough to tell two wishes apart, short enough for a label."""
    return full.partition(":")[2][:16]
