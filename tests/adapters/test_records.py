"""Records of containers, on a real disk."""

from __future__ import annotations

import json
from pathlib import Path

from scs.adapters.records import DiskRecords
from scs.model.files import Delivered, Print
from scs.model.identity import digest
from scs.model.observed import Record

FILES = {"/etc/a": Delivered(wish=digest("x"), found=Print(content="c0ffee", mode=0o640, uid=33, gid=34))}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = Record(wish={"image": "bb:1"}, settings={"CpuShares": "0"}, files=FILES)
    DiskRecords(tmp_path).write("id", record)
    assert DiskRecords(tmp_path).read(["id", "other"]) == {"id": record}
    assert (tmp_path / "id").stat().st_mode & 0o777 == 0o600


def test_a_record_of_an_earlier_release_knows_of_no_files(tmp_path: Path) -> None:
    (tmp_path / "id").write_text(json.dumps({"wish": {"image": "bb:1"}, "settings": {}}))
    assert DiskRecords(tmp_path).read(["id"]) == {"id": Record(wish={"image": "bb:1"})}


def test_a_record_that_cannot_be_understood_is_lost(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"wish": {}, "settings": {}, "files": {"/a": {"wish": "x"}}}'):
        (tmp_path / "id").write_text(content)
        assert DiskRecords(tmp_path).read(["id"]) == {}
