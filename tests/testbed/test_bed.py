"""The bed as its users see it: hosts come up, reach one another and the mirror, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.testbed import cgroups, commands, images, names, sweep
from tests.testbed.bed import Bed
from tests.testbed.host import Host

ROOT = Path(__file__).parents[2]
OWNER = """
import signal
from tests.testbed.bed import Bed
bed = Bed()
host = bed.new()
host.docker("run", "--detach", "--name", "canary", "bb:1", "sleep", "1000")
host.docker("pause", "canary")
print(bed.lane.number, bed.watcher, flush=True)
signal.pause()
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process of its own with a bed, a host and a paused container."""

    process: subprocess.Popen[str]
    lane: names.Lane
    watcher: int


@pytest.fixture
def owner() -> Iterator[Owner]:
    argv = [sys.executable, "-c", OWNER]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            number, watcher = map(int, process.stdout.readline().split())
            yield Owner(process, names.Lane(number=number), watcher)
        finally:
            process.kill()


def test_a_host_is_up_within_seconds(bed: Bed) -> None:
    started = time.monotonic()
    host = bed.new()
    took = time.monotonic() - started
    bed.close_host(host)
    assert took < 15


def test_each_host_has_an_engine_and_an_address_of_its_own(
    hosts: Callable[[int], tuple[Host, ...]],
) -> None:
    one, two = hosts(2)
    one.docker("run", "--detach", "--name", "only-here", "bb:1", "sleep", "1000")
    assert one.docker("ps", "--format", "{{.Names}}") == "only-here"
    assert two.docker("ps", "--format", "{{.Names}}") == ""
    assert one.address != two.address


def test_hosts_reach_one_another(hosts: Callable[[int], tuple[Host, ...]]) -> None:
    one, two = hosts(2)
    for here, there in ((one, two), (two, one)):
        here.docker("run", "--rm", "--network", "host", "bb:1", "ping", "-c", "1", "-W", "5", there.address)


def test_a_published_port_answers_other_hosts_and_the_test(
    hosts: Callable[[int], tuple[Host, ...]],
) -> None:
    one, two = hosts(2)
    serve = "echo hello >/tmp/greeting; httpd -f -p 80 -h /tmp"
    one.docker("run", "--detach", "--publish", "8080:80", "bb:1", "sh", "-c", serve)
    ask = ("wget", "-q", "-O", "-", f"http://{one.address}:8080/greeting")

    def answers() -> bool:
        return two.run(["docker", "run", "--rm", "bb:1", *ask]).stdout == "hello\n"

    assert commands.wait_until(answers, timeout=20)
    curl = [sys.executable, "-c", f"import urllib.request as u; print(u.urlopen({ask[-1]!r}).read())"]
    assert commands.check(curl) == "b'hello\\n'\n"


@pytest.mark.parametrize("kind", ["bridge", "made"])
def test_a_container_reaches_the_mirror_by_name(host: Host, kind: str) -> None:
    if kind == "made":
        host.docker("network", "create", "made")
    release = f"{images.mirror().rstrip('/')}/dists/bookworm/Release"
    shown = host.docker("run", "--rm", "--network", kind, "bb:1", "wget", "-q", "-O", "-", release)
    assert "Codename: bookworm" in shown


def test_hosts_get_through_a_firewall_that_drops_what_it_does_not_know(bed: Bed, host: Host) -> None:
    comment = ("-m", "comment", "--comment", bed.lane.mark)  # so that it goes with the lane
    drop = ("FORWARD", "-i", bed.lane.bridge, *comment, "-j", "DROP")
    commands.check(["iptables", "--wait", "--append", *drop])
    try:
        release = f"{images.mirror().rstrip('/')}/dists/bookworm/Release"
        assert host.docker("run", "--rm", "bb:1", "wget", "-q", "-O", "-", release)
    finally:
        commands.check(["iptables", "--wait", "--delete", *drop])


def test_what_runs_on_a_host_sees_its_engine_and_folders_of_its_own(host: Host) -> None:
    shown = dict(line.split("=", 1) for line in host.run(["env"]).stdout.splitlines() if "=" in line)
    assert shown["DOCKER_HOST"] == host.socket
    for name in ("HOME", "SCS_RUN_DIR", "SCS_STATE_DIR"):
        assert Path(shown[name]).is_relative_to(host.folder)
    assert f"inet {host.address}/24" in host.run(["ip", "-4", "addr", "show"]).stdout


def test_a_host_is_clean_for_the_next_test(fresh_host: Host) -> None:
    host = fresh_host
    sleeper = host.popen(["sh", "-c", "setsid sleep 1000"])
    host.docker("run", "--detach", "--name", "canary", "--volume", "kept:/data", "bb:1", "sleep", "1000")
    host.docker("pause", "canary")
    host.docker("network", "create", "left")
    mounted = host.folder / "mounted here"
    mounted.mkdir()
    commands.check(["mount", "-t", "tmpfs", "tmpfs", str(mounted)])

    host.clean()

    assert sleeper.wait(5) == -signal.SIGKILL
    assert host.docker("ps", "--all", "--quiet") == ""
    assert host.docker("volume", "ls", "--quiet") == ""
    assert host.docker("network", "ls", "--filter", "type=custom", "--quiet") == ""
    assert list(host.folder.iterdir()) == []
    assert sweep.mounts(host.folder) == []
    assert images.has(host, images.BUSYBOX)


@pytest.mark.parametrize("harm", ["stop", "kill", "freeze"])
def test_a_harmed_engine_answers_again_after_cleaning(fresh_host: Host, harm: str) -> None:
    fresh_host.docker("run", "--detach", "--stop-timeout", "1", "bb:1", "sleep", "1000")
    getattr(fresh_host.engine, harm)()
    assert not fresh_host.engine.answers()
    fresh_host.clean()
    assert fresh_host.docker("ps", "--all", "--quiet") == ""
    own = (fresh_host.seat.engine_cgroup, fresh_host.seat.work_cgroup)
    assert cgroups.members(fresh_host.seat.cgroup, but=own) == []


def test_an_engine_that_does_not_start_shows_its_log(fresh_host: Host) -> None:
    fresh_host.engine.kill()
    state = fresh_host.seat.run / "exec"
    state.rename(fresh_host.seat.run / "aside")
    state.write_text("not a folder")
    with pytest.raises(commands.BedError, match=r"(?s)no answer from dockerd of scsbed.*not a directory"):
        fresh_host.engine.start()


def test_nothing_is_left_of_a_closed_host(bed: Bed) -> None:
    host = bed.new()
    host.docker("run", "--detach", "bb:1", "sleep", "1000")
    shims = _shim_sockets(host)
    assert len(shims) == 1
    assert sweep.leftovers(host.seat)
    bed.close_host(host)
    assert sweep.leftovers(host.seat) == []
    assert not any(path.exists() for path in shims)


def _shim_sockets(host: Host) -> list[Path]:
    notes = host.seat.run.rglob("moby/*/address")
    return [Path(note.read_text().removeprefix("unix://").strip()) for note in notes]


def test_nothing_is_left_of_a_closed_bed() -> None:
    with Bed() as bed:
        for host in (bed.new(), bed.new()):
            host.docker("run", "--detach", "--publish", "80:80", "bb:1", "sleep", "1000")
        lane = bed.lane
        kinds = {line.split()[0] for line in sweep.leftovers(lane)}
        assert kinds == {"process", "mount", "folder", "link", "namespace", "rule", "control"}
    assert sweep.leftovers(lane) == []
    assert not lane.owner.exists()


def test_a_bed_is_closed_after_an_error() -> None:
    lanes: list[names.Lane] = []

    def fail() -> None:
        with Bed() as bed:
            lanes.append(bed.lane)
            bed.new()
            raise LookupError("a test failed")

    with pytest.raises(LookupError, match="a test failed"):
        fail()
    assert sweep.leftovers(lanes[0]) == []


def test_what_a_killed_owner_left_is_swept_at_once(owner: Owner) -> None:
    assert sweep.leftovers(owner.lane)
    owner.process.kill()
    assert commands.wait_until(lambda: not owner.lane.owner.exists(), timeout=60)
    assert sweep.leftovers(owner.lane) == []


def test_what_a_killed_owner_and_its_watcher_left_is_swept_by_the_next_start(owner: Owner) -> None:
    os.kill(owner.watcher, signal.SIGKILL)
    owner.process.kill()
    owner.process.wait(10)
    with Bed():
        assert sweep.leftovers(owner.lane) == []
        assert not owner.lane.owner.exists()
