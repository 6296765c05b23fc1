"""The engine's streams of output: frames taken apart, lines put together; reads nothing itself.

Without a terminal, output comes in frames: one byte for the stream, three zeros, four for the length, then
the bytes (Docker Engine API, "Attach to a container"). With one it comes as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scs.adapters.docker.listing import GarbledError

HEADER = struct.Struct(">BxxxL")
STREAMS = (0, 1, 2)
"""Standard input (which never comes), output and error."""
LONGEST_LINE = 1024 * 1024
"""A line longer than this is passed on in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of one stream."""

    stream: int
    data: bytes


def pieces(chunks: Iterable[bytes], *, terminal: bool) -> Iterator[Piece]:
    """The output in the order in which it came. Raises GarbledError when these are no frames."""
    if terminal:
        return (Piece(stream=1, data=chunk) for chunk in chunks if chunk)
    return _unframed(chunks)


def _unframed(chunks: Iterable[bytes]) -> Iterator[Piece]:
    held = bytearray()
    stream = left = 0
    for chunk in chunks:
        held += chunk
        while held:
            if not left:
                if len(held) < HEADER.size:
                    break
                stream, left = HEADER.unpack_from(held)
                if stream not in STREAMS:
                    raise GarbledError("its output is not in frames")
                del held[: HEADER.size]
                continue
            data = bytes(held[:left])
            del held[:left]
            left -= len(data)
            yield Piece(stream=stream, data=data)


def lines(found: Iterable[Piece]) -> Iterator[bytes]:
    """Whole lines with their ends, never two streams in one; a last one without an end gets one."""
    held: dict[int, bytes] = {}
    for piece in found:
        *whole, rest = (held.get(piece.stream, b"") + piece.data).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > LONGEST_LINE:
            yield rest + b"\n"
            rest = b""
        held[piece.stream] = rest
    yield from (rest + b"\n" for rest in held.values() if rest)


def last(found: Iterable[Piece], limit: int) -> bytes:
    """The last `limit` bytes of everything."""
    kept = bytearray()
    for piece in found:
        kept += piece.data
        if len(kept) > 2 * limit:
            del kept[:-limit]
    return bytes(kept[-limit:])
