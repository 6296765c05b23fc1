"""Folders of the host, on a real disk."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from provisioners import folders
from provisioners.folders import BlockedError, Found, Wish


class Crash(BaseException):
    """The process is gone."""


def shown(path: Path) -> tuple[int, int, str]:
    found = path.stat()
    return found.st_uid, found.st_gid, oct(stat.S_IMODE(found.st_mode))


@pytest.fixture(autouse=True)
def tight_umask() -> object:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_folder_is_made_with_its_owner_and_mode_and_its_parents_with_roots(tmp_path: Path) -> None:
    path = tmp_path / "blog" / "db"
    folders.make(Wish(path=str(path), mode=0o2750, owner=(1234, 1235)))
    assert shown(path) == (1234, 1235, "0o2750")
    assert shown(path.parent) == (0, 0, "0o755")


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.mkdir(mode=0o700)
    folders.make(Wish(path=str(path), mode=0o777, owner=(1234, 1235)))
    assert shown(path) == (0, 0, "0o700")


def test_a_folder_inside_a_volume_belongs_to_whom_the_volume_belongs(tmp_path: Path) -> None:
    tmp_path.joinpath("db").mkdir()
    os.chown(tmp_path / "db", 999, 998)
    folders.make(Wish(path=str(tmp_path / "db" / "logs" / "bin"), inherit=True))
    assert shown(tmp_path / "db" / "logs") == (999, 998, "0o755")
    assert shown(tmp_path / "db" / "logs" / "bin") == (999, 998, "0o755")


@pytest.mark.parametrize("call", ["mkdir", "open", "fchown", "fchmod", "rename"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_leaves_nothing_half_made_under_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, after: bool
) -> None:
    path = tmp_path / "blog" / "db"
    wish = Wish(path=str(path), mode=0o750, owner=(1234, 1235))
    real = getattr(os, call)

    def crash(*args: object, **kwargs: object) -> object:
        if call == "open" and not str(args[0]).startswith(".scs-new-db"):
            return real(*args, **kwargs)
        if after:
            real(*args, **kwargs)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(os, call, crash)
        with pytest.raises(Crash):
            folders.make(wish)
    assert not path.exists() or shown(path) == (1234, 1235, "0o750")
    folders.make(wish)
    assert shown(path) == (1234, 1235, "0o750")
    assert [entry.name for entry in path.parent.iterdir()] == ["db"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["blog"]


def test_something_of_somebody_else_under_the_unfinished_name_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".scs-new-db").mkdir()
    (tmp_path / ".scs-new-db" / "row").write_text("precious")
    with pytest.raises(BlockedError) as caught:
        folders.make(Wish(path=str(tmp_path / "db")))
    assert str(caught.value) == (
        f"cannot make {tmp_path}/db: {tmp_path}/.scs-new-db is in the way (Directory not empty), which scs did not "
        "leave like that: look at it and remove it"
    )
    assert (tmp_path / ".scs-new-db" / "row").exists()


@pytest.mark.parametrize("deeper", ["", "/below"])
def test_no_symbolic_link_is_followed(tmp_path: Path, deeper: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = f"{tmp_path}/link{deeper}"
    why = f"{tmp_path}/link is a symbolic link to real, and scs follows none: write the path that it leads to"
    for act in (folders.look, lambda path: folders.make(Wish(path=path)), lambda path: folders.remove(f"{path}/x")):
        with pytest.raises(BlockedError) as caught:
            act(path)
        assert str(caught.value) == why
    assert list((tmp_path / "real").iterdir()) == []


def test_a_link_that_leads_nowhere_is_a_link_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/nowhere")
    with pytest.raises(BlockedError, match="is a symbolic link to /nowhere"):
        folders.look(str(tmp_path / "link"))


def test_a_file_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlockedError) as caught:
        folders.look(str(tmp_path / "file" / "db"))
    assert str(caught.value) == f"{tmp_path}/file is not a folder"


def test_a_look_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full" / "x").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    assert folders.look(str(tmp_path / "empty")) == Found(kind="folder", empty=True)
    assert folders.look(str(tmp_path / "full")) == Found(kind="folder", empty=False)
    assert folders.look(str(tmp_path / "file")) == Found(kind="other")
    assert folders.look(str(tmp_path / "none" / "at" / "all")) == Found(kind="absent")
    assert folders.look("/") == Found(kind="folder", empty=False)


def test_only_an_empty_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full" / "x").mkdir(parents=True)
    assert folders.remove(str(tmp_path / "empty"))
    assert folders.remove(str(tmp_path / "empty"))
    assert folders.remove(str(tmp_path / "none" / "x"))
    assert not folders.remove(str(tmp_path / "full"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["full"]


def test_a_disk_that_cannot_be_written_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "mkdir", full)
    with pytest.raises(BlockedError) as caught:
        folders.make(Wish(path=str(tmp_path / "db")))
    assert str(caught.value) == f"cannot make {tmp_path}/db: No space left on device"


@pytest.mark.parametrize("turn", range(25))
def test_folders_below_one_missing_parent_can_be_made_at_the_same_time(tmp_path: Path, turn: int) -> None:
    paths = [tmp_path / "srv" / "blog" / name for name in ("a", "b", "c", "c")]
    together = Barrier(len(paths))

    def make(path: Path) -> None:
        together.wait()
        folders.make(Wish(path=str(path), mode=0o750, owner=(1234, 1235)))

    with ThreadPoolExecutor(len(paths)) as threads:
        list(threads.map(make, paths))
    assert [shown(path) for path in paths] == [(1234, 1235, "0o750")] * len(paths)
    assert sorted(entry.name for entry in paths[0].parent.iterdir()) == ["a", "b", "c"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["srv"]


def test_a_folder_that_somebody_else_keeps_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "LOCK_SECONDS", 0.1)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(BlockedError) as caught:
        folders.make(Wish(path=str(tmp_path / "db")))
    os.close(held)
    assert str(caught.value) == (
        f"cannot make {tmp_path}/db: another process has locked {tmp_path}/: find it with 'fuser {tmp_path}/'"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fchown", "fchmod", "rename"])
def test_a_folder_that_cannot_be_given_its_owner_mode_or_name_is_taken_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(BlockedError) as caught:
        folders.make(Wish(path=str(tmp_path / "db"), owner=(1234, 1235)))
    assert str(caught.value) == f"cannot make {tmp_path}/db: Operation not permitted"
    assert list(tmp_path.iterdir()) == []


def test_no_handle_stays_open(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/nowhere")
    before = len(list(Path("/proc/self/fd").iterdir()))
    folders.make(Wish(path=str(tmp_path / "a" / "b")))
    folders.look(str(tmp_path / "a" / "b"))
    folders.look(str(tmp_path / "a" / "c" / "d"))
    folders.remove(str(tmp_path / "a" / "b"))
    with pytest.raises(BlockedError):
        folders.look(str(tmp_path / "link" / "x"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_request_is_answered_in_json(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    wish = {"path": path, "mode": 0o700, "owner": [1, 2], "inherit": False}
    assert json.loads(folders.answer(json.dumps({"look": path}))) == {"found": {"kind": "absent", "empty": False}}
    assert json.loads(folders.answer(json.dumps({"make": wish}))) == {"made": True}
    assert shown(tmp_path / "db") == (1, 2, "0o700")
    assert json.loads(folders.answer(json.dumps({"look": f"{path}/x/y"}))) == {
        "found": {"kind": "absent", "empty": False}
    }
    assert json.loads(folders.answer(json.dumps({"remove": path}))) == {"removed": True}
