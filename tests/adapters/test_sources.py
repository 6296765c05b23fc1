"""Reading manifests and image sources from the disk, and refusing what others could change."""

from __future__ import annotations

import hashlib
import os
import pwd
import socket
from pathlib import Path

import pytest

from scs.adapters import sources
from scs.adapters.sources import DiskSources
from scs.manifest.sources import Trouble

DISK = DiskSources()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path


def written(path: Path, content: str = "scs: 1\n", mode: int = 0o644) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    return str(path)


def test_a_file_is_read_as_it_is(folder: Path) -> None:
    (folder / "blog.yaml").write_bytes(b"a: \xff\r\n")
    assert DISK.read(str(folder / "blog.yaml")) == b"a: \xff\r\n"


def test_a_relative_name_counts_from_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder / "blog.yaml")
    monkeypatch.chdir(folder)
    assert DISK.read("blog.yaml") == b"scs: 1\n"
    assert DISK.absolute("../x/./y") == str(folder.parent / "x" / "y")


def test_what_is_not_there_is_none(folder: Path) -> None:
    file = written(folder / "blog.yaml")
    assert DISK.read(str(folder / "none.yaml")) is None
    assert DISK.read(f"{file}/below") is None
    assert DISK.tree(str(folder / "none")) is None


def test_a_folder_is_no_file(folder: Path) -> None:
    assert DISK.read(str(folder)) == Trouble(why="is a folder, not a file")


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder: Path) -> None:
    os.mkfifo(folder / "pipe", 0o600)
    assert DISK.read(str(folder / "pipe")) == Trouble(why="is a pipe, not a file")


def test_a_file_above_the_cap_is_refused(folder: Path) -> None:
    file = written(folder / "big.yaml", "#" * (sources.MAX_BYTES + 1))
    hint = "keep large content in files of its own"
    assert DISK.read(file) == Trouble(why="is larger than 1 MiB", hint=hint)
    assert isinstance(DISK.read(written(folder / "full.yaml", "#" * sources.MAX_BYTES)), bytes)


def test_a_file_that_everybody_may_write_is_refused(folder: Path) -> None:
    file = written(folder / "blog.yaml", mode=0o666)
    assert DISK.read(file) == Trouble(why="everybody may write", hint=f"run: chmod o-w {file}")


def test_a_file_in_a_folder_that_everybody_may_write_is_refused(folder: Path) -> None:
    file = written(folder / "blog.yaml")
    folder.chmod(0o777)
    why = "lies in a folder that everybody may write"
    assert DISK.read(file) == Trouble(why=why, hint=f"run: chmod o-w {folder}")


def test_a_file_of_ones_own_in_a_sticky_folder_is_read(folder: Path) -> None:
    file = written(folder / "blog.yaml")
    folder.chmod(0o1777)
    assert DISK.read(file) == b"scs: 1\n"


def test_a_file_that_a_foreign_group_may_write_is_refused(folder: Path) -> None:
    file = written(folder / "blog.yaml", mode=0o664)
    os.chown(file, 0, 54321)
    assert DISK.read(file) == Trouble(why="the group 54321 may write", hint=f"run: chmod g-w {file}")


def test_a_file_that_its_owners_own_group_may_write_is_read(folder: Path) -> None:
    owner = next(one for one in pwd.getpwall() if one.pw_gid not in {0} and one.pw_uid)
    file = written(folder / "blog.yaml", mode=0o664)
    os.chown(file, owner.pw_uid, owner.pw_gid)
    assert DISK.read(file) == b"scs: 1\n"


def test_a_folder_that_everybody_may_write_is_no_build_context(folder: Path) -> None:
    written(folder / "image" / "start")
    (folder / "image").chmod(0o777)
    hint = f"run: chmod o-w {folder / 'image'}"
    assert DISK.tree(str(folder / "image")) == Trouble(why="everybody may write", hint=hint)


def test_a_tree_is_every_file_by_content_and_whether_it_runs_sorted_by_path(folder: Path) -> None:
    written(folder / "b" / "run", "run", 0o700)
    written(folder / "b.txt", "text", 0o640)
    written(folder / "a" / "deep" / "x", "x")
    found = DISK.tree(str(folder))
    assert isinstance(found, tuple)
    assert [(one.path, one.mode, one.sha256, one.link, one.origin) for one in found] == [
        ("a/deep/x", 0o644, hashlib.sha256(b"x").hexdigest(), None, f"{folder}/a/deep/x"),
        ("b.txt", 0o644, hashlib.sha256(b"text").hexdigest(), None, f"{folder}/b.txt"),
        ("b/run", 0o755, hashlib.sha256(b"run").hexdigest(), None, f"{folder}/b/run"),
    ]


