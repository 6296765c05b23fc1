"""Processes that a real engine lost track of, as tests/torture/ghosts.py makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import cgroups
from tests.testbed.host import Host
from tests.torture import ghosts

# The engine must not start it by itself: where it fails at that, it ends what it finds.
WRITER = """\
scs: 1
environment: dev
service: ghost
volumes:
  data: {type: docker}
containers:
  db:
    image: bb:1
    restart: "no"
    command: [sh, -c, "echo began >> /data/log; while :; do sleep 1; done"]
    volumes: {/data: data}
"""
NAME = "dev-ghost-db-1"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path, WRITER)


def running(host: Host) -> str:
    return host.docker("inspect", "--format", "{{.Id}} {{.State.Status}}", NAME)


def starts(host: Host) -> int:
    """How often a process began to write to the volume."""
    return host.docker("exec", NAME, "cat", "/data/log").split().count("began")


def test_a_container_that_lives_on_unknown_to_the_engine_is_ended_and_started_again(
    fresh_host: Host, manifest: Path
) -> None:
    host = fresh_host
    assert host.scs("apply", manifest).returncode == 0
    lost = running(host).split()[0]
    process = ghosts.make(host, lost)
    assert running(host) == f"{lost} exited"
    assert process in ghosts.members(host, lost)
    planned = host.scs("plan", manifest)
    assert "of container " + lost[:12] + " (because the engine lost track of" in planned.stdout
    assert str(process) in planned.stdout
    assert process in ghosts.members(host, lost)

    done = host.scs("apply", manifest)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    container, state = running(host).split()
    assert state == "running"
    assert process not in ghosts.members(host, lost)
    assert ghosts.members(host, lost) == (ghosts.members(host, container) if container == lost else [])
    assert starts(host) == 2
    assert host.scs("apply", manifest).stdout == "dev/ghost: nothing to do\n"


def test_a_container_that_the_engine_cannot_start_again_is_made_anew_in_the_same_run(
    fresh_host: Host, manifest: Path
) -> None:
    """Nothing of it lives, and the runtime still has it."""
    host = fresh_host
    host.scs("apply", manifest)
    lost = running(host).split()[0]
    ghosts.make(host, lost)
    cgroups.end(f"{host.seat.cgroup}/{lost}")

    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    container, state = running(host).split()
    assert (state, container != lost) == ("running", True)
    assert starts(host) == 2
    assert host.docker("ps", "-aq", "--no-trunc") == container
    assert host.scs("apply", manifest).stdout == "dev/ghost: nothing to do\n"


def test_what_lives_of_a_removed_container_is_ended_before_another_writes_to_its_volume(
    fresh_host: Host, manifest: Path
) -> None:
    host = fresh_host
    host.scs("apply", manifest)
    lost = running(host).split()[0]
    process = ghosts.make(host, lost)
    host.docker("rm", lost)
    assert process in ghosts.members(host, lost)

    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert ghosts.members(host, lost) == []
    assert starts(host) == 2
    assert host.scs("apply", manifest).stdout == "dev/ghost: nothing to do\n"


def test_a_stranger_who_writes_to_a_volume_is_named_and_left_alone(fresh_host: Host, manifest: Path) -> None:
    host = fresh_host
    host.scs("apply", manifest)
    stranger = host.docker("run", "-d", "-v", "dev-ghost-data:/mine", "bb:1", "sleep", "100000")
    process = ghosts.make(host, stranger)
    host.docker("rm", stranger)
    host.docker("rm", "-f", NAME)

    done = host.scs("apply", manifest)
    assert done.returncode == 1
    assert done.stderr == (
        f"blocked  container {NAME}: volume dev-ghost-data: process {process} of container {stranger[:12]}, which this "
        f"engine does not have, may write to it: see what it is with 'ps -fp {process}', and stop it where it came "
        f"from, or end it with 'kill -9 {process}'; then apply again\n"
    )
    assert ghosts.members(host, stranger) == [process]
    host.run(["kill", "-9", str(process)], check=True)
    assert host.scs("apply", manifest).returncode == 0
