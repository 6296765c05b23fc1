"""Files inside containers, which the engine gives and takes as tar archives."""

from __future__ import annotations

import io
import posixpath
import tarfile
from typing import Any

from docker.api import APIClient
from docker.errors import NotFound

from scs.contract import errors

MAX_BYTES = 1024 * 1024
MAX_LINKS = 5


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


def _joined(chunks: Any, path: str) -> bytes:
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > MAX_BYTES + 10 * tarfile.BLOCKSIZE:
            raise errors.Failure(f"{path} is larger than 1 MiB")
    return bytes(found)
