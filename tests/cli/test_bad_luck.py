"""Engines that are absent or refuse, users who may not, people who press Ctrl-C, power that goes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import commands
from tests.testbed.host import SCS, Host


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path)


def test_an_engine_that_is_absent_is_said_within_seconds(host: Host, manifest: Path) -> None:
    began = time.monotonic()
    done = host.scs("apply", manifest, "--engine", "unix:///run/nowhere/docker.sock")
    assert time.monotonic() - began < 10
    assert done.returncode == 1
    assert done.stderr == (
        "scs: no engine answers at unix:///run/nowhere/docker.sock: is it running? "
        "start it with 'systemctl start docker' or 'dockerd', or name another with --engine or DOCKER_HOST\n"
    )


def test_a_frozen_engine_is_given_up_on_and_the_world_is_as_it_was(host: Host, manifest: Path) -> None:
    host.engine.freeze()
    try:
        began = time.monotonic()
        done = host.scs("apply", manifest, timeout=120)
        assert time.monotonic() - began < 60
    finally:
        host.engine.thaw()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert host.docker("ps", "-aq") == ""


def test_a_user_who_may_not_use_the_engine_is_told_how(host: Host, manifest: Path) -> None:
    manifest.chmod(0o644)
    for folder in (manifest.parent, *manifest.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    environment = {"SCS_RUN_DIR": "/tmp/scs-nobody", "SCS_STATE_DIR": "/tmp/scs-nobody"}
    done = host.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *SCS, "apply", manifest], env=environment
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"scs: you may not use the engine at {host.socket}: "), done.stderr
    assert "Traceback" not in done.stderr


def test_mistakes_are_listed_with_their_places_and_nothing_is_changed(host: Host, tmp_path: Path) -> None:
    wrong = tiny.write(tmp_path, tiny.TINY.replace("image: bb:1", "imagee: bb:1", 1).replace("role: db", "role: bd"))
    done = host.scs("apply", wrong.name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "tiny.yaml:10:5: containers.db: unknown key 'imagee' (did you mean 'image'?)",
        "tiny.yaml:22:30: containers.web.requires.mysql.role: there is no role 'bd' in this manifest (known: db, web)",
        "2 mistakes; nothing was changed",
    ]
    assert host.docker("ps", "-aq") == ""


def test_ctrl_c_stops_after_the_call_in_hand_and_the_next_apply_goes_on(host: Host, tmp_path: Path) -> None:
    slow = tiny.write(tmp_path, tiny.TINY.replace("check: {tcp: true}", "check: {exec: ['false'], interval: 1s}"))
    running = host.popen([*SCS, "apply", slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert commands.wait_until(lambda: "dev-tiny-db-1" in host.docker("ps", "--format", "{{.Names}}"), timeout=30)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert "scs: stopping after the calls in hand; Ctrl-C again to stop at once" in err
    assert "skipped  container dev-tiny-db-1: wait until it is healthy: the run was asked to stop" in err
    assert out.startswith("dev/tiny: stopped before the end: ")
    assert "Traceback" not in err
    assert host.scs("apply", tiny.write(tmp_path)).returncode == 0


def test_a_second_ctrl_c_stops_at_once(host: Host, tmp_path: Path) -> None:
    stubborn = "scs: 1\nservice: x\ncontainers: {a: {image: bb:1, command: [sleep, '1000'], stop: {grace: 60s}}}\n"
    manifest = tiny.write(tmp_path, stubborn)
    host.scs("apply", manifest)
    arguments: list[str | Path] = [*SCS, "destroy", manifest, "--yes"]
    with host.popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        assert running.stderr is not None
        assert commands.wait_until(lambda: locked(host), timeout=30)
        running.send_signal(signal.SIGINT)
        assert running.stderr.readline() == "\n"
        assert running.stderr.readline() == "scs: stopping after the calls in hand; Ctrl-C again to stop at once\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=10) == 1
        assert "scs: stopped at once; the next apply goes on from here" in running.stderr.read()


def has_socket(pid: int) -> bool:
    """Whether the process has connected to anything."""
    try:
        return any(str(one.readlink()).startswith("socket:") for one in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:  # closed while we looked
        return False


def locked(host: Host) -> bool:
    """Whether a run has written its name into the engine's lock."""
    return any(one.read_text() for one in (host.folder / "run").glob("*/lock") if "destroy" in one.read_text())


def test_ctrl_c_while_the_engine_is_mute_is_no_traceback(host: Host) -> None:
    host.engine.freeze()
    try:
        with host.popen([*SCS, "status"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
            assert running.stderr is not None
            assert commands.wait_until(lambda: has_socket(running.pid), timeout=30)
            running.send_signal(signal.SIGINT)
            assert (running.stderr.read(), running.wait(timeout=30)) == ("scs: stopped\n", 1)
    finally:
        host.engine.thaw()


def test_a_second_apply_at_the_same_time_names_the_first(host: Host, tmp_path: Path) -> None:
    slow = tiny.write(tmp_path, tiny.TINY.replace("check: {tcp: true}", "check: {exec: ['false'], interval: 1s}"))
    running = host.popen([*SCS, "apply", slow], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert commands.wait_until(lambda: "dev-tiny-db-1" in host.docker("ps", "--format", "{{.Names}}"), timeout=30)
    second = host.scs("apply", slow)
    running.kill()
    running.wait()
    assert second.returncode == 1
    holder = f"'scs apply {slow}' (process {running.pid}, since "
    assert second.stderr.startswith(f"scs: another run changes this engine: {holder}")
    assert second.stderr.endswith("wait for it to end, or let scs wait with --lock-wait SECONDS\n")


@pytest.mark.parametrize("milliseconds", [300, 700, 900, 1100, 1300, 1600, 2000])
def test_a_run_that_was_killed_is_finished_by_the_next(host: Host, manifest: Path, milliseconds: int) -> None:
    tiny.apply_and_kill(host, manifest, milliseconds / 1000)
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert host.scs("apply", manifest).stdout == "dev/tiny: nothing to do\n"
    assert len(host.docker("ps", "-aq").split()) == 3


def test_output_that_nobody_reads_is_no_error(host: Host, manifest: Path) -> None:
    done = host.run(["sh", "-c", f"{sys.executable} -m scs plan {manifest} | head -n 1"])
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_foreign_container_with_our_name_is_left_alone(host: Host, manifest: Path) -> None:
    host.docker("run", "-d", "--name", "dev-tiny-db-1", "bb:1", "sleep", "1000")
    before = host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "dev-tiny-db-1")
    done = host.scs("apply", manifest)
    assert done.returncode == 1
    assert (
        "blocked  container dev-tiny-db-1: the name is taken by a container that is not of dev/tiny: "
        "rename or remove it ('docker rm dev-tiny-db-1')" in done.stderr
    )
    assert host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "dev-tiny-db-1") == before


def test_a_copy_made_by_docker_commit_is_not_ours(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    host.docker("commit", "dev-tiny-db-1", "copy:1")
    host.docker("run", "-d", "--name", "copy", "copy:1", "sleep", "1000")
    assert host.scs("apply", manifest).stdout == "dev/tiny: nothing to do\n"
    host.scs("destroy", manifest, "--yes")
    assert host.docker("ps", "--format", "{{.Names}}") == "copy"
