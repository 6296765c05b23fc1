"""The history on disk: what was written comes back, for its owner alone, and damage is set aside."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from scs.adapters import history as records
from scs.adapters import history_file, processes
from scs.adapters.history import SqliteHistory
from scs.contract import masking
from scs.contract.journal import Ending, Intent, RunNumber, Trouble, Who
from scs.model.container import Process
from scs.model.identity import Identity
from scs.model.operations import RemoveContainer
from scs.model.outcome import Done, Failed
from scs.model.plan import Action, ActionId, Goals, Target
from scs.model.steps import Change
from tests.run import manifests

ALICE = Who(login="alice", user="root", host="h1")
REMOVE = Action(
    id=ActionId("remove dev-blog-web-1"),
    target=Target(kind="container", name="dev-blog-web-1"),
    operation=RemoveContainer(id="1", name="dev-blog-web-1"),
    says="remove it",
    change=Change.REPLACE,
    cause="its process changed",
    downtime="the old one stops before the new one starts",
)
ADVICE = "make room and let scs write there, or set SCS_STATE_DIR to a folder where it may"


def intent(title: str = "a", goals: Goals | None = None) -> Intent:
    desired = manifests.blog(process=Process(env={"TITLE": title}))
    return Intent(desired=desired, goals=goals or Goals(), command="scs apply x.yaml", who=ALICE, note="a note")


@contextmanager
def written(folder: Path) -> Iterator[SqliteHistory]:
    """Open for writing, where nothing is damaged."""
    with closing(history_file.to_write(folder, set_aside=None)) as history:
        yield history


def test_no_value_of_a_secret_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "MASK", masking.Mask())
    masking.MASK.hide(b"canary-in-the-log")
    with written(tmp_path) as history:
        number = history.begin(intent())
        history.ended(number, None, Failed(action=REMOVE, why="exited with 1: canary-in-the-log is wrong"))
        history.finish(number, Ending.FAILED, "1 failed: canary-in-the-log")
        assert [step.why for step in history.steps(number)] == ["exited with 1: *** is wrong"]
        assert [run.summary for run in history.runs()] == ["1 failed: ***"]
    assert not any(b"canary-in-the-log" in one.read_bytes() for one in tmp_path.iterdir() if one.is_file())


def test_a_run_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    wish = intent(goals=Goals(only=frozenset({"web", "db"})))
    before = time.time()
    with written(folder) as history:
        number = history.begin(wish)
        step = history.started(number, REMOVE)
        history.ended(number, step, Done(action=REMOVE, seconds=1.5))
        history.ended(number, None, Failed(action=REMOVE, why="it does not last"))
        history.finish(number, Ending.FAILED, "1 failed")
    with closing(history_file.to_read(folder)) as history:
        (run,) = history.runs()
        done, failed = history.steps(number)
        assert history.desired(number) == wish.desired
        assert history.run(number) == run
        assert history.run(7) is None
    assert (run.number, run.who, run.command, run.note) == (1, ALICE, "scs apply x.yaml", "a note")
    assert (run.identity, run.destroy, run.only) == (manifests.BLOG, False, ("db", "web"))
    assert (run.ending, run.summary) == (Ending.FAILED, "1 failed")
    assert run.ended is not None
    assert before <= run.began <= run.ended <= time.time()
    assert (done.outcome, done.seconds, done.why) == ("done", 1.5, "")
    assert (failed.outcome, failed.why) == ("failed", "it does not last")
    assert str(done) == "replace  container dev-blog-web-1: remove it (because its process changed)"
    assert done.downtime == REMOVE.downtime


def test_runs_come_newest_first_no_more_than_asked_for_and_of_one_manifest(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        for title in "abc":
            history.finish(history.begin(intent(title)), Ending.CONVERGED, "")
        assert [run.number for run in history.runs()] == [3, 2, 1]
        assert [run.number for run in history.runs(limit=2)] == [3, 2]
        assert [run.number for run in history.runs(manifests.BLOG)] == [3, 2, 1]
        assert history.runs(Identity(environment="dev", service="other")) == []


def test_the_same_wish_has_one_digest_and_is_kept_once(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        for title in "aab":
            history.begin(intent(title))
        newest, second, first = history.runs()
    assert first.digest == second.digest != newest.digest
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        assert database.execute("SELECT count(*) FROM wish").fetchone() == (2,)


def test_each_step_is_on_the_disk_when_the_call_returns(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        modes = [
            history._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        ]
        assert modes == ["wal", 2]
        number = history.begin(intent())
        history.started(number, REMOVE)
        with closing(history_file.to_read(tmp_path)) as other:
            assert [step.outcome for step in other.steps(number)] == [None]


def test_a_run_whose_process_lives_is_running(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        history.begin(intent())
        assert [run.ending for run in history.runs()] == [Ending.RUNNING]
        assert history.unfinished() == []


@pytest.mark.parametrize("process", ["", "another-boot 1 1", "{boot} {pid} 1", "{boot} 999999999 1"])
def test_a_run_whose_process_is_gone_is_unfinished_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    mark = process.format(boot=processes.mark().split()[0], pid=os.getpid())
    monkeypatch.setattr(processes, "mark", lambda: mark)
    with written(tmp_path) as history:
        history.begin(intent())
        assert [run.ending for run in history.runs()] == [Ending.UNFINISHED]
        assert history.unfinished() == [(1, "scs apply x.yaml")]
        assert history.unfinished() == []
        assert [run.ending for run in history.runs()] == [Ending.UNFINISHED]


WRITER = """
import sys
from pathlib import Path
from tests.adapters.test_history import REMOVE, intent, written
from scs.contract.journal import Ending
from scs.model.outcome import Done
for _ in range(20):
    with written(Path(sys.argv[1])) as history:
        run = history.begin(intent())
        history.ended(run, history.started(run, REMOVE), Done(action=REMOVE))
        history.finish(run, Ending.CONVERGED, "")
