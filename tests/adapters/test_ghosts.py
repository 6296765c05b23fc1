"""Processes of containers: recorded texts of the kernel, and real processes in control groups that the tests make."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scs.adapters import ghosts
from scs.adapters.ghosts import Mount
from scs.contract import errors
from scs.model.ghosts import Mounted
from tests.testbed import cgroups, commands, names

ONE, OTHER, INNER = "1" * 64, "2" * 64, "3" * 64
HERE, THERE = secrets.token_hex(32), secrets.token_hex(32)
"""No other test on this machine has processes of these."""
V1 = f"""\
9:name=systemd:/docker/{ONE}
8:pids:/docker/{ONE}
0::/
"""
GROUP = f"{names.CGROUP}-ghosts-{os.getpid()}"
FORKING = "while :; do sleep 100 & wait; done"


@pytest.mark.parametrize(
    ("cgroup", "ids"),
    [
        (V1, {ONE}),
        (f"0::/system.slice/docker-{ONE}.scope\n", {ONE}),
        (f"0::/machine.slice/libpod-{ONE}.scope/container\n", {ONE}),
        (f"8:pids:/scs/web/{ONE}\n", {ONE}),
        (f"8:pids:/docker/{ONE}/docker/{INNER}\n", {ONE, INNER}),
        (f"0::/docker/{ONE}/init\n", {ONE}),
        (f"0::/docker/{ONE}0\n", set()),
        (f"0::/docker/buildkit/{ONE[:12]}\n", set()),
        ("0::/user.slice/user-0.slice/session-1.scope\n", set()),
        ("", set()),
    ],
)
def test_the_ids_of_containers_are_read_from_control_groups_of_both_versions(cgroup: str, ids: set[str]) -> None:
    assert set(ghosts.parse_ids(cgroup)) == ids


def test_mounts_are_read_with_their_blanks_and_what_was_removed_below_them() -> None:
    text = (
        "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
        "37 35 0:25 /scs/a\\040b//deleted /run/scs ro - tmpfs tmpfs rw\n"
    )
    assert list(ghosts.parse_mounts(text)) == [
        Mount(device="98:0", root="/mnt1", target="/mnt2", writable=True),
        Mount(device="0:25", root="/scs/a b", target="/run/scs", writable=False),
    ]


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc with this process and 7, a container's. The host has a disk below /srv, and a part of it elsewhere."""
    mine = (
        "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "21 20 8:2 / /srv rw - ext4 /dev/sdb rw\n"
        "22 20 8:2 /blog /mnt/blog rw - ext4 /dev/sdb rw\n"
    )
    its = (
        "90 1 0:40 / / rw - overlay overlay rw\n"
        "91 90 8:2 /blog/db /data rw - ext4 /dev/sdb rw\n"
        "92 90 8:2 /blog/db/logs /logs ro - ext4 /dev/sdb rw\n"
        "93 90 8:1 /blog/db /other rw - ext4 /dev/sda1 rw\n"
        "94 90 8:2 / /all rw - ext4 /dev/sdb rw\n"
    )
    for number, mounts in (("self", mine), ("7", its)):
        (tmp_path / number).mkdir()
        (tmp_path / number / "mountinfo").write_text(mounts)
    return tmp_path


@pytest.mark.parametrize("folder", ["/srv/blog/db", "/mnt/blog/db"])
def test_a_folder_is_found_in_a_process_by_whatever_way_the_host_has_it(proc: Path, folder: str) -> None:
    assert ghosts.mounted(7, (folder,), proc) == (
        Mounted(path=folder, target="/data", writable=True),
        Mounted(path=f"{folder}/logs", target="/logs", writable=False),
    )


def test_what_may_not_be_read_of_a_process_is_nothing(proc: Path) -> None:
    assert ghosts.mounted(8, ("/srv/blog/db",), proc) == ()


