"""Archives of files for containers."""

from __future__ import annotations

import io
import tarfile

from scs.adapters.docker import archives
from scs.contract.engine import FileInside


def test_paths_count_from_the_folder_and_folders_have_no_entries() -> None:
    files = [
        FileInside(path="/srv/d/a", content=b"one", mode=0o600, uid=33, gid=34, folder="/srv"),
        FileInside(path="/srv/ä" + "b" * 120, content=b"two", mode=0o4755, uid=0, gid=0, folder="/srv"),
    ]
    with tarfile.open(fileobj=io.BytesIO(archives.packed(files, "/srv"))) as archive:
        found = [(one.name, one.mode, one.uid, one.gid, one.isfile()) for one in archive]
    assert found == [("d/a", 0o600, 33, 34, True), ("ä" + "b" * 120, 0o4755, 0, 0, True)]
