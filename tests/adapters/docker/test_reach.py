from __future__ import annotations

import errno
import grp
import os
import pwd
from pathlib import Path

from scs.adapters.docker import reach
from scs.adapters.docker.address import LocalPort, UnixSocket

HERE = "unix:///s"


def why(error: OSError, path: str = "/s") -> str:
    return reach.unavailable(error, UnixSocket(path=path), HERE).why


def test_no_engine_says_how_to_start_one_or_name_another() -> None:
    expected = (
        "no engine answers at unix:///s: is it running? start it with 'systemctl start docker' or 'dockerd', "
        "or name another with --engine or DOCKER_HOST"
    )
    assert why(FileNotFoundError(errno.ENOENT, "")) == expected
    assert why(ConnectionRefusedError(errno.ECONNREFUSED, "")) == expected


def test_a_forbidden_socket_names_its_group(tmp_path: Path) -> None:
    socket = tmp_path / "s"
    socket.touch()
    group = next(one for one in grp.getgrall() if one.gr_gid)
    os.chown(socket, -1, group.gr_gid)
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert why(PermissionError(errno.EACCES, ""), str(socket)) == (
        f"you may not use the engine at unix:///s: join the group that owns it "
        f"('sudo usermod -aG {group.gr_name} {user}', then log in again) or run scs with sudo"
    )


def test_a_socket_of_root_alone_or_out_of_sight_asks_for_sudo(tmp_path: Path) -> None:
    expected = "you may not use the engine at unix:///s: run scs with sudo"
    (tmp_path / "s").touch()
    assert why(PermissionError(errno.EACCES, ""), str(tmp_path / "s")) == expected
    assert why(PermissionError(errno.EACCES, ""), str(tmp_path / "gone")) == expected


def test_an_engine_that_takes_no_connections_is_told_apart() -> None:
    expected = (
        "the engine at unix:///s takes no connections: it hangs or is overloaded; "
        "see its log ('journalctl -u docker'), or restart it with 'systemctl restart docker'"
    )
    assert why(BlockingIOError(errno.EAGAIN, "")) == expected
    assert why(TimeoutError()) == expected


def test_a_forbidden_port_has_no_group() -> None:
    found = reach.unavailable(
        PermissionError(errno.EACCES, ""), LocalPort(ipv6=False, host="127.0.0.1", port=1), "tcp://127.0.0.1:1"
    )
    assert found.why.startswith("no engine answers at tcp://127.0.0.1:1: ")
