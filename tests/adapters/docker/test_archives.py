"""Archives of files for containers."""

from __future__ import annotations

import hashlib
import io
import tarfile

from scs.adapters.docker import archives
from scs.contract.engine import FileInside
from scs.model.files import Print


def test_paths_count_from_the_folder_and_folders_have_no_entries() -> None:
    files = [
        FileInside(path="/srv/d/a", content=b"one", mode=0o600, uid=33, gid=34, folder="/srv"),
        FileInside(path="/srv/ä" + "b" * 120, content=b"two", mode=0o4755, uid=0, gid=0, folder="/srv"),
    ]
    with tarfile.open(fileobj=io.BytesIO(archives.packed(files, "/srv"))) as archive:
        found = [(one.name, one.mode, one.uid, one.gid, one.isfile()) for one in archive]
    assert found == [("d/a", 0o600, 33, 34, True), ("ä" + "b" * 120, 0o4755, 0, 0, True)]


def first_print(entry: tarfile.TarInfo, content: bytes = b"") -> Print:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with tarfile.open(fileobj=io.BytesIO(made.getvalue()), mode="r|") as archive:
        return archives.printed(archive)


def test_a_file_is_known_by_a_digest_its_mode_and_its_owner() -> None:
    entry = tarfile.TarInfo("a")
    entry.mode, entry.uid, entry.gid = 0o104755, 33, 34
    assert first_print(entry, b"x" * 200_000) == Print(
        content=hashlib.sha256(b"x" * 200_000).hexdigest(), mode=0o4755, uid=33, gid=34
    )


def test_what_is_no_file_has_no_content() -> None:
    for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE):
        entry = tarfile.TarInfo("a")
        entry.type = kind
        assert first_print(entry) == Print(content="")
