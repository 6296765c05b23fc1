"""The history as people and programs see it, on a real engine: who changed what, when and why."""

from __future__ import annotations

import json
import platform
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed import commands
from tests.testbed.host import SCS, Host

ROOT = f"root on {platform.node()}"
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
HANGING = tiny.LONE.replace("init: true", "health: {exec: ['false'], interval: 1s}, init: true")
FRESH = """\
import sys
from scs.cli import main
code = main.main(["apply", sys.argv[1]])
print(code, sorted({"sqlite3", "cattrs"} & set(sys.modules)))
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path, tiny.LONE, "lone.yaml")


def database(host: Host) -> Path:
    """The file of the engine's history."""
    (found,) = (host.folder / "state").glob("*/history.db")
    return found


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    return [re.split(r"  +", line) for line in text.splitlines()[1:]]


def test_every_run_that_changed_something_is_one_line_newest_first(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    host.scs("apply", manifest)
    host.scs("apply", manifest, "--set", "containers.web.env.A=1")
    host.scs("destroy", manifest, "--yes")
    done = host.scs("history")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].split("  ")[0] == "RUN"
    shown = [[cell for at, cell in enumerate(row) if at not in (1, 4)] for row in rows(done.stdout)]
    assert shown == [
        ["3", "dev/lone", "converged", ROOT, "destroy: done: 2 removed"],
        ["2", "dev/lone", "converged", ROOT, "done: 1 replaced"],
        ["1", "dev/lone", "converged", ROOT, "done: 2 created"],
    ]
    assert all(re.fullmatch(MOMENT, row[1]) and re.fullmatch("[0-9a-f]{12}", row[4]) for row in rows(done.stdout))


def test_the_list_is_of_one_manifest_by_name_or_file_and_as_long_as_asked_for(host: Host, tmp_path: Path) -> None:
    lone = tiny.write(tmp_path, tiny.LONE, "lone.yaml")
    other = tiny.write(tmp_path, tiny.LONE.replace("service: lone", "service: other"), "other.yaml")
    for file in (lone, other):
        host.scs("apply", file)
    listed = [rows(host.scs("history", *words).stdout) for words in (["dev/lone"], [lone], ["-n", "1"], [])]
    assert [[row[0] for row in table] for table in listed] == [["1"], ["1"], ["2"], ["2", "1"]]
    nothing = host.scs("history", "dev/nobody")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "scs: nothing of dev/nobody is recorded of this engine yet\n"


def test_show_has_each_action_with_its_reason_and_how_it_ended(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    done = host.scs("history", "show", "1")
    head = done.stdout.splitlines()[:6]
    assert head[0] == "run 1 of dev/lone"
    assert re.fullmatch(f"  when     {MOMENT} to {MOMENT} UTC", head[1])
    assert head[2:4] == [f"  who      {ROOT}", f"  command  scs apply {manifest}"]
    assert re.fullmatch("  release  v1:[0-9a-f]{64}", head[4])
    assert head[5] == "  outcome  converged: done: 2 created"
    assert [re.sub(r"[\d.]+ s", "N s", line) for line in done.stdout.splitlines()[6:]] == [
        "done     create   network dev-lone-default: create network dev-lone-default (because it does not exist) (N s)",
        "done     create   container dev-lone-web-1: create it from bb:1 (because it does not exist) (N s)",
        "done     create   container dev-lone-web-1: start it (because it does not exist) (N s)",
    ]
    unknown = host.scs("history", "show", "9")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "scs: there is no run 9 in the history of this engine: see 'scs history'\n",
    )


def test_what_failed_stands_there_with_its_reason(host: Host, tmp_path: Path) -> None:
    broken = tiny.write(tmp_path, tiny.LONE.replace("command: [sh, -c,", "command: [nowhere,"))
    assert host.scs("apply", broken).returncode == 1
    run = json.loads(host.scs("history", "show", "1", "--json").stdout)
    assert run["outcome"] == "failed"
    failed = [one for one in run["actions"] if one["outcome"] == "failed"]
    assert failed
    assert all(one["why"] for one in failed)


