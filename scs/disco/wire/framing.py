"""Bytes in, lines out: cut at LF, bounded, in linear time however the bytes arrive. Does not look into lines."""

from __future__ import annotations


class TooLong(Exception):
    """A line is longer than the limit, whether or not it has ended: the connection is of no more use."""


class Lines:
    """What was received and not yet taken. A CR before the LF is cut off, also when they came apart."""

    __slots__ = ("_bytes", "_limit", "_looked", "_start")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._start = 0  # of the next line
        self._looked = 0  # up to here there is no LF behind start

    def feed(self, data: bytes) -> None:
        self._bytes += data

    def take(self) -> bytes | None:
        """The next whole line without its end, or None."""
        end = self._bytes.find(b"\n", self._looked)
        size = (end if end >= 0 else len(self._bytes)) - self._start
        if size > self._limit:
            raise TooLong
        if end < 0:
            self._forget()
            return None
        line = bytes(self._bytes[self._start : end])
        self._start = self._looked = end + 1
        return line[:-1] if line.endswith(b"\r") else line

    def _forget(self) -> None:
        if self._start:
            del self._bytes[: self._start]
            self._start = 0
        self._looked = len(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes) - self._start
