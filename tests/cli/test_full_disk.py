"""Disks that are full: what runs goes on running, and scs says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import disks, images
from tests.testbed.host import Host

LONE = """\
scs: 1
environment: dev
service: lone
containers:
  web: {image: bb:1, init: true, command: [sleep, "1000"], update: {monitor: 0}}
"""
NAME = "dev-lone-web-1"


@pytest.fixture
def small_host(fresh_host: Host) -> Iterator[Host]:
    """A host whose engine keeps all that it has on a filesystem of its own."""
    data = fresh_host.seat.data / "docker"
    fresh_host.engine.stop()
    with disks.small(data, "size=230m"):
        fresh_host.engine.start()
        images.load(fresh_host, images.BUSYBOX, images.busybox())
        yield fresh_host
        fresh_host.docker("rm", "-f", *fresh_host.docker("ps", "-aq").split())
        fresh_host.engine.stop()


def test_nothing_is_replaced_while_the_engines_disk_is_full(small_host: Host, tmp_path: Path) -> None:
    host, data = small_host, small_host.seat.data / "docker"
    manifest = tiny.write(tmp_path, LONE)
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    before = host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", NAME)
    changed = tiny.write(tmp_path, LONE.replace("1000", "1001"), "changed.yaml")
    disks.resize(data, "150m")
    full = host.scs("apply", changed)
    assert full.returncode == 1
    (line,) = (one for one in full.stderr.splitlines() if one.startswith("blocked"))
    assert line.startswith(f"blocked  container {NAME}: the engine's folder {data} has 1")
    assert line.endswith(
        " MiB left, and 200 MiB are needed to make a container: free some, 'docker system df' shows what takes it"
    )
    assert host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", NAME) == before
    assert host.docker("inspect", "--format", "{{.State.Running}}", NAME) == "true"
    assert len(host.docker("ps", "-aq").split()) == 1
    assert host.scs("apply", manifest).stdout == "dev/lone: nothing to do\n"
    disks.resize(data, "230m")
    assert host.scs("apply", changed).stdout == "dev/lone: done: 1 replaced\n"


def test_what_is_there_is_brought_back_without_a_record(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, LONE)
    assert host.scs("apply", manifest).returncode == 0
    state = host.folder / "state"
    kept = {one: one.read_bytes() for one in state.rglob("*") if one.is_file()}
    host.docker("stop", "-t", "0", NAME)
    with disks.small(host.folder / "full", "size=1m") as full:
        for one, content in kept.items():
            copy = full / one.relative_to(state)
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy.write_bytes(content)
            copy.chmod(one.stat().st_mode)
        disks.fill(full)
        done = host.scs("apply", manifest, env={"SCS_STATE_DIR": str(full)})
        assert (done.returncode, done.stdout) == (0, "dev/lone: done: 1 started\n"), done.stderr
        assert "make room and let scs write there" in done.stderr
        assert done.stderr.count("this run is not recorded") == 1
        assert "Traceback" not in done.stderr
        assert host.scs("history", env={"SCS_STATE_DIR": str(full)}).returncode == 0


def test_a_full_run_folder_is_told_in_one_line(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path)
    with disks.small(host.folder / "run", "size=64k") as run:
        disks.fill(run)
        done = host.scs("apply", manifest)
        assert done.returncode == 1
        assert f"blocked  container dev-tiny-db-1: scs's own folder {run}" in done.stderr
        assert (
            " has 0 MiB left, and 4 MiB are needed to note what is done: "
            "free some, or set SCS_RUN_DIR to a folder on a larger disk\n"
        ) in done.stderr
        assert "Traceback" not in done.stderr
        assert host.docker("ps", "-aq") == ""
    assert host.scs("apply", manifest).returncode == 0
