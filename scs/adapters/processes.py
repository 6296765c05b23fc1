"""Who runs this process, and whether a process that was noted earlier still lives."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

from scs.contract.journal import Who

NOBODY = 2**32 - 1
"""The kernel's word for a process that no login began."""


def who() -> Who:
    """The person, as far as the machine knows: behind sudo, or logged in, or whom the process runs as."""
    user = _name(os.geteuid())
    return Who(login=os.environ.get("SUDO_USER") or _login() or user, user=user, host=socket.gethostname())


def mark() -> str:
    """This process, told apart from all others before and after it on this machine."""
    return f"{_boot()} {os.getpid()} {_began(os.getpid())}"


def lives(process: str) -> bool:
    """Whether the process with this mark is still there."""
    boot, _, rest = process.partition(" ")
    pid, _, began = rest.partition(" ")
    return boot == _boot() and bool(began) and began == _began(pid)


def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id")


def _began(pid: int | str) -> str:
    """The time of its start, in ticks since the boot; empty when it is gone."""
    # The name in brackets may hold spaces and brackets; the state is the first word after it.
    state, *words = _read(f"/proc/{pid}/stat").rpartition(")")[2].split() or ["Z"]
    return "" if state in "ZX" else words[18]


def _login() -> str:
    number = _read("/proc/self/loginuid")
    return _name(int(number)) if number.isdecimal() and int(number) != NOBODY else ""


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