def test_json_has_the_shape_of_the_page(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    (run,) = json.loads(host.scs("history", "--json").stdout)["runs"]
    assert set(run) == {
        "run", "began", "ended", "manifest", "outcome", "summary", "release", "destroy", "only", "who", "command",
        "note",
    }  # fmt: skip
    assert (run["run"], run["manifest"], run["outcome"]) == (1, "dev/lone", "converged")
    assert run["who"] == {"login": "root", "user": "root", "host": platform.node()}
    shown = json.loads(host.scs("history", "show", "1", "--json").stdout)
    assert (shown["kind"], {key: shown[key] for key in run}) == ("run", run)
    assert set(shown["actions"][0]) == {
        "id", "target", "change", "says", "cause", "downtime", "data_at_risk", "began", "ended", "outcome", "seconds",
        "why",
    }  # fmt: skip


def test_diff_is_field_by_field(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest, "--set", "containers.web.env.A=1", "--set", "containers.web.env.B=1")
    host.scs("apply", manifest, "--set", "containers.web.env.A=2", "--set", "containers.web.env.C=1",
             "--set", "containers.web.replicas=2", "--set", "containers.web.restart=always",
             "--set", "containers.new.image=bb:2", "--set", "containers.new.command=[sleep, '9']")  # fmt: skip
    done = host.scs("history", "diff", "1", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "containers.new: (none) -> bb:2",
        "containers.web.process.env.A: 1 -> 2",
        "containers.web.process.env.B: 1 -> (none)",
        "containers.web.process.env.C: (none) -> 1",
        "containers.web.replicas: 1 -> 2",
        "containers.web.restart.policy: unless-stopped -> always",
        "images.bb:2: (none) -> reference",
    ]
    changes = json.loads(host.scs("history", "diff", "1", "2", "--json").stdout)["changes"]
    assert changes[1] == {"path": "containers.web.process.env.A", "old": "1", "new": "2"}
    assert host.scs("history", "diff", "2", "2").stdout == "runs 2 and 2 asked for the same\n"


def test_an_apply_that_changes_nothing_loads_no_database(host: Host, manifest: Path) -> None:
    first = host.run([sys.executable, "-c", FRESH, manifest])
    assert first.stdout.splitlines()[-1] == "0 ['cattrs', 'sqlite3']"
    again = host.run([sys.executable, "-c", FRESH, manifest])
    assert again.stdout.splitlines()[-1] == "0 []", again.stderr


def test_a_run_killed_in_the_middle_is_shown_and_the_next_says_so(host: Host, tmp_path: Path) -> None:
    slow = tiny.write(tmp_path, HANGING, "slow.yaml")
    running = host.popen([*SCS, "apply", slow], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert commands.wait_until(lambda: begun(host), timeout=30)
    assert rows(host.scs("history").stdout)[0][3] == "running"
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert rows(host.scs("history").stdout)[0][3] == "unfinished"
    shown = host.scs("history", "show", "1").stdout.splitlines()
    assert "  outcome  unfinished" in shown
    assert shown[-1] == (
        "begun    create   container dev-lone-web-1: wait until it is healthy (because it does not exist): "
        "the run ended before it"
    )
    lone = tiny.write(tmp_path, tiny.LONE, "lone.yaml")
    done = host.scs("apply", lone)
    assert done.returncode == 0
    says = f"scs: run 1 ('scs apply {slow}') did not come to its end: see 'scs history show 1'"
    assert says in done.stderr.splitlines()
    assert [row[3] for row in rows(host.scs("history").stdout)] == ["converged", "unfinished"]
    assert says not in host.scs("destroy", lone, "--yes").stderr


def begun(host: Host) -> bool:
    """Whether the run waits for a check that never passes."""
    found = json.loads(host.scs("history", "--json").stdout)["runs"]
    if not found:
        return False
    actions = json.loads(host.scs("history", "show", "1", "--json").stdout)["actions"]
    return any(one["id"].startswith("await") for one in actions)


def test_ctrl_c_leaves_a_run_that_was_stopped(host: Host, tmp_path: Path) -> None:
    slow = tiny.write(tmp_path, HANGING, "slow.yaml")
    running = host.popen([*SCS, "apply", slow], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert commands.wait_until(lambda: begun(host), timeout=30)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 1
    assert rows(host.scs("history").stdout)[0][3] == "stopped"


def test_a_damaged_history_is_set_aside_and_the_apply_goes_on(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    file = database(host)
    file.write_bytes(b"no database " * 1000)
    refused = host.scs("apply", manifest, "--set", "containers.web.env.A=1", "--require-history")
    assert (refused.returncode, refused.stderr) == (
        1,
        f"scs: the history {file} is damaged (file is not a database): move it away; "
        "nothing more is changed without it, because of --require-history\n",
    )
    done = host.scs("apply", manifest, "--set", "containers.web.env.A=1")
    assert (done.returncode, done.stdout) == (0, "dev/lone: done: 1 replaced\n")
    (aside,) = file.parent.glob("history.db.corrupt-*Z")
    assert done.stderr.splitlines()[0] == (
        f"scs: the history {file} is damaged (file is not a database): it was set aside as {aside.name}, "
        "and a new one begun"
    )
    assert [row[0] for row in rows(host.scs("history").stdout)] == ["1"]


def in_mount(host: Host, options: str, fill: str, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Runs scs with its state on a file system of its own, which nobody else sees and which goes with the process."""
    state = host.folder / "mounted"
    state.mkdir(exist_ok=True)
    words = ["unshare", "--mount", "sh", "-ec", f'mount -t tmpfs -o {options} state {state}; {fill}; exec "$@"', "sh"]
    return host.run([*words, *SCS, *arguments], env={"SCS_STATE_DIR": str(state)})


@pytest.mark.parametrize(
    ("options", "fill", "why"),
    [
        ("ro", ":", "Read-only file system: {folder}"),
        ("size=64k", "cat /dev/zero > {state}/full 2>/dev/null || :", "database or disk is full"),
    ],
)
def test_a_state_folder_that_takes_nothing_stops_no_apply(
    host: Host, manifest: Path, options: str, fill: str, why: str
) -> None:
    state = host.folder / "mounted"
    fill = fill.format(state=state)
    refused = in_mount(host, options, fill, ["apply", manifest, "--require-history"])
    assert refused.returncode == 1
    assert host.docker("ps", "-aq") == ""
    done = in_mount(host, options, fill, ["apply", manifest])
    assert (done.returncode, done.stdout) == (0, "dev/lone: done: 2 created\n"), done.stderr
    first = done.stderr.splitlines()[0]
    found = re.fullmatch(rf"scs: the history ({state}/.*)/history.db cannot be (written|used) \((.*)\).*; (.*)", first)
    assert found, first
    assert (found[3], found[4]) == (why.format(folder=found[1]), "this run is not recorded")
    assert refused.stderr == first.replace(
        "this run is not recorded", "nothing more is changed without it, because of --require-history"
    ) + "\n"  # fmt: skip


def test_two_applies_one_after_the_other_are_two_runs(host: Host, tmp_path: Path) -> None:
    files = [
        tiny.write(tmp_path, tiny.LONE.replace("service: lone", f"service: {name}"), f"{name}.yaml") for name in "ab"
    ]
    running = [
        host.popen([*SCS, "apply", file, "--lock-wait", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for file in files
    ]
    assert [one.wait(timeout=90) for one in running] == [0, 0]
    assert {row[2] for row in rows(host.scs("history").stdout)} == {"dev/a", "dev/b"}


def test_the_history_holds_nothing_of_what_containers_said(host: Host, tmp_path: Path) -> None:
    chatty = tiny.write(tmp_path, tiny.LONE.replace("sleep 600", "echo canary-5d1; exit 3"))
    assert host.scs("apply", chatty).returncode == 1
    with closing(sqlite3.connect(database(host))) as found:
        text = "\n".join(found.iterdump())
    assert "INSERT INTO" in text
    assert "canary-5d1" not in re.sub(r'INSERT INTO "wish".*', "", text)
