"""Runs programs of the host; what they are given and what they say is their callers' business."""

from __future__ import annotations

import errno
import os
import select
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

from scs.contract import errors
from scs.contract.context import Completed

POLL_SECONDS = 0.2
"""Between looks at whether the run is asked to stop."""
GRACE_SECONDS = 5.0
"""Between SIGTERM and SIGKILL."""
REAP_SECONDS = 5.0
"""After SIGKILL. A process that waits without end, as on a dead NFS server, is left behind."""
LOCALE = {"LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
ADMIN_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where programs are that an ordinary user's path leaves out."""
PACKAGES: Mapping[str, str] = {
    "blkid": "util-linux",
    "blockdev": "util-linux",
    "debootstrap": "debootstrap",
    "docker": "docker.io",
    "e2fsck": "e2fsprogs",
    "findmnt": "util-linux",
    "fuser": "psmisc",
    "ip": "iproute2",
    "iptables": "iptables",
    "lsblk": "util-linux",
    "mkfs.btrfs": "btrfs-progs",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.xfs": "xfsprogs",
    "mmdebstrap": "mmdebstrap",
    "mount": "mount",
    "mount.nfs": "nfs-common",
    "nsenter": "util-linux",
    "resize2fs": "e2fsprogs",
    "ss": "iproute2",
    "tar": "tar",
    "umount": "mount",
    "xfs_growfs": "xfsprogs",
}
"""Which Debian package holds a program."""


def found(program: str) -> str:
    """Where the program is that would be run, empty when it is not installed."""
    return shutil.which(program, path=_path()) or ""


class SystemCommands:
    """Programs run in a process group of their own, which a time-out ends as a whole, and so does setting `stop`.

    What begins after that is tidying up, and runs to its end.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        """As the contract says; raises Interrupted when asked to stop meanwhile."""
        tidying = self._stop.is_set()
        with _input(stdin) as given:
            process = _started(argv, given)
        until = time.monotonic() + timeout
        try:
            while (said := _said(process, min(POLL_SECONDS, until - time.monotonic()))) is None:
                self._go_on(tidying=tidying)
                if time.monotonic() >= until:
                    _overdue(argv, timeout)
        except BaseException:
            _end(process)
            raise
        return Completed(code=process.returncode, stdout=_text(said[0]), stderr=_text(said[1]))

    def _go_on(self, *, tidying: bool) -> None:
        if self._stop.is_set() and not tidying:
            raise errors.Interrupted


def _overdue(argv: Sequence[str], timeout: float) -> NoReturn:
    raise errors.Retry(f"{_shown(argv)} did not end within {timeout:g} s and was killed")


def _said(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes] | None:
    """Output and error of a process that ends within the time; None while it runs."""
    try:
        return process.communicate(timeout=max(0.0, seconds))
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def _input(content: bytes | None) -> Iterator[int]:
    """What a program reads. In memory and no pipe: a `communicate` that is called again writes no more to that."""
    if content is None:
        yield subprocess.DEVNULL
        return
    with os.fdopen(os.memfd_create("stdin"), "w+b") as file:
        file.write(content)
        file.seek(0)
        yield file.fileno()


def _started(argv: Sequence[str], stdin: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **LOCALE, "PATH": _path()},
            process_group=0,
        )
    except FileNotFoundError as error:
        raise errors.Failure(_missing(argv[0])) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        kind = errors.Retry if _passing(error) else errors.Failure
        raise kind(f"cannot run {_shown(argv)}: {reason}") from error


def _path() -> str:
    known = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([*known, *(one for one in ADMIN_FOLDERS if one not in known)])


def _missing(program: str) -> str:
    package = PACKAGES.get(program)
    advice = f"install it with 'apt-get install {package}'" if package else "install the package that holds it"
    return f"the program {program} is not there: {advice}"


def _passing(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (
        errno.EAGAIN,
        errno.ENOMEM,
        errno.EMFILE,
        errno.ENFILE,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the whole group, kindly at first. Until its leader is reaped, its number is nobody else's."""
    _signal(process, signal.SIGTERM)
    handle = os.pidfd_open(process.pid)
    try:
        select.select([handle], [], [], GRACE_SECONDS)
    finally:
        os.close(handle)
    _signal(process, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=REAP_SECONDS)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _shown(argv: Sequence[str]) -> str:
    return shlex.join(argv)


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")