"""


def test_the_file_is_whole_before_anybody_can_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[object, ...]] = []
    link = Path.hardlink_to

    def linked(path: Path, target: Path) -> None:
        with closing(sqlite3.connect(target)) as database:
            found.extend(database.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "user_version"))
        link(path, target)

    monkeypatch.setattr(Path, "hardlink_to", linked)
    with written(tmp_path):
        assert found == [("wal",), (records.VERSION,)]
    assert {one.name for one in tmp_path.iterdir()} <= {"history.db", "history.db-wal", "history.db-shm"}


def test_two_runs_at_once_lose_no_row(tmp_path: Path) -> None:
    root = str(Path(records.__file__).parents[2])
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in writers] == [("", 0), ("", 0)]
    with closing(history_file.to_read(tmp_path)) as history:
        runs = history.runs()
        assert [run.number for run in runs] == list(range(40, 0, -1))
        assert all([step.outcome for step in history.steps(run.number)] == ["done"] for run in runs)


def test_folder_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "engine"
    with written(folder) as history:
        history.begin(intent())
        found = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
    assert found == {"engine": "0o700", "history.db": "0o600", "history.db-wal": "0o600", "history.db-shm": "0o600"}


def test_a_file_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    with written(tmp_path):
        pass
    path = tmp_path / "history.db"
    path.chmod(0o666)
    says = re.escape(f"others may write {path}, which holds the history: run: chmod go-w {path}")
    with pytest.raises(Trouble, match=f"^{says}$"):
        history_file.to_read(tmp_path)
    with pytest.raises(Trouble, match=f"^{says}$"):
        history_file.to_write(tmp_path, set_aside=None)


def test_a_file_of_another_user_is_not_used(tmp_path: Path) -> None:
    with written(tmp_path):
        pass
    os.chown(tmp_path / "history.db", 65534, 65534)
    with pytest.raises(Trouble) as trouble:
        history_file.to_read(tmp_path)
    path = tmp_path / "history.db"
    assert str(trouble.value) == f"{path}, which holds the history, belongs to another user: run: chown 0 {path}"


def test_a_folder_that_cannot_be_made_is_trouble_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "history.db"
    with pytest.raises(Trouble) as trouble:
        history_file.to_write(path.parent, set_aside=None)
    assert str(trouble.value) == f"the history {path} cannot be written (File exists: {path.parent}): {ADVICE}"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    path = tmp_path / "history.db"
    path.symlink_to("elsewhere")
    with pytest.raises(Trouble) as trouble:
        history_file.to_write(tmp_path, set_aside=None)
    why = f"Too many levels of symbolic links: {path}"
    assert str(trouble.value) == f"the history {path} cannot be written ({why}): {ADVICE}"


def test_a_history_of_a_newer_scs_is_left_alone(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        history.begin(intent())
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 7")
    for use in (history_file.to_read, lambda folder: history_file.to_write(folder, set_aside=print)):
        with pytest.raises(Trouble) as trouble:
            use(tmp_path)
        assert str(trouble.value) == (
            f"the history {path} was written by a newer scs (schema 7, this one knows 1): "
            "update scs, or move the file away"
        )


def garble(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def cut(path: Path) -> None:
    os.truncate(path, 5000)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


@pytest.mark.parametrize("damage", [garble, cut, overwrite])
def test_a_damaged_history_is_set_aside_and_a_new_one_begun(tmp_path: Path, damage: object) -> None:
    with written(tmp_path) as history:
        for title in range(20):
            history.begin(intent(str(title) * 1000))
    path = tmp_path / "history.db"
    assert callable(damage)
    damage(path)
    damaged = path.read_bytes()
    with pytest.raises(Trouble, match=rf"^the history {path} is damaged \(.*\): move it away$"):
        history_file.to_write(tmp_path, set_aside=None)
    assert path.read_bytes() == damaged
    told: list[str] = []
    with closing(history_file.to_write(tmp_path, set_aside=told.append)) as history:
        assert history.begin(intent()) == 1
    (aside,) = tmp_path.glob("history.db.corrupt-*[0-9]Z")
    assert aside.read_bytes() == damaged
    (line,) = told
    why = r"\((file is not a database|database disk image is malformed)\)"
    where = re.escape(f"it was set aside as {aside.name}, and a new one begun")
    assert re.fullmatch(rf"the history {path} is damaged {why}: {where}", line)


def test_a_damaged_history_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    garble(path)
    with pytest.raises(Trouble) as trouble:
        history_file.to_read(tmp_path)
    assert str(trouble.value) == (
        f"the history {path} is damaged (file is not a database): "
        "the next apply that changes something sets it aside and begins a new one"
    )


def test_a_wish_that_cannot_be_kept_is_trouble_and_no_traceback(tmp_path: Path) -> None:
    volume = replace(manifests.volume(), options={"path": object()})
    desired = replace(manifests.blog(), volumes=(volume,))
    with written(tmp_path) as history, pytest.raises(Trouble) as trouble:
        history.begin(replace(intent(), desired=desired))
    assert str(trouble.value) == (
        f"what is asked for cannot be kept in the history {tmp_path}/history.db: "
        "Object of type object is not JSON serializable"
    )


def test_no_history_reads_as_an_empty_one_and_makes_nothing(tmp_path: Path) -> None:
    with closing(history_file.to_read(tmp_path / "none")) as history:
        assert history.runs() == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_asked_for_in_a_form_of_another_release_is_said_so(tmp_path: Path) -> None:
    with written(tmp_path) as history:
        history.begin(intent())
    with closing(sqlite3.connect(tmp_path / "history.db")) as database, database:
        database.execute("""UPDATE wish SET body = '{"format": 0}'""")
    with closing(history_file.to_read(tmp_path)) as history, pytest.raises(Trouble) as trouble:
        history.desired(RunNumber(1))
    assert str(trouble.value) == (
        "what run 1 asked for cannot be read back: it was written in format 0, and this release reads format 1"
    )


def test_the_step_that_made_a_container_is_known_by_when_the_engine_created_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    create = records._row(RunNumber(1), REMOVE) | {"operation": "CreateContainer"}
    monkeypatch.setattr(records, "_row", lambda run, _action: {**create, "run": run, "began": now[0]})
    with written(tmp_path) as history:
        for began, ended in ((1000, 1010), (2000, 2010), (3000, None)):
            now[0] = began
            run = history.begin(intent())
            step = history.started(run, REMOVE)
            if ended:
                now[0] = ended
                history.ended(run, step, Done(action=REMOVE))
        found = {at: history.making("dev-blog-web-1", at) for at in (900, 1009, 1500, 2005, 3001)}
        assert history.making("dev-blog-web-2", 1009) is None
    assert {at: step.run if step else None for at, step in found.items()} == {
        900: None, 1009: 1, 1500: None, 2005: 2, 3001: 3,
    }  # fmt: skip


def test_who_is_the_person_behind_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("socket.gethostname", lambda: "h1")
    assert processes.who() == ALICE
    assert str(ALICE) == "alice as root on h1"
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setattr(processes, "_login", lambda: "")
    assert str(processes.who()) == "root on h1"
