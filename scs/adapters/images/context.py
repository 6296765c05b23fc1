"""A build context as a tar, always the same bytes; reads each source again and holds it to its digest."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from scs.adapters.images.recipe import Entry, Given, Taken
from scs.contract import errors
from scs.model.image import Source

MAX_BYTES = 2 * 1024**3
"""More than this is never meant to be an image's source; the engine would keep it twice."""
_CHUNK = 256 * 1024
_END = b"\0" * 1024
_BLOCK = 512
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Neither through a link that took the file's place, nor waiting for the writer of a pipe."""


def stream(entries: Iterable[Entry], *, image: str) -> Iterator[bytes]:
    """The tar of the entries, sorted by path, each folder before what is in it.

    Raises Failure for a source that is not what it was when the manifest was read. The engine builds nothing
    of a context that ends too early.
    """
    sized = [(entry, _size(entry, image)) for entry in sorted(entries, key=lambda entry: entry.path)]
    total = sum(size for _, size in sized)
    if total > MAX_BYTES:
        raise errors.Failure(
            f"the sources of image {image} are too large ({total // 1024**2} MiB, at most "
            f"{MAX_BYTES // 1024**2} MiB): copy only what the image needs, "
            f"or leave files out with .dockerignore"
        )
    made: set[str] = set()
    for entry, size in sized:
        yield from _folders(entry.path, made)
        yield from _file(entry, size, image)
    yield _END


def opened(chunks: Iterator[bytes]) -> BinaryIO:
    """The chunks as a file that can be read once, from beginning to end."""
    return io.BufferedReader(_Chunks(chunks), _CHUNK)


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = chunk
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def _folders(path: str, made: set[str]) -> Iterator[bytes]:
    for parent in reversed(PurePosixPath(path).parents):
        if str(parent) not in made | {"."}:
            made.add(str(parent))
            yield _header(str(parent), tarfile.DIRTYPE, 0o755, 0)


def _file(entry: Entry, size: int, image: str) -> Iterator[bytes]:
    match entry:
        case Given(path=path, content=content, mode=mode):
            yield _header(path, tarfile.REGTYPE, mode, size, time=_time(hashlib.sha256(content).hexdigest()))
            yield content
        case Taken(path=path, source=Source(link=str() as link) as source):
            if _read_link(source, image) != link.encode(errors="surrogateescape"):
                raise _changed(source, image)
            yield _header(path, tarfile.SYMTYPE, source.mode, 0, link=link)
        case Taken(path=path, source=source):
            yield _header(path, tarfile.REGTYPE, source.mode, size, time=_time(source.sha256))
            yield from _content(source, size, image)
    yield b"\0" * (-size % _BLOCK)


def _time(sha256: str) -> int:
    """A time that other content changes, before 2010: web servers make a file's ETag from its time and size."""
    return 1_000_000_000 + int(sha256[:7], 16)


def _header(path: str, kind: bytes, mode: int, size: int, *, link: str = "", time: int = 0) -> bytes:
    """Owner 0, and no time of this machine."""
    entry = tarfile.TarInfo(path)
    entry.type = kind
    entry.mode = mode
    entry.size = size
    entry.mtime = time
    entry.linkname = link
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _size(entry: Entry, image: str) -> int:
    if isinstance(entry, Given):
        return len(entry.content)
    if entry.source.link is not None:
        return 0
    try:
        found = Path(entry.source.origin).lstat()
    except OSError as error:
        raise _unreadable(entry.source, image, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise _changed(entry.source, image)
    return found.st_size


def _content(source: Source, size: int, image: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    left = size
    try:
        with os.fdopen(os.open(source.origin, _FLAGS), "rb") as file:
            while left and (chunk := file.read(min(left, _CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
                yield chunk
            grown = file.read(1)
    except OSError as error:
        raise _unreadable(source, image, error) from error
    if left or grown or digest.hexdigest() != source.sha256:
        raise _changed(source, image)


def _read_link(source: Source, image: str) -> bytes:
    try:
        return os.readlink(os.fsencode(source.origin))  # noqa: PTH115 - bytes, as the locale must not decide
    except OSError as error:
        raise _unreadable(source, image, error) from error


def _changed(source: Source, image: str) -> errors.Failure:
    return errors.Failure(
        f"{source.origin}, a source of image {image}, changed after the manifest was read: run scs again"
    )


def _unreadable(source: Source, image: str, error: OSError) -> errors.Failure:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return errors.Failure(
            f"{source.origin}, a source of image {image}, is gone since the manifest was read: run scs again"
        )
    return errors.Failure(f"{source.origin}, a source of image {image}, cannot be read: {error.strerror}")
