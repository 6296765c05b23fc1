"""Secrets on a real engine: the container has them, and nothing else shows them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import tiny
from tests.testbed.host import Done, Host

CANARIES = ("canary-in-a-file", "canary-in-the-env", "canary-of-a-command", "canary-in-age")
APP = "mkdir -p /etc; echo app:x:1234:1235::/:/bin/sh > /etc/passwd"
WEB = """\
scs: 1
environment: dev
service: vault
secrets:
  file: {file: FOLDER/file}
  env: {env: CANARY}
  command: {command: [FOLDER/command]}
  age: {age: TEXT, identity: FOLDER/age.key}
containers:
  web:
    image: bb:app
    init: true
    command: [sh, -c, "COMMAND"]
    secrets:
      file: {path: mysql/password}
      env: {mode: "0440"}
      command: {}
      age: {}
"""
NAME = "dev-vault-web-1"


@pytest.fixture
def folder(host: Host, tmp_path: Path) -> Path:
    """What the manifest refers to, and an image whose user has a name."""
    host.docker("run", "--name", "app", "bb:1", "sh", "-c", APP)
    host.docker("commit", "--change", "USER app", "app", "bb:app")
    age: Any = importlib.import_module("pyrage")
    key = age.x25519.Identity.generate()
    (tmp_path / "age.key").write_text(f"{key}\n")
    (tmp_path / "age").write_bytes(age.encrypt(b"canary-in-age", [key.to_public()], armored=True))
    (tmp_path / "file").write_text("canary-in-a-file\n")
    (tmp_path / "command").write_text("#!/bin/sh\necho canary-of-a-command\n")
    (tmp_path / "command").chmod(0o755)
    return tmp_path


def manifest(folder: Path, command: str = "sleep 600", extra: str = "") -> Path:
    text = json.dumps((folder / "age").read_text())
    whole = WEB.replace("FOLDER", str(folder)).replace("TEXT", text).replace("COMMAND", command) + extra
    return tiny.write(folder, whole, "vault.yaml")


def scs(host: Host, *args: str | Path, canary: str = "canary-in-the-env") -> Done:
    return host.scs(*args, env={"CANARY": canary})


def shown(host: Host, done: Done) -> str:
    """All that anybody could look at: output, and what the engine and scs keep."""
    everything = host.docker("inspect", *host.docker("ps", "-aq").split())
    state = [one.read_bytes().decode(errors="replace") for one in (host.folder / "state").rglob("*") if one.is_file()]
    notes = [
        one.read_bytes().decode(errors="replace")
        for one in (host.folder / "run").rglob("*")
        if one.is_file() and "secrets" not in one.parts
    ]
    return "\n".join((done.stdout, done.stderr, everything, *state, *notes))


def leaks(text: str) -> list[str]:
    return [one for one in CANARIES if one in text]


def test_the_container_has_its_secrets_and_nothing_shows_them(host: Host, folder: Path) -> None:
    path = manifest(folder)
    for command in ("compile", "validate", "plan"):
        done = scs(host, command, path)
        assert (done.returncode, leaks(done.stdout + done.stderr)) == (0, [])
    done = scs(host, "apply", path, "--json")
    assert done.returncode == 0, done.stderr
    assert leaks(shown(host, done)) == []
    listed = host.docker("exec", NAME, "sh", "-c", "cd /run/scs/secrets; cat mysql/password env command age")
    assert listed.split() == ["canary-in-a-file", "canary-in-the-envcanary-of-a-command" + "canary-in-age"]
    stats = host.docker(
        "exec", NAME, "stat", "-c", "%a %u %g", "/run/scs/secrets/mysql/password", "/run/scs/secrets/env"
    )
    assert stats.splitlines() == ["400 1234 1235", "440 1234 1235"]
    (run,) = (host.folder / "run").glob("*/dev/vault/" + NAME)
    assert run.stat().st_mode & 0o777 == 0o700
    again = scs(host, "apply", path)
    assert (again.stdout, again.stderr) == ("dev/vault: nothing to do\n", "")


def test_another_value_replaces_and_a_lost_one_changes_nothing_that_runs(host: Host, folder: Path) -> None:
    path = manifest(folder, extra="    update: {monitor: 0}\n")
    scs(host, "apply", path)
    rotated = scs(host, "plan", path, canary="canary-in-the-env-2")
    assert "see that it goes on running (because its secret env was rotated)" in rotated.stdout
    done = scs(host, "apply", path, canary="canary-in-the-env-2")
    assert done.returncode == 0, done.stderr
    assert host.docker("exec", NAME, "cat", "/run/scs/secrets/env") == "canary-in-the-env-2"
    (folder / "file").unlink()
    lost = scs(host, "apply", path, canary="canary-in-the-env-2")
    assert (lost.returncode, lost.stdout) == (0, "dev/vault: nothing to do\n")
    host.docker("stop", "-t", "0", NAME)
    held = scs(host, "apply", path, canary="canary-in-the-env-2")
    assert held.returncode == 1
    assert f"blocked  container {NAME}: secret file: {folder}/file does not exist" in held.stderr


def test_what_a_container_says_of_its_secrets_is_hidden_where_scs_shows_it(host: Host, folder: Path) -> None:
    path = manifest(folder, "cat /run/scs/secrets/*/* /run/scs/secrets/*; exit 1", "    restart: no\n")
    done = scs(host, "apply", path)
    assert done.returncode == 1
    assert "***" in done.stderr
    assert leaks(done.stdout + done.stderr) == []
    assert leaks(scs(host, "apply", path, "--json").stdout) == []


def test_a_variable_is_set_when_asked_for_and_warned_of(host: Host, folder: Path) -> None:
    path = manifest(folder, extra="    x: {}\n")
    path.write_text(path.read_text().replace("    x: {}\n", "").replace("command: {}", "command: {env: PW}"))
    for command in ("validate", "plan", "apply"):
        done = scs(host, command, path)
        assert done.stderr.splitlines()[0] == (
            "warning: secret command: 'docker inspect' shows the variable PW of web, which holds it; "
            "/run/scs/secrets/command is not shown"
        )
    assert host.docker("exec", NAME, "sh", "-c", "echo $PW") == "canary-of-a-command"
    ran = scs(host, "run", "-f", path, "web", "--", "cat", "/run/scs/secrets/age")
    assert ran.stdout == "canary-in-age", ran.stderr
