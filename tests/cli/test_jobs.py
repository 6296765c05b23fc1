"""Jobs on a real engine: a migration that runs once, and a release that waits for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import commands
from tests.testbed.host import SCS, Host

pytestmark = pytest.mark.engine

JOB = "dev-ship-migrate-1"
NOTHING = "dev/ship: nothing to do\n"
SHIP = """\
scs: 1
environment: dev
service: ship
volumes: {data: {type: docker}}
containers:
  web:
    image: bb:1
    init: true
    command: [sh, -c, "mkdir /www; echo one > /www/index.html; exec httpd -f -p 80 -h /www"]
    provides: {http: {port: 80, publish: 8097, check: {http: /, interval: 1s}}}
    update: {monitor: 1s}
    after: [{role: migrate, condition: completed}]
jobs:
  migrate:
    image: bb:1
    command: [sh, -c, "echo began >> /data/runs; echo migrating; sleep 0; echo ended >> /data/runs"]
    volumes: {/data: data}
    inputs: {schema: 1}
"""


def runs(host: Host) -> list[str]:
    """What the job wrote down, as it came."""
    found = host.run(["docker", "run", "--rm", "-v", "dev-ship-data:/data", "bb:1", "cat", "/data/runs"])
    return found.stdout.split()


def served(host: Host) -> str:
    return host.run(["wget", "-q", "-O", "-", "http://127.0.0.1:8097/"]).stdout


def state(host: Host) -> str:
    return host.run(["docker", "inspect", "--format", "{{.State.Status}}", JOB]).stdout.strip()


def slow(seconds: int) -> str:
    return SHIP.replace("sleep 0", f"sleep {seconds}")


def test_a_job_runs_once_for_each_content(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, SHIP.replace("sleep 0", "sleep 2"))
    done = host.scs("apply", manifest)
    assert (done.returncode, done.stdout) == (0, "dev/ship: done: 4 created\n"), done.stderr
    assert f"...      job {JOB}: migrating\n" in done.stderr
    assert host.scs("apply", manifest).stdout == NOTHING
    host.docker("container", "prune", "--force")
    assert host.scs("apply", manifest).stdout == NOTHING
    assert runs(host) == ["began", "ended"]
    assert host.scs("apply", manifest, "--set", "jobs.migrate.inputs.schema=2").returncode == 0
    assert runs(host) == ["began", "ended"] * 2


def test_a_job_is_seen_by_the_other_commands_and_forgotten_by_destroy(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, SHIP)
    assert host.scs("validate", manifest).stdout == "dev/ship: valid (1 container, 1 job)\n"
    host.scs("apply", manifest)
    assert host.scs("logs", "migrate").stdout == "migrating\n"
    (line,) = (line for line in host.scs("status", manifest).stdout.splitlines() if JOB in line)
    assert f"{JOB} (job)" in line
    assert " done " in line
    assert host.scs("destroy", manifest, "--yes").returncode == 0
    host.scs("apply", manifest)
    assert runs(host) == ["began", "ended"] * 2


def test_a_job_that_fails_stops_the_release_while_what_ran_before_goes_on_serving(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, SHIP))
    before = host.docker("ps", "-q", "--no-trunc")
    wrong = SHIP.replace("echo one", "echo two").replace("sleep 0", "echo no such column; exit 7")
    failed = host.scs("apply", tiny.write(tmp_path, wrong))
    assert (failed.returncode, failed.stdout) == (3, "dev/ship: 1 failed, 1 blocked\n"), failed.stderr
    assert f"failed   job {JOB}: {JOB} exited with 7\n" in failed.stderr
    assert "no such column" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert host.docker("ps", "-q", "--no-trunc") == before
    assert served(host) == "one\n"
    assert host.docker("ps", "-a", "--format", "{{.Names}}").split() == [JOB, "dev-ship-web-1"]
    assert "failed (7)" in host.scs("status", tmp_path / "tiny.yaml").stdout
    right = SHIP.replace("echo one", "echo two").replace("sleep 0", "echo better")
    done = host.scs("apply", tiny.write(tmp_path, right))
    assert done.returncode == 0, done.stderr
    assert served(host) == "two\n"


def test_a_job_outlives_a_run_that_was_killed_and_the_next_waits_for_it(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, slow(4))
    running = host.popen([*SCS, "apply", manifest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert commands.wait_until(lambda: state(host) == "running", timeout=30)
    running.kill()
    running.wait()
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert f"update   job {JOB}: wait until it has ended (" in done.stderr
    assert runs(host) == ["began", "ended"]
    assert host.scs("apply", manifest).stdout == NOTHING


def test_a_job_that_died_with_the_engine_runs_again(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, slow(4))
    running = host.popen([*SCS, "apply", manifest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert commands.wait_until(lambda: state(host) == "running", timeout=30)
    running.kill()
    running.wait()
    host.engine.kill()
    host.engine.start()
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert runs(host)[-1] == "ended"
    assert host.scs("apply", manifest).stdout == NOTHING


def test_a_job_that_takes_too_long_is_stopped(host: Host, tmp_path: Path) -> None:
    text = slow(600).replace("inputs: {schema: 1}", "timeout: 2s\n    init: true\n    stop: {grace: 1s}")
    failed = host.scs("apply", tiny.write(tmp_path, text))
    assert failed.returncode == 1
    assert f"failed   job {JOB}: {JOB} did not end within 2 s and was stopped\n" in failed.stderr
    assert "migrating" in failed.stderr
    assert state(host) == "exited"


def test_a_job_gets_its_secrets_and_files_and_another_value_runs_it_no_second_time(host: Host, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter-seven")
    extra = (
        f"    secrets: {{password: {{path: db/password}}}}\n    files: {{/etc/level: {{content: 'level-1'}}}}\n"
        f"secrets: {{password: {{file: {tmp_path}/password}}}}\n"
    )
    reads = "stat -c %a /run/scs/secrets/db/password; cat /run/scs/secrets/db/password /etc/level"
    text = SHIP.replace("echo migrating", f"({reads}; echo) >> /data/runs") + extra
    manifest = tiny.write(tmp_path, text)
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert runs(host) == ["began", "400", "hunter-sevenlevel-1", "ended"]
    assert "hunter-seven" not in host.docker("inspect", JOB)
    (tmp_path / "password").write_text("hunter-eight")
    assert host.scs("apply", manifest).stdout == NOTHING
    tiny.write(tmp_path, text.replace("level-1", "level-2"))
    assert f"job {JOB}: create it from bb:1 (because its files changed)" in host.scs("plan", manifest).stdout
    assert host.scs("apply", manifest).returncode == 0
    assert runs(host)[4:] == ["began", "400", "hunter-eightlevel-2", "ended"]
