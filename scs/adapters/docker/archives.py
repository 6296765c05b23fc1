"""Files inside containers, which the engine gives and takes as tar archives."""

from __future__ import annotations

import hashlib
import io
import posixpath
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

from docker.api import APIClient
from docker.errors import NotFound

from scs.contract import errors
from scs.contract.engine import FileInside
from scs.model.files import Print

MAX_BYTES = 1024 * 1024
MAX_LINKS = 5
CHUNK_BYTES = 65536
PERMISSIONS = 0o7777
"""The engine has the type of the file among the bits as well."""


def read(call: APIClient, container: str, path: str) -> bytes | None:
    """The content of a file, symbolic links followed; None when it is not there."""
    get: Any = call.get_archive  # has no types in the SDK's stubs
    for _ in range(MAX_LINKS):
        try:
            chunks, _stat = get(container, path)
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(_joined(chunks, path)), mode="r:") as archive:
            first = archive.next()
            if first is not None and first.issym():
                path = posixpath.normpath(posixpath.join(posixpath.dirname(path), first.linkname))
                continue
            file = None if first is None else archive.extractfile(first)
            return None if file is None else file.read()
    return None


def look(call: APIClient, container: str, path: str) -> Print | None:
    """Of a file of any size; of a folder no more than that it is one is read."""
    raw: Any = call  # the SDK's own method cannot be left in the middle of an answer
    with closing(
        raw._get(raw._url("/containers/{0}/archive", container), params={"path": path}, stream=True)
    ) as answer:
        try:
            raw._raise_for_status(answer)
        except NotFound:
            return None
        chunks = io.BufferedReader(_Chunks(answer.iter_content(CHUNK_BYTES)))
        with tarfile.open(fileobj=chunks, mode="r|") as archive:
            return printed(archive)


def printed(archive: tarfile.TarFile) -> Print:
    """Of the first thing in it."""
    first = archive.next()
    file = archive.extractfile(first) if first is not None and first.isreg() else None
    if first is None or file is None:
        return Print(content="")
    content = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        content.update(chunk)
    return Print(content=content.hexdigest(), mode=first.mode & PERMISSIONS, uid=first.uid, gid=first.gid)


class _Chunks(io.RawIOBase):
    """An answer that comes bit by bit, as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._rest = self._rest or next(self._chunks, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _joined(chunks: Any, path: str) -> bytes:
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > MAX_BYTES + 10 * tarfile.BLOCKSIZE:
            raise errors.Failure(f"{path} is larger than 1 MiB")
    return bytes(found)


def write(call: APIClient, container: str, files: Sequence[FileInside]) -> None:
    """One archive for each folder: the engine looks at that alone to see whether it may write."""
    raw: Any = call  # the SDK has no way to say that a folder is not to be replaced by a file
    for folder, group in groupby(sorted(files, key=lambda one: (one.folder, one.path)), key=lambda one: one.folder):
        url = raw._url("/containers/{0}/archive", container)
        params = {"path": folder, "noOverwriteDirNonDir": "true"}
        raw._raise_for_status(raw._put(url, params=params, data=packed(tuple(group), folder)))


def packed(files: Sequence[FileInside], folder: str) -> bytes:
    """A tar archive with paths that count from the folder, without entries for folders, which stay as they are."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for one in files:
            entry = tarfile.TarInfo(posixpath.relpath(one.path, folder))
            entry.size, entry.mode, entry.uid, entry.gid = len(one.content), one.mode, one.uid, one.gid
            entry.mtime = int(time.time())
            archive.addfile(entry, io.BytesIO(one.content))
    return made.getvalue()
