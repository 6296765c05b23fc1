"""Why no connection to the engine came about, and what the person at the keyboard can do about it."""

from __future__ import annotations

import errno
import grp
import os
import pwd
from pathlib import Path

from scs.adapters.docker.address import Address, UnixSocket
from scs.contract import errors


def unavailable(error: OSError, where: Address, address: str) -> errors.EngineUnavailable:
    """Looks at the socket's owner when it is permission that lacks."""
    if error.errno in (errno.EACCES, errno.EPERM) and isinstance(where, UnixSocket):
        return errors.EngineUnavailable(_forbidden(where.path, address))
    if error.errno == errno.EAGAIN or isinstance(error, TimeoutError):
        return errors.EngineUnavailable(
            f"the engine at {address} takes no connections: it hangs or is overloaded; "
            f"see its log ('journalctl -u docker'), or restart it with 'systemctl restart docker'"
        )
    return errors.EngineUnavailable(
        f"no engine answers at {address}: is it running? start it with 'systemctl start docker' or "
        f"'dockerd', or name another with --engine or DOCKER_HOST"
    )


def _forbidden(path: str, address: str) -> str:
    group = _group(path)
    told = f"you may not use the engine at {address}"
    if not group:
        return f"{told}: run scs with sudo"
    return (
        f"{told}: join the group that owns it ('sudo usermod -aG {group} {_user()}', then log in again) "
        f"or run scs with sudo"
    )


def _group(path: str) -> str:
    """The name of the group that may use the socket; empty for root's own, and when it cannot be seen."""
    try:
        owner = Path(path).stat().st_gid
        return grp.getgrgid(owner).gr_name if owner else ""
    except (OSError, KeyError):
        return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
