"""A name for an address in the hosts file, for as long as a process lives. Knows nothing of what is at the address.

Each line of ours says which process put it there. Whoever edits the file next removes lines whose process is gone, so
that a crash leaves nothing for long. Nobody else's line is touched.
"""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scs.adapters import lock, replacing
from scs.contract import errors

HOSTS = Path("/etc/hosts")
_MARK = re.compile(r"# scs forward: process (\d+) started (\d+)$")
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.I
)
_WAIT = 5.0
# All of 127.0.0.0/8 is this machine on Linux; these are far from what distributions use (127.0.0.1, 127.0.1.1).
_FIRST = int(ipaddress.IPv4Address("127.64.0.0"))
_COUNT = 1 << 20


@contextmanager
def entry(name: str, *, hosts: Path, locks: Path) -> Iterator[str]:
    """The loopback address of this name for the block; the line in the hosts file is there as long.

    Raises Refusal for a name that is none or that somebody else has there, Failure where the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise errors.Refusal(f"'{name}' cannot be a host's name: labels of letters, digits and dashes, as in db.local")
    chosen: list[str] = []

    def added(lines: list[str]) -> list[str]:
        taken = {words[0] for words in map(_words, lines) if words}
        for line in lines:
            words = _words(line)
            if name.lower() in (one.lower() for one in words[1:]):
                raise errors.Refusal(_has(hosts, words[0], name, line))
        chosen[:] = [_free(name, taken)]
        return [*lines, f"{chosen[0]} {name} # scs forward: process {os.getpid()} started {_started(os.getpid())}"]

    _edit(hosts, locks, added)
    try:
        yield chosen[0]
    finally:
        ours = f"{chosen[0]} {name} # scs forward: process {os.getpid()} "
        _edit(hosts, locks, lambda lines: [line for line in lines if not line.startswith(ours)])


def tidy(*, hosts: Path, locks: Path) -> None:
    """Removes what processes left that ended without doing so, where we may."""
    with suppress(OSError):
        lines = hosts.read_bytes().decode(errors="surrogateescape").split("\n")
        if any(map(_left, lines)) and os.access(hosts, os.W_OK):
            _edit(hosts, locks, lambda those: those)


def _edit(hosts: Path, locks: Path, change: Callable[[list[str]], list[str]]) -> None:
    """The file without what dead processes left, changed; written only if that is another."""
    deadline = time.monotonic() + _WAIT

    def busy() -> None:
        if time.monotonic() >= deadline:
            raise errors.Failure(f"another process edits {hosts} and does not come to an end: it holds {locks}")
        time.sleep(0.02)

    with lock.held(locks, advice="run scs as root, or without --hosts-entry", busy=busy):
        try:
            text = hosts.read_bytes().decode(errors="surrogateescape")
            lines = text.removesuffix("\n").split("\n") if text else []
            new = change([line for line in lines if not _left(line)])
            if new != lines:
                _write(hosts, "".join(f"{line}\n" for line in new))
        except OSError as error:
            raise errors.Failure(
                f"{hosts} cannot be edited: {error.strerror}; "
                + replacing.advice(error, "run scs as root, or without --hosts-entry")
            ) from None


def _write(hosts: Path, text: str) -> None:
    """Whole or not at all; in place only where it is mounted by itself, as in containers."""
    content, seen = text.encode(errors="surrogateescape"), hosts.stat()
    target = hosts.resolve()
    try:
        replacing.replace(target, content, mode=seen.st_mode & 0o7777, owner=(seen.st_uid, seen.st_gid), durable=True)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        with target.open("r+b") as file:
            file.write(content)
            file.truncate()


def _words(line: str) -> list[str]:
    return line.partition("#")[0].split()


def _left(line: str) -> bool:
    """A line of ours whose process is gone, even if another one has its number by now."""
    mark = _MARK.search(line)
    return mark is not None and _started(int(mark[1])) != int(mark[2])


def _started(process: int) -> int | None:
    """When it started, in the kernel's count; None for a process that is not."""
    with suppress(OSError, ValueError, IndexError):
        # The command in brackets may hold anything, brackets too.
        return int(Path(f"/proc/{process}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[19])
    return None


def _free(name: str, taken: set[str]) -> str:
    """The same for a name as long as nobody else has it, so that what remembers it stays right."""
    start = int.from_bytes(hashlib.sha256(name.lower().encode()).digest()[:4])
    for step in range(_COUNT):
        number = (start + step) % _COUNT
        found = str(ipaddress.IPv4Address(_FIRST + number))
        if number % 256 not in (0, 255) and found not in taken:
            return found
    raise errors.Failure("no loopback address is free")


def _has(hosts: Path, address: str, name: str, line: str) -> str:
    mark = _MARK.search(line)
    if mark is not None:
        who = f"another 'scs forward' (process {mark[1]})"
        return f"{name} is {address} already, for {who}: end that, or take another name"
    return f"{hosts} has {name} already, as {address}: take another name"