@pytest.fixture
def live() -> Iterator[Callable[[str, str], subprocess.Popen[bytes]]]:
    """Starts a shell script in the control group of a container."""
    started = []

    def start(container: str, script: str) -> subprocess.Popen[bytes]:
        join = 'echo $$ >"$1" && exec sh -c "$2"'
        group = cgroups.make(f"{GROUP}/{container}")
        started.append(subprocess.Popen(["sh", "-c", join, "join", str(group), script]))
        return started[-1]

    yield start
    cgroups.end(GROUP)
    for one in started:
        one.wait()
    cgroups.remove(GROUP)


def _until(holds: Callable[[], bool]) -> None:
    assert commands.wait_until(holds, timeout=10)


def test_the_processes_of_a_container_are_seen_and_ended_and_no_others(
    live: Callable[[str, str], subprocess.Popen[bytes]],
) -> None:
    one, other = live(HERE, FORKING), live(THERE, FORKING)
    _until(lambda: len(ghosts.containers().get(HERE, ())) == 2 == len(ghosts.containers().get(THERE, ())))
    assert one.pid in ghosts.containers()[HERE]
    assert ghosts.end(HERE, 10) == ()
    assert HERE not in ghosts.containers()
    assert one.wait() == -signal.SIGKILL
    assert other.poll() is None
    assert other.pid in ghosts.containers()[THERE]


def test_what_is_ended_already_is_success() -> None:
    assert ghosts.end(HERE, 10) == ()


def test_a_zombie_has_ended(live: Callable[[str, str], subprocess.Popen[bytes]]) -> None:
    ended = live(HERE, "exit 0")
    _until(lambda: (Path(f"/proc/{ended.pid}/stat")).read_text().rpartition(")")[2].split()[0] == "Z")
    assert HERE not in ghosts.containers()


def test_a_process_that_is_another_by_the_time_of_the_kill_is_left_alone(
    live: Callable[[str, str], subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right before its handle is opened, its number goes to a process of nobody's."""
    reused = live(THERE, FORKING)
    entry = tmp_path / str(reused.pid)
    entry.mkdir()
    (entry / "stat").write_text(f"{reused.pid} (sh) S 1")
    (entry / "cgroup").write_text(f"0::/docker/{HERE}\n")
    opening = os.pidfd_open

    def opened(process: int) -> int:
        (entry / "cgroup").write_text("0::/\n")
        return opening(process)

    monkeypatch.setattr(os, "pidfd_open", opened)
    assert ghosts.containers(tmp_path) == {HERE: (reused.pid,)}
    assert ghosts.end(HERE, 10, tmp_path) == ()
    assert reused.poll() is None


def test_an_old_kernel_without_handles_of_processes_will_do(
    live: Callable[[str, str], subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(process: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)
    one = live(HERE, FORKING)
    _until(lambda: len(ghosts.containers().get(HERE, ())) == 2)
    assert ghosts.end(HERE, 10) == ()
    assert one.wait() == -signal.SIGKILL


def test_whoever_may_not_end_a_process_is_told_who_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = tmp_path / str(os.getpid())
    entry.mkdir()
    (entry / "stat").write_text("1 (sh) S 1")
    (entry / "cgroup").write_text(f"0::/docker/{HERE}\n")

    def refused(handle: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(signal, "pidfd_send_signal", refused)
    with pytest.raises(errors.Failure) as failed:
        ghosts.end(HERE, 10, tmp_path)
    assert failed.value.why == (
        f"process {os.getpid()} of container {HERE[:12]} has to end, and this user may not end it: run scs as root"
    )


def test_processes_that_cannot_be_ended_in_time_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when they wait for a device that does not answer."""
    entry = tmp_path / str(os.getpid())
    entry.mkdir()
    (entry / "stat").write_text("1 (sh) D 1")
    (entry / "cgroup").write_text(f"0::/docker/{HERE}\n")
    sent = []
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda handle, number: sent.append(number))
    assert ghosts.end(HERE, 0.2, tmp_path) == (os.getpid(),)
    assert set(sent) == {signal.SIGKILL}
