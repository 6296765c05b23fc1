"""What a person changes by hand is told by drift, and changed back by apply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed.host import Host

pytestmark = pytest.mark.engine

WEB = """\
scs: 1
environment: dev
service: lone
containers:
  web:
    image: bb:1
    init: true
    command: [sleep, "1000"]
    resources: {memory: 64MiB, pids: 50}
    networks: {net: {aliases: [www]}}
networks:
  net: {type: bridge, subnet: 10.77.3.0/24}
"""
NAME = "dev-lone-web-1"


def inspect(host: Host, what: str) -> str:
    return host.docker("inspect", "--format", what, NAME)


def test_what_the_engine_can_change_live_is_changed_while_it_runs(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, WEB))
    before = inspect(host, "{{.Id}} {{.State.StartedAt}}")
    more = tiny.write(
        tmp_path,
        WEB.replace("64MiB, pids: 50", "96MiB, cpus: 0.5, pids: 60")
        .replace("aliases: [www]", "address: 10.77.3.9")
        .replace("resources:", "restart: {policy: on-failure, attempts: 2}\n    resources:"),
    )
    planned = host.scs("plan", more).stdout.splitlines()
    assert planned[:6] == [
        "update   container dev-lone-web-1: change it as it is (because its limits, restart and networks changed)",
        "         resources.memory: 67108864 -> 100663296",
        "         resources.cpus: (none) -> 0.5",
        "         resources.pids: 50 -> 60",
        "         restart: unless-stopped -> on-failure (2 attempts)",
        "         networks.dev-lone-net.address: (none) -> 10.77.3.9",
    ]
    assert host.scs("apply", more).returncode == 0
    assert inspect(host, "{{.Id}} {{.State.StartedAt}}") == before
    limits = (
        "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}"
    )
    assert inspect(host, limits) == "100663296 500000000 60 on-failure"
    assert inspect(host, '{{(index .NetworkSettings.Networks "dev-lone-net").IPAddress}}') == "10.77.3.9"
    assert host.scs("apply", more).stdout == "dev/lone: nothing to do\n"


def test_drift_tells_field_by_field_and_apply_changes_it_back(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, WEB)
    host.scs("apply", manifest)
    assert host.scs("drift", manifest).stdout == "dev/lone: nothing was changed by hand\n"
    host.docker("update", "--memory", "32m", "--memory-swap", "128m", "--restart", "no", NAME)
    host.docker("network", "disconnect", "dev-lone-net", NAME)
    host.docker("network", "connect", "--alias", "other", "dev-lone-net", NAME)
    told = host.scs("drift", manifest, "--detailed-exitcode")
    assert (told.returncode, told.stdout.splitlines()) == (
        2,
        [
            "container dev-lone-web-1: resources.memory is 33554432, not 67108864",
            "container dev-lone-web-1: restart is no, not unless-stopped",
            "container dev-lone-web-1: networks.dev-lone-net.aliases is other, not web, www",
            "dev/lone: 3 things changed by hand",
        ],
    )
    rows = json.loads(host.scs("drift", manifest, "--json").stdout)["drift"]
    assert rows[0] == {
        "target": {"kind": "container", "name": NAME},
        "path": "resources.memory",
        "expected": "67108864",
        "found": "33554432",
    }
    assert host.scs("apply", manifest).stdout == "dev/lone: nothing to do\n"  # the lists show none of it
    assert host.scs("apply", manifest, "--deep").stdout == "dev/lone: done: 1 updated\n"
    assert host.scs("drift", manifest).stdout == "dev/lone: nothing was changed by hand\n"


def test_a_setting_that_no_manifest_has_takes_a_new_container(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, WEB)
    host.scs("apply", manifest)
    host.docker("update", "--cpu-shares", "512", NAME)
    assert host.scs("drift", manifest).stdout.splitlines()[0] == ("container dev-lone-web-1: CpuShares is 512, not 0")
    assert host.scs("apply", manifest, "--deep").stdout == "dev/lone: done: 1 replaced\n"
    assert inspect(host, "{{.HostConfig.CpuShares}}") == "0"


def test_an_apply_without_a_deep_look_sees_what_the_lists_show(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, WEB)
    host.scs("apply", manifest)
    before = inspect(host, "{{.Id}}")
    host.docker("network", "disconnect", "dev-lone-net", NAME)
    assert host.scs("apply", manifest).stdout == "dev/lone: done: 1 updated\n"
    assert inspect(host, "{{.Id}}") == before
    host.docker("pause", NAME)
    assert host.scs("drift", manifest).stdout.startswith(f"container {NAME}: state is paused (Up ")
    assert host.scs("apply", manifest).stdout == "dev/lone: done: 1 updated\n"


def test_with_drift_report_nothing_is_changed_back(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path, f"drift: report\n{WEB}")
    host.scs("apply", manifest)
    host.docker("stop", "-t", "0", NAME)
    left = host.scs("apply", manifest)
    assert left.returncode == 0
    assert "it is left so (drift: report)" in left.stdout
    assert inspect(host, "{{.State.Status}}") == "exited"
    assert host.scs("apply", tiny.write(tmp_path, WEB)).stdout == "dev/lone: done: 1 started\n"


def test_a_replacement_shows_what_changes_field_by_field(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, WEB))
    changed = WEB.replace("command: [sleep,", "env: {MODE: fast, DB_PASSWORD: x1234}\n    command: [sleep,")
    shown = host.scs("plan", tiny.write(tmp_path, changed)).stdout.splitlines()
    assert shown[1:3] == [
        "         process.env.DB_PASSWORD: (none) -> ***",
        "         process.env.MODE: (none) -> fast",
    ]


def test_a_volume_that_was_removed_by_hand_is_told_and_made_again(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(
        tmp_path, f"{WEB}volumes: {{data: {{type: docker}}}}\n".replace("init:", "volumes: {/data: data}\n    init:")
    )
    assert host.scs("apply", manifest).returncode == 0
    host.docker("rm", "-f", NAME)
    host.docker("volume", "rm", "dev-lone-data")
    assert host.scs("drift", manifest).stdout.splitlines() == [
        "volume dev-lone-data: state is absent, not there",
        f"container {NAME}: state is absent, not running",
        "dev/lone: 2 things changed by hand",
    ]
    assert host.scs("apply", manifest).returncode == 0
    assert host.scs("drift", manifest).stdout == "dev/lone: nothing was changed by hand\n"
