"""`scs plan -o` and `scs apply --plan`: exactly what was planned, or nothing."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from scs.cli import main
from tests.cli import tiny
from tests.testbed.host import Host

CHANGED = ("--set", "containers.web.env.A=1")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path, tiny.LONE, "lone.yaml")


@pytest.fixture
def saved(host: Host) -> Path:
    return host.folder / "saved.plan"


def started(host: Host) -> str:
    return host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "dev-lone-web-1")


def test_a_saved_plan_is_applied_without_the_manifest(host: Host, manifest: Path, saved: Path) -> None:
    planned = host.scs("plan", manifest, "-o", saved)
    assert planned.stdout == host.scs("plan", manifest).stdout
    manifest.unlink()
    done = host.scs("apply", "--plan", saved, "--detailed-exitcode")
    assert (done.returncode, done.stdout) == (2, "dev/lone: done: 2 created\n"), done.stderr


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(host: Host, manifest: Path, saved: Path) -> None:
    before = set(saved.parent.iterdir())
    saved.write_text("an earlier plan")
    saved.chmod(0o644)
    host.scs("plan", manifest, "-o", saved)
    assert oct(saved.stat().st_mode & 0o777) == "0o600"
    assert set(saved.parent.iterdir()) - before <= {saved, host.folder / "run", host.folder / "home"}


def test_goals_are_saved_as_well(host: Host, manifest: Path, tmp_path: Path, saved: Path) -> None:
    host.scs("apply", manifest)
    other = tiny.write(tmp_path, tiny.LONE.replace("  web:", "  other:"))
    host.scs("plan", other, "--no-prune", "-o", saved)
    assert host.scs("apply", "--plan", saved).returncode == 0
    assert set(host.docker("ps", "--format", "{{.Names}}").split()) == {"dev-lone-web-1", "dev-lone-other-1"}


def test_when_the_world_has_moved_on_nothing_is_changed_and_both_lines_are_shown(
    host: Host, manifest: Path, saved: Path
) -> None:
    host.scs("apply", manifest)
    host.scs("plan", manifest, *CHANGED, "-o", saved)
    host.docker("rm", "--force", "dev-lone-web-1")
    done = host.scs("apply", "--plan", saved)
    assert (done.returncode, done.stdout) == (1, "")
    first, *rest = done.stderr.splitlines()
    assert re.fullmatch(
        rf"scs: the world has moved on since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC, when {saved} was made: "
        r"plan again; nothing was changed",
        first,
    )
    create = "create it from bb:1 (because it does not exist)"
    assert f"  | now:  create   container dev-lone-web-1: {create}" in rest
    assert [line[:10] for line in rest] == ["  | then: ", "  | now:  "] * (len(rest) // 2)
    assert host.docker("ps", "-aq") == ""
    assert json.loads(host.scs("history", "--json").stdout)["runs"][0]["run"] == 1


def test_another_container_under_the_same_name_is_not_what_was_planned(host: Host, manifest: Path, saved: Path) -> None:
    host.scs("apply", manifest)
    host.scs("plan", manifest, *CHANGED, "-o", saved)
    host.docker("rm", "--force", "dev-lone-web-1")
    host.scs("apply", manifest)
    before = started(host)
    done = host.scs("apply", "--plan", saved)
    assert done.returncode == 1
    assert "(the same words, and not the same thing)" in done.stderr
    assert started(host) == before


def test_the_age_of_things_is_no_difference(host: Host, manifest: Path, saved: Path) -> None:
    host.scs("apply", manifest)
    host.docker("stop", "--time", "0", "dev-lone-web-1")
    host.scs("plan", manifest, "-o", saved)
    text = saved.read_text()
    assert re.search(r"Exited \(\d+\) [^)]* ago", text), text
    saved.write_text(re.sub(r"(Exited \(\d+\)) [^)]* ago", r"\1 7 hours ago", text))
    done = host.scs("apply", "--plan", saved)
    assert (done.returncode, done.stdout) == (0, "dev/lone: done: 1 started\n"), done.stderr


def test_what_was_done_meanwhile_is_said(host: Host, manifest: Path, saved: Path) -> None:
    host.scs("plan", manifest, "-o", saved)
    host.scs("apply", manifest)
    done = host.scs("apply", "--plan", saved)
    assert done.returncode == 1
    lines = done.stderr.splitlines()[1:]
    assert len(lines) == 6
    assert lines[1::2] == ["  | now:  nothing"] * 3


def test_nothing_planned_and_nothing_to_do_is_fine(host: Host, manifest: Path, saved: Path) -> None:
    host.scs("apply", manifest)
    host.scs("plan", manifest, "-o", saved)
    done = host.scs("apply", "--plan", saved)
    assert (done.returncode, done.stdout, done.stderr) == (0, "dev/lone: nothing to do\n", "")


def test_a_plan_for_another_engine_is_refused(host: Host, manifest: Path, saved: Path) -> None:
    host.scs("plan", manifest, "-o", saved)
    done = host.scs("apply", "--plan", saved, "--engine", "unix:///run/other.sock")
    here = re.sub("[^a-z0-9.]+", "-", host.socket)
    assert (done.returncode, done.stderr) == (
        1,
        f"scs: {saved} was planned for another engine ({here}, and this is unix-run-other.sock): plan again\n",
    )


@pytest.mark.parametrize("more", [("x.yaml",), ("--set", "service=x"), ("--only", "web"), ("--no-prune",)])
def test_a_saved_plan_goes_alone(capsys: pytest.CaptureFixture[str], more: tuple[str, ...]) -> None:
    assert main.main(["apply", "--plan", "saved.plan", *more]) == 1
    says = "scs: --plan goes without a manifest and its options: they are in the saved plan\n"
    assert capsys.readouterr().err == says


def test_neither_a_manifest_nor_a_plan_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["apply"]) == 1
    assert capsys.readouterr().err == "scs: name a manifest, or with --plan a saved plan\n"


def test_what_is_no_plan_of_ours_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "saved.plan"

    def refusal() -> str:
        assert main.main(["apply", "--plan", str(file)]) == 1
        return capsys.readouterr().err

    assert refusal() == f"scs: the plan {file} cannot be read (No such file or directory)\n"
    for text in ("", "hello", "[]", '{"kind": "plan"}', "[" * 100_000, "\xff"):
        file.write_text(text, encoding="latin-1")
        assert refusal() == f"scs: {file} is no plan: 'scs plan MANIFEST -o FILE' makes one\n"
    file.write_text('{"kind": "saved plan", "plan": "{\\"format\\": 7}"}')
    why = "it was written in format 7, and this release reads format 1"
    assert refusal() == f"scs: the plan {file} cannot be read ({why}): plan again\n"
    file.chmod(0o666)
    assert refusal() == f"scs: others may write {file}: plan again, and keep the file to yourself\n"
    file.unlink()
    os.mkfifo(file)
    assert refusal() == f"scs: {file} is not a file\n"


def test_a_place_that_cannot_be_written_is_said(host: Host, manifest: Path) -> None:
    done = host.scs("plan", manifest, "-o", host.folder / "nowhere" / "saved.plan")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"scs: the plan cannot be written to {host.folder}/nowhere/saved.plan (No such file or directory)\n",
    )
