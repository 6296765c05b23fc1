"""What scs itself writes, on filesystems that are full: told in one line, and what was there stays."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scs.adapters import history_file, lock, saved_plans
from scs.adapters.clock import SystemClock
from scs.adapters.delivery import TmpfsDelivery
from scs.adapters.host import LinuxHost
from scs.adapters.jobs import StateJobNotes
from scs.adapters.records import DiskRecords
from scs.contract import errors
from scs.contract.delivery import SecretFile
from scs.contract.journal import Trouble, Who
from scs.model.desired import Desired
from scs.model.identity import Identity, digest
from scs.model.observed import Record, Told
from scs.model.plan import Goals
from scs.model.service import Endpoint
from tests.testbed import disks

BLOG = Identity(environment="dev", service="blog")
TOLD = Told(requirement="mysql", endpoints=(Endpoint(host="db", port=3306),))
MORE = Told(requirement="mysql", endpoints=(Endpoint(host="other" * 2000, port=3306),))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small(tmp_path / "disk", "size=1m") as mounted:
        yield mounted


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_what_is_left_is_what_df_says(disk: Path) -> None:
    room = LinuxHost().room([str(disk), f"{disk}/not/there/yet", "/proc/self/none"])
    assert room[str(disk)].bytes == 1024 * 1024
    assert room[str(disk)] is room[f"{disk}/not/there/yet"]
    disks.fill(disk)
    assert LinuxHost().room([str(disk)])[str(disk)].bytes == 0


def test_inodes_count_where_the_filesystem_counts_them(tmp_path: Path) -> None:
    with disks.small(tmp_path / "disk", "nr_inodes=10") as few:
        (few / "one").touch()
        assert LinuxHost().room([str(few)])[str(few)].files == 8
    with disks.small(tmp_path / "disk", "nr_inodes=0") as uncounted:
        assert LinuxHost().room([str(uncounted)])[str(uncounted)].files is None


def test_each_filesystem_is_asked_once(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    statvfs = os.statvfs

    def counting(path: Path) -> os.statvfs_result:
        asked.append(path)
        return statvfs(path)

    monkeypatch.setattr(os, "statvfs", counting)
    LinuxHost().room([str(disk), str(tmp_path), f"{disk}/a", f"{tmp_path}/b"])
    assert len(asked) == 2


def test_a_folder_that_cannot_be_seen_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_path: object) -> os.statvfs_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "statvfs", forbidden)
    assert LinuxHost().room([str(tmp_path)]) == {}


def test_endpoints_and_notes_stay_as_they_were(disk: Path) -> None:
    delivery = TmpfsDelivery(disk)
    delivery.deliver(BLOG, "web", [TOLD])
    requires = Path(delivery.folder(BLOG, "web")) / "requires"
    before = (requires / "mysql.json").read_text()
    disks.fill(disk)
    with pytest.raises(errors.Failure) as failure:
        delivery.deliver(BLOG, "web", [MORE])
    assert failure.value.why == (f"{requires}/mysql.json cannot be written (No space left on device): make room there")
    assert (requires / "mysql.json").read_text() == before
    assert names(requires) == ["mysql.json"]


def test_a_secret_is_there_whole_or_not_at_all(disk: Path) -> None:
    delivery = TmpfsDelivery(disk)
    secrets = Path(delivery.folder(BLOG, "web")) / "secrets"
    secrets.mkdir()
    disks.fill(disk)
    with pytest.raises(errors.Failure, match=r"No space left on device"):
        delivery.deliver_secrets(BLOG, "web", [SecretFile(path="key", content=b"x" * 9000, mode=0o400, uid=0, gid=0)])
    assert names(secrets) == []


def test_the_note_of_a_job_stays_as_it_was(disk: Path) -> None:
    notes = StateJobNotes(disk)
    notes.remember(BLOG, "migrate", digest("one"), "sha256:1")
    disks.fill(disk)
    with pytest.raises(errors.Failure) as failure:
        notes.remember(BLOG, "migrate", digest("two"), "sha256:2")
    file = disk / "dev" / "blog" / "migrate.json"
    assert failure.value.why == f"{file} cannot be written (No space left on device): make room there"
    assert notes.read(BLOG)["migrate"].digest == digest("one")
    assert names(file.parent) == ["migrate.json"]


def test_a_record_is_as_good_as_lost_and_the_old_one_stays(disk: Path) -> None:
    records = DiskRecords(disk)
    records.write("id", Record(wish={"image": "bb:1"}))
    disks.fill(disk)
    records.write("id", Record(wish={"image": "x" * 9000}))
    assert records.read(["id"])["id"].wish == {"image": "bb:1"}
    assert names(disk) == ["filler", "id"]


def test_the_lock_locks_all_the_same(disk: Path) -> None:
    disks.fill(disk)
    clock = SystemClock(threading.Event())
    other = lock.exclusive(disk / "lock", wait=0, clock=clock)
    with lock.exclusive(disk / "lock", wait=0, clock=clock), pytest.raises(errors.Refusal) as refused, other:
        pass
    assert refused.value.why.startswith("another run changes this engine: its holder has not said who it is yet; ")


def test_a_plan_is_saved_whole_or_not_at_all(disk: Path) -> None:
    disks.fill(disk)
    saved = saved_plans.SavedPlan(
        made=time.time(),
        who=Who(login="me", user="me", host="here"),
        engine="x",
        desired=Desired(identity=BLOG),
        goals=Goals(),
        steps=(),
    )
    with pytest.raises(errors.Failure) as failure:
        saved_plans.write(disk / "plan", saved)
    assert failure.value.why == f"the plan cannot be written to {disk}/plan (No space left on device)"
    assert names(disk) == ["filler"]


def test_the_history_says_what_to_do(disk: Path) -> None:
    disks.fill(disk)
    with pytest.raises(Trouble) as trouble:
        history_file.to_write(disk, set_aside=None)
    assert str(trouble.value) in {
        f"the history {disk}/history.db cannot be written ({why}): make room and let scs write there, or set "
        "SCS_STATE_DIR to a folder where it may"
        for why in ("database or disk is full", "disk I/O error")
    }
