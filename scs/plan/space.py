"""Whether there is room for a container and its image on the disks that they come to; frees none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from scs.model.container import Container
from scs.model.image import DebianBase, ReferencedImage, parents
from scs.model.observed import Listing, Observed
from scs.model.space import Room, Use

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What has to be left, or what goes on running gets into trouble along with what is made."""

    bytes: int
    files: int
    to: str


CONTAINER = Floor(bytes=200 * MIB, files=1_000, to="make a container")
"""A container takes next to nothing at first. The rest is for its logs and for what its neighbours write meanwhile."""
PULL = Floor(bytes=500 * MIB, files=20_000, to="pull an image")
"""Nobody knows its size before. A common one has 100 to 400 MiB unpacked, and 5,000 to 20,000 files."""
BUILD = Floor(bytes=1024 * MIB, files=50_000, to="build an image")
"""A Debian base of 200 MiB, packages as they are downloaded and unpacked, and each step a layer of its own."""
BOOTSTRAP = Floor(bytes=300 * MIB, files=15_000, to="bootstrap Debian")
"""A minimal system has 130 to 200 MiB and 6,000 to 10,000 files, and apt wants room beside them."""
NOTES = Floor(bytes=4 * MIB, files=100, to="note what is done")
"""Notes have some kB. The state folder is not asked: a history that cannot be written stops nothing."""

_WHOSE: dict[Use, str] = {"engine": "the engine's folder", "build": "the folder", "own": "scs's own folder"}
_HELP: dict[Use, str] = {
    "engine": "free some, 'docker system df' shows what takes it",
    "build": "free some, or set TMPDIR and SCS_STATE_DIR to folders on a larger disk",
    "own": "free some, or set SCS_RUN_DIR to a folder on a larger disk",
}


def lacking(container: Container, observed: Observed) -> str:
    """What keeps it from being made, in one sentence; empty where there is room, and where nobody looked."""
    needed = dict(_needed(container, observed.listing))
    for room in observed.room:
        floor = needed.get(room.use)
        short = "" if floor is None else _short(room, floor)
        if floor is not None and short:
            return f"{_WHOSE[room.use]} {room.folder} {short} to {floor.to}: {_HELP[room.use]}"
    return ""


def _needed(container: Container, listing: Listing) -> Iterator[tuple[Use, Floor]]:
    """The floor for each use, by where its image comes from."""
    image = container.image
    missing = tuple(takewhile(lambda one: listing.image(one.tag) is None, (image, *parents(image))))
    got = PULL if isinstance(image, ReferencedImage) else BUILD
    yield "engine", got if missing else CONTAINER
    yield "own", NOTES
    if missing and isinstance(missing[-1], DebianBase):
        yield "build", BOOTSTRAP


def _short(room: Room, floor: Floor) -> str:
    left = room.left
    if left.bytes < floor.bytes:
        return f"has {left.bytes // MIB} MiB left, and {floor.bytes // MIB} MiB are needed"
    if left.files is not None and left.files < floor.files:
        return f"has room for {left.files} more files (inodes), and {floor.files} are needed"
    return ""
