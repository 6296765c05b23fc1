"""Files of a manifest on a real engine: where they are, whose they are, and what a change of one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed.host import Host

WEB = """\
scs: 1
environment: dev
service: files
volumes: {site: {type: docker}}
containers:
  db: {image: bb:1, init: true, command: [sleep, "600"], provides: {mysql: {port: 3306}}}
  web:
    image: bb:1
    command: [sh, -c, "trap 'echo heard > /heard' HUP; cat /etc/new/app.conf; while :; do sleep 0.1; done"]
    requires: {mysql: {role: db}}
    read_only: false
    volumes: {/srv: site}
    update: {monitor: 0}
    files:
      /etc/new/app.conf: {content: "as made\\n"}
      /etc/signal.conf: {content: "one", on_change: {signal: HUP}, owner: "1234:1235", mode: "0640"}
      /etc/restart.conf: {source: restart.conf, on_change: restart}
      /etc/command.conf: {template: command.j2, on_change: [cp, /etc/command.conf, /ran]}
      /etc/ignored.conf: {content: "one", on_change: ignore}
      /srv/deep/index.html: {content: "hello"}
"""
NAME = "dev-files-web-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "restart.conf").write_text("one\n")
    (tmp_path / "command.j2").write_text("{{ container.name }} {{ requires.mysql.address }}\n")
    return tmp_path


def shell(host: Host, command: str) -> str:
    return host.docker("exec", NAME, "sh", "-c", command)


def state(host: Host) -> str:
    return host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", NAME)


def test_files_are_there_before_the_start_and_a_second_apply_changes_nothing(host: Host, folder: Path) -> None:
    manifest = tiny.write(folder, WEB, "files.yaml")
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert host.docker("logs", NAME) == "as made"
    assert shell(host, "stat -c '%a %u %g' /etc/signal.conf; cat /etc/command.conf /srv/deep/index.html") == (
        f"640 1234 1235\n{NAME} dev-files-db-1:3306\nhello"
    )
    again = host.scs("apply", manifest, "--detailed-exitcode")
    assert (again.returncode, again.stdout, again.stderr) == (0, "dev/files: nothing to do\n", "")


def test_each_change_does_what_the_manifest_says_about_it(host: Host, folder: Path) -> None:
    assert host.scs("apply", tiny.write(folder, WEB, "files.yaml")).returncode == 0
    before = state(host)
    changed = WEB.replace('{content: "one"', '{content: "two"')
    (folder / "command.j2").write_text("{{ container.number }} {{ requires.mysql.port }}\n")
    done = host.scs("apply", tiny.write(folder, changed, "files.yaml"))
    assert (done.returncode, done.stdout) == (0, "dev/files: done: 1 updated\n"), done.stderr
    assert shell(host, "cat /etc/signal.conf /etc/ignored.conf /ran") == "twotwo1 3306"
    assert shell(host, "for i in 1 2 3 4 5 6 7 8 9; do [ -f /heard ] || sleep 0.2; done; cat /heard") == "heard"
    assert state(host) == before
    (folder / "restart.conf").write_text("two\n")
    done = host.scs("apply", folder / "files.yaml")
    assert (done.returncode, done.stdout) == (0, "dev/files: done: 1 started\n"), done.stderr
    assert shell(host, "cat /etc/restart.conf") == "two"
    assert state(host).split()[0] == before.split()[0]
    assert state(host) != before
    done = host.scs("apply", tiny.write(folder, changed.replace("as made", "made anew"), "files.yaml"))
    assert (done.returncode, done.stdout) == (0, "dev/files: done: 1 replaced\n"), done.stderr
    assert host.docker("logs", NAME) == "made anew"


def test_a_file_in_a_volume_of_a_read_only_container(host: Host, folder: Path) -> None:
    text = WEB.replace("read_only: false", "read_only: true")
    kept = "\n".join(line for line in text.splitlines() if not line.strip().startswith("/etc/"))
    done = host.scs("apply", tiny.write(folder, kept.replace("cat /etc/new/app.conf; ", ""), "files.yaml"))
    assert done.returncode == 0, done.stderr
    assert shell(host, "cat /srv/deep/index.html") == "hello"


def test_a_folder_is_never_replaced_by_a_file(host: Host, folder: Path) -> None:
    done = host.scs("apply", tiny.write(folder, WEB.replace("/etc/ignored.conf", "/bin"), "files.yaml"))
    assert done.returncode == 1
    assert "failed   container dev-files-web-1: cannot put " in done.stderr


def test_edited_files_are_told_by_drift_and_left_so_where_the_manifest_says_report(host: Host, folder: Path) -> None:
    manifest = tiny.write(folder, WEB, "files.yaml")
    assert host.scs("apply", manifest).returncode == 0
    before = state(host)
    assert host.scs("drift", manifest).stdout == "dev/files: nothing was changed by hand\n"
    shell(
        host, "echo S3CR3T > /etc/ignored.conf; chmod 666 /etc/signal.conf; chown 5:6 /etc/command.conf; rm /srv/deep/*"
    )
    host.docker("cp", str(manifest), f"{NAME}:/etc/restart.conf")
    assert host.scs("apply", manifest).stdout == "dev/files: nothing to do\n"  # lists show none of it
    drift = host.scs("drift", manifest, "--detailed-exitcode")
    assert (drift.returncode, drift.stdout.splitlines()) == (
        2,
        [
            f"container {NAME}: files./etc/command.conf.owner is 5:6, not 0:0",
            f"container {NAME}: files./etc/ignored.conf is edited by hand, not as it was put there",
            f"container {NAME}: files./etc/restart.conf is edited by hand, not as it was put there",
            f"container {NAME}: files./etc/signal.conf.mode is 0666, not 0640",
            f"container {NAME}: files./srv/deep/index.html is gone, not as it was put there",
            "dev/files: 5 things changed by hand",
        ],
    )
    shell(host, "echo hello > /srv/deep/index.html")  # with another line end than it had
    reported = tiny.write(folder, f"drift: report\n{WEB}", "reported.yaml")
    left = host.scs("apply", reported, "--deep")
    assert left.stdout.startswith("dev/files: nothing to do\nkept     container ")
    assert "files./srv/deep/index.html: as it was put there -> edited by hand" in left.stdout
    assert "S3CR3T" not in left.stdout + left.stderr + drift.stdout
    assert state(host) == before


def test_edited_files_have_the_same_done_as_changed_ones(host: Host, folder: Path) -> None:
    text = WEB.replace(
        "      /srv/deep/index.html", "      /srv/page: {content: kept, on_change: ignore}\n      /srv/deep/x"
    )
    manifest = tiny.write(folder, text, "files.yaml")
    assert host.scs("apply", manifest).returncode == 0
    identifier = state(host).split()[0]
    shell(
        host, "echo mine > /etc/ignored.conf; echo mine > /etc/command.conf; echo mine > /srv/page; chmod 0 /srv/page"
    )
    plan = host.scs("plan", manifest, "--deep").stdout.splitlines()
    assert plan[:2] == [
        f"update   container {NAME}: put /etc/command.conf into it, then run cp /etc/command.conf /ran "
        "(because /etc/command.conf was edited by hand)",
        f"update   container {NAME}: put /etc/ignored.conf and /srv/page into it "
        "(because /etc/ignored.conf and /srv/page were edited by hand)",
    ]
    assert host.scs("apply", manifest, "--deep").stdout == "dev/files: done: 1 updated\n"
    assert shell(host, "cat /etc/ignored.conf /srv/page /ran") == f"onekept{NAME} dev-files-db-1:3306"
    assert shell(host, "stat -c %a /srv/page") == "644"
    host.docker("stop", "-t", "0", NAME)
    host.docker("cp", str(manifest), f"{NAME}:/etc/restart.conf")
    host.docker("cp", str(manifest), f"{NAME}:/srv/page")
    assert host.scs("apply", manifest, "--deep").stdout == "dev/files: done: 1 started\n"
    assert shell(host, "cat /etc/restart.conf /srv/page") == "one\nkept"
    assert state(host).split()[0] == identifier
    shell(host, "rm /etc/new/app.conf && mkdir /etc/new/app.conf")
    assert host.scs("apply", manifest, "--deep").stdout == "dev/files: done: 1 replaced\n"
    assert shell(host, "cat /etc/new/app.conf") == "as made"
    assert host.scs("apply", manifest, "--deep").stdout == "dev/files: nothing to do\n"