def test_a_single_file_is_a_tree_of_one_without_a_path(folder: Path) -> None:
    found = DISK.tree(written(folder / "start", "run", 0o755))
    assert isinstance(found, tuple)
    assert [(one.path, one.mode, one.origin) for one in found] == [("", 0o755, f"{folder}/start")]


def test_links_are_recorded_and_not_followed(folder: Path) -> None:
    (folder / "image").mkdir()
    (folder / "image" / "away").symlink_to("/etc")
    (folder / "image" / "gone").symlink_to("nowhere")
    found = DISK.tree(str(folder / "image"))
    assert isinstance(found, tuple)
    assert [(one.path, one.link, one.mode, one.sha256) for one in found] == [
        ("away", "/etc", 0o777, hashlib.sha256(b"/etc").hexdigest()),
        ("gone", "nowhere", 0o777, hashlib.sha256(b"nowhere").hexdigest()),
    ]


def test_a_special_file_in_a_tree_is_refused_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sub/mysqld.sock")
        found = DISK.tree(str(folder))
    why = "holds sub/mysqld.sock, which is a socket, not a file"
    assert found == Trouble(why=why, hint="only files, folders and links can be used")


def test_what_dockerignore_names_is_left_out_when_asked(folder: Path) -> None:
    for name in ("app.py", "notes.md", "build/keep/a", "build/b", "README.md"):
        written(folder / name)
    written(folder / ".dockerignore", "*.md\n!README.md\nbuild\n!build/keep\n")
    kept, everything = DISK.tree(str(folder), ignore=True), DISK.tree(str(folder))
    assert isinstance(kept, tuple)
    assert isinstance(everything, tuple)
    assert [one.path for one in kept] == [".dockerignore", "README.md", "app.py", "build/keep/a"]
    assert len(everything) == 6


def test_an_image_folder_that_is_a_link_is_the_folder_it_leads_to(folder: Path) -> None:
    written(folder / "image" / "start", "run")
    (folder / "ln").symlink_to("image")
    found = DISK.tree(str(folder / "ln"), ignore=True)
    assert isinstance(found, tuple)
    assert [(one.path, one.origin) for one in found] == [("start", f"{folder}/ln/start")]


@pytest.mark.parametrize("name", ["sub/deep", "sub/deep/start"])
def test_what_everybody_may_write_is_refused_wherever_it_lies_in_a_tree(folder: Path, name: str) -> None:
    written(folder / "sub" / "deep" / "start")
    (folder / name).chmod(0o777)
    refused = Trouble(why=f"holds {name}, which everybody may write", hint=f"run: chmod o-w {folder}/{name}")
    assert DISK.tree(str(folder)) == refused
    written(folder / ".dockerignore", "sub\n")
    assert isinstance(DISK.tree(str(folder), ignore=True), tuple)


def test_a_single_file_that_others_may_write_or_replace_is_refused(folder: Path) -> None:
    file = written(folder / "start", mode=0o666)
    assert DISK.tree(file) == Trouble(why="everybody may write", hint=f"run: chmod o-w {file}")
    (folder / "start").chmod(0o644)
    folder.chmod(0o777)
    why = "lies in a folder that everybody may write"
    assert DISK.tree(file) == Trouble(why=why, hint=f"run: chmod o-w {folder}")


def test_a_dockerignore_is_read_as_every_other_file(folder: Path) -> None:
    file = folder / ".dockerignore"
    os.mkfifo(file, 0o600)
    assert DISK.tree(str(folder), ignore=True) == Trouble(why="holds .dockerignore, which is a pipe, not a file")
    file.unlink()
    written(file, "#" * (sources.MAX_BYTES + 1))
    hint = "keep large content in files of its own"
    assert DISK.tree(str(folder), ignore=True) == Trouble(
        why="holds .dockerignore, which is larger than 1 MiB", hint=hint
    )


def test_a_dockerignore_that_cannot_be_read_refuses_the_folder(folder: Path) -> None:
    written(folder / ".dockerignore", "[z-a]\n")
    found = DISK.tree(str(folder), ignore=True)
    assert isinstance(found, Trouble)
    assert found.why == "holds .dockerignore, which has a pattern in line 1 that cannot be read: [z-a]"


def test_a_tree_of_too_many_files_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_ENTRIES", 2)
    for name in "abc":
        written(folder / name)
    hint = "name the files that are needed, or leave some out with .dockerignore"
    assert DISK.tree(str(folder)) == Trouble(why="holds more than 2 files", hint=hint)


def test_a_name_that_cannot_be_shown_is_refused_escaped(folder: Path) -> None:
    written(folder / "a\x1b[31m")
    why = "holds the name a\\x1b[31m, which cannot be shown"
    assert DISK.tree(str(folder)) == Trouble(why=why, hint="rename the file")


def test_a_name_that_is_not_text_is_trouble_for_reading_not_an_exception() -> None:
    assert DISK.read("a\0b") == Trouble(why="cannot be read: embedded null byte")
