"""Who owns which lane of the test bed: hands out free lanes and takes back those of owners that are gone.

An owner holds a lock on its lane's owner file, and nobody else does: where the lock can be had, the owner has
ended, in whatever way. All of this happens under one lock of the machine, so that workers, and runs of the
tests at the same time, do not meet.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tests.testbed import cgroups, commands, names, network, sweep

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
FORWARD_WAS_OFF = names.RUN / "forward-was-off"


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane and the lock that makes it ours."""

    lane: names.Lane
    lock: TextIO


def claim() -> Claim:
    """Take a free lane and make its bridge, after sweeping what owners that are gone left behind."""
    with _register():
        for lane in _known():
            _take_back(lane)
        _forward()
        ours = _claim(_free())
        network.raise_lane(ours.lane)
        return ours


def release(ours: Claim) -> None:
    """Take away the lane with all that is in it."""
    with _register():
        sweep.lane(ours.lane)
        _forget(ours)


def take_back(lane: names.Lane) -> bool:
    """Take away a lane when its owner is gone; whether it was."""
    with _register():
        return _take_back(lane)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file, waiting for it; the file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _register() -> AbstractContextManager[None]:
    return locked(names.RUN / "lock")


def _known() -> list[names.Lane]:
    """The lanes of which anything is known, also when only the data outlived a restart of the machine."""
    owners = {path.stem for path in names.RUN.glob("*.owner")}
    data = {path.name for path in names.DATA.glob("*")}
    numbers = sorted(int(name) for name in owners | data if name.isdecimal())
    return [names.Lane(number=number) for number in numbers]


def _free() -> names.Lane:
    """A free lane; each process begins elsewhere, so that a number is not used again at once."""
    known = _known()
    taken = network.taken()
    for number in range(names.LANES):
        lane = names.Lane(number=(os.getpid() + number) % names.LANES)
        if lane not in known and not any(lane.subnet.overlaps(other) for other in taken):
            return lane
    raise commands.BedError("no free /24 is left in 198.18.0.0/16: see `ip route show table all`")


def _claim(lane: names.Lane) -> Claim:
    lock = lane.owner.open("a+")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    lock.write(f"{os.getpid()}\n")  # for people who look; the lock alone decides
    lock.flush()
    return Claim(lane, lock)


def _take_back(lane: names.Lane) -> bool:
    lock = lane.owner.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    sweep.lane(lane)
    _forget(Claim(lane, lock))
    return True


def _forget(ours: Claim) -> None:
    ours.lane.owner.unlink()
    ours.lock.close()
    if not _known():
        _leave()


def _leave() -> None:
    """The last lane is gone: undo what all lanes shared."""
    cgroups.remove(names.CGROUP)
    if FORWARD_WAS_OFF.exists():
        FORWARD.write_text("0")
        FORWARD_WAS_OFF.unlink()


def _forward() -> None:
    """Let the machine pass packets on, and remember when that is to be undone by the last lane."""
    if FORWARD.read_text().strip() == "0":
        FORWARD_WAS_OFF.touch()
        FORWARD.write_text("1")
