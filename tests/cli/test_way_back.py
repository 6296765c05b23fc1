"""Changes that go wrong on a real engine: what ran before runs again, and clients notice as little as can be."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import commands
from tests.testbed.host import SCS, Host

pytestmark = pytest.mark.engine


WEB = """\
scs: 1
environment: dev
service: two
containers:
  web:
    image: bb:1
    init: true
    replicas: 2
    command: [sh, -c, "mkdir /www; echo one > /www/index.html; exec httpd -f -p 80 -h /www"]
    provides: {http: {port: 80, check: {http: /, interval: 1s, start_period: 3s, retries: 1}}}
    update: {monitor: 1s}
  client: {image: bb:1, init: true, command: [sleep, "1000"]}
"""
FIXED = WEB.replace("replicas: 2", "replicas: 1").replace("{port: 80, check", "{port: 80, publish: 8099, check")
TURNS = """\
while :; do
  up=
  for n in 1 2; do
    at=$(nslookup -type=a dev-two-web-$n 127.0.0.11 2>/dev/null | awk '/^Name/ {f=1} f && /^Address/ {print $2}')
    [ "$at" ] && wget -q -O /dev/null "http://$at/" && up=1
  done
  [ "$up" ] && echo up || echo DOWN
done"""


def ids(host: Host) -> dict[str, str]:
    lines = host.docker("ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)


def started(host: Host, name: str) -> str:
    return host.docker("inspect", "--format", "{{.State.StartedAt}}", name)


def test_one_of_two_replicas_answers_all_the_while(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, WEB)
    assert host.scs("apply", manifest).returncode == 0
    before = ids(host)
    with host.popen(
        ["docker", "exec", "dev-two-client-1", "sh", "-c", TURNS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as client:
        changed = host.scs("apply", tiny.write(tmp_path, WEB.replace("echo one", "echo two")))
        host.docker("kill", "dev-two-client-1")
        turns = client.communicate(timeout=30)[0].split()
    assert changed.returncode == 0, changed.stderr
    after = ids(host)
    assert all(before[name] != after[name] for name in ("dev-two-web-1", "dev-two-web-2"))
    assert set(before) == set(after)
    assert len(turns) > 20
    assert set(turns[:-1]) == {"up"}  # the last turn is cut off when the client is killed


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("exec missing", "failed   container dev-two-web-1: the new dev-two-web-1 "),
        ("exec httpd -f -p 81", "the new dev-two-web-1 is not healthy after 5 s: GET / on port 80: connection refused"),
    ],
)
def test_a_change_that_does_not_become_healthy_leaves_the_old_one_serving(
    host: Host, tmp_path: Path, wrong: str, why: str
) -> None:
    host.scs("apply", tiny.write(tmp_path, WEB))
    before, since = ids(host), started(host, "dev-two-web-1")
    failed = host.scs("apply", tiny.write(tmp_path, WEB.replace("exec httpd -f -p 80", f"echo no luck; {wrong}")))
    assert failed.returncode == 3
    assert why in failed.stderr
    assert "no luck" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert ids(host) == {**before, "dev-two-web-1.failed": ids(host)["dev-two-web-1.failed"]}
    assert started(host, "dev-two-web-1") == since
    assert host.scs("apply", tiny.write(tmp_path, WEB)).stdout == "dev/two: nothing to do\n"
    assert host.scs("apply", tiny.write(tmp_path, WEB.replace("one", "two"))).returncode == 0
    assert set(ids(host)) == set(before)


def test_where_only_one_can_hold_the_port_the_old_one_comes_back(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, FIXED))
    before = ids(host)
    failed = host.scs("apply", tiny.write(tmp_path, FIXED.replace("exec httpd -f -p 80", "exec httpd -f -p 81")))
    assert (failed.returncode, failed.stdout) == (3, "dev/two: 1 put back, 1 failed\n"), failed.stderr
    assert ids(host)["dev-two-web-1"] == before["dev-two-web-1"]
    assert host.run(["wget", "-q", "-O", "-", "http://127.0.0.1:8099/"]).stdout == "one\n"


def test_ctrl_c_in_the_middle_puts_the_old_one_back(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, FIXED))
    before = ids(host)
    slow = tiny.write(tmp_path, FIXED.replace("exec httpd", "sleep 100; exec httpd").replace("3s", "100s"))
    running = host.popen([*SCS, "apply", slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert commands.wait_until(lambda: "dev-two-web-1.previous" in ids(host), timeout=30)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 3, err
    assert out.startswith("dev/two: stopped before the end: ")
    assert ids(host)["dev-two-web-1"] == before["dev-two-web-1"]
    assert host.run(["wget", "-q", "-O", "-", "http://127.0.0.1:8099/"]).stdout == "one\n"


@pytest.mark.parametrize("text", [WEB, FIXED], ids=["start-first", "stop-first"])
@pytest.mark.parametrize("milliseconds", [1000, 1600, 2200, 3000])
def test_a_change_that_was_killed_is_finished_by_the_next(
    host: Host, tmp_path: Path, text: str, milliseconds: int
) -> None:
    host.scs("apply", tiny.write(tmp_path, text))
    names = set(ids(host))
    changed = tiny.write(tmp_path, text.replace("echo one", "echo two"))
    tiny.apply_and_kill(host, changed, milliseconds / 1000)
    done = host.scs("apply", changed)
    assert done.returncode == 0, done.stderr
    assert host.scs("apply", changed).stdout == "dev/two: nothing to do\n"
    assert set(ids(host)) == names
