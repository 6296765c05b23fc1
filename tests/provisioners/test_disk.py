"""The way to folders that may never answer, and to those whose disk is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from provisioners import disk, folders, mounts
from provisioners.folders import Found, Wish
from scs.contract import errors
from tests.fakes.context import Children, Hanging, context


@pytest.fixture
def on_nfs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that the kernel's table says to be on another host."""
    table = mounts.Table(mounted=(mounts.Mount(at=str(tmp_path), kind="nfs4", source="10.0.0.5:/media"),))
    monkeypatch.setattr(mounts, "read", lambda: table)
    return tmp_path


def test_a_look_at_a_disk_of_this_host_starts_no_process(tmp_path: Path) -> None:
    children = Children()
    assert disk.look(str(tmp_path), context(commands=children)) == Found(kind="folder", empty=True)
    assert children.run_so_far == []


def test_what_is_on_another_host_is_touched_by_a_child_process_alone(on_nfs: Path) -> None:
    children = Children()
    path = str(on_nfs / "blog" / "db")
    here = context(commands=children)
    assert disk.look(path, here) == Found(kind="absent")
    disk.make(Wish(path=path, mode=0o700, owner=(1234, 1235)), here)
    assert (on_nfs / "blog" / "db").stat().st_uid == 1234
    assert disk.look(path, here) == Found(kind="folder", empty=True)
    assert disk.remove(path, here)
    assert not (on_nfs / "blog" / "db").exists()
    assert [argv[:3] for argv in children.run_so_far] == [(sys.executable, "-I", folders.__file__)] * 4


def test_what_is_in_the_way_there_is_said_as_here(on_nfs: Path) -> None:
    (on_nfs / "link").symlink_to("/nowhere")
    with pytest.raises(errors.Failure) as caught:
        disk.look(str(on_nfs / "link"), context())
    assert caught.value.why == (
        f"{on_nfs}/link is a symbolic link to /nowhere, and scs follows none: write the path that it leads to"
    )


def test_a_filesystem_that_does_not_answer_is_given_up(on_nfs: Path) -> None:
    with pytest.raises(errors.Retry) as caught:
        disk.look(str(on_nfs / "db"), context(commands=Hanging()))
    assert caught.value.why == (
        f"{on_nfs}/db: {on_nfs} (nfs4 from 10.0.0.5:/media) did not answer within 5 s: "
        "see whether the server of that filesystem runs"
    )


def test_no_look_takes_longer_than_the_deadline_allows(on_nfs: Path) -> None:
    with pytest.raises(errors.Retry, match=r"did not answer within 2 s"):
        disk.look(str(on_nfs / "db"), context(commands=Hanging(), seconds=2))


def test_a_disk_that_is_not_mounted_is_not_written_below(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mounts, "read", lambda: mounts.Table(mounted=(), expected=(str(tmp_path),)))
    for act in (
        lambda: disk.look(f"{tmp_path}/db", context()),
        lambda: disk.make(Wish(path=f"{tmp_path}/db"), context()),
    ):
        with pytest.raises(errors.Failure) as caught:
            act()
        assert caught.value.why == (
            f"{tmp_path} is in /etc/fstab and nothing is mounted there, so that {tmp_path}/db would be on the disk "
            f"below it: mount it first ('mount {tmp_path}')"
        )
    assert list(tmp_path.iterdir()) == []
