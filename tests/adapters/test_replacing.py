"""Files that are put at their path whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from scs.adapters import replacing


def test_what_is_to_last_is_on_the_disk_before_it_has_its_name_and_its_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bool]] = []
    file = tmp_path / "note"

    def fsync(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), file.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    replacing.replace(file, b"a")
    assert synced == []
    file.unlink()
    replacing.replace(file, b"b", durable=True)
    assert synced == [(False, False), (True, True)]
    assert [one.name for one in tmp_path.iterdir()] == ["note"]
