from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scs.adapters.docker import frames
from scs.adapters.docker.frames import Piece
from scs.adapters.docker.listing import GarbledError


def framed(*pieces: tuple[int, bytes]) -> bytes:
    return b"".join(frames.HEADER.pack(stream, len(data)) + data for stream, data in pieces)


def joined(found: list[Piece]) -> dict[int, bytes]:
    return {number: b"".join(one.data for one in found if one.stream == number) for number in (1, 2)}


@given(
    pieces=some.lists(some.tuples(some.sampled_from([1, 2]), some.binary(max_size=20)), max_size=6),
    size=some.integers(min_value=1, max_value=9),
)
def test_frames_are_found_however_the_bytes_are_cut(pieces: list[tuple[int, bytes]], size: int) -> None:
    whole = framed(*pieces)
    chunks = [whole[place : place + size] for place in range(0, len(whole), size)]
    expected = joined([Piece(stream=stream, data=data) for stream, data in pieces])
    assert joined(list(frames.pieces(chunks, terminal=False))) == expected


def test_output_of_a_terminal_is_taken_as_it_is() -> None:
    assert list(frames.pieces([b"\x07\x00", b"", b"b"], terminal=True)) == [
        Piece(stream=1, data=b"\x07\x00"),
        Piece(stream=1, data=b"b"),
    ]


def test_what_is_not_in_frames_is_garbled() -> None:
    with pytest.raises(GarbledError):
        list(frames.pieces([b"HTTP/1.1 200 OK"], terminal=False))


def test_lines_of_two_streams_are_never_mixed() -> None:
    found = frames.pieces([framed((1, b"on"), (2, b"er\n"), (1, b"e\ntwo"), (2, b"end"))], terminal=False)
    assert list(frames.lines(found)) == [b"er\n", b"one\n", b"two\n", b"end\n"]


def test_a_line_without_end_is_passed_on_in_pieces() -> None:
    found = (Piece(stream=1, data=b"x" * 1000) for _ in range(2500))
    assert max(len(line) for line in frames.lines(found)) <= frames.LONGEST_LINE + 1001


def test_only_the_last_bytes_are_kept() -> None:
    found = (Piece(stream=1, data=b"%03d" % number) for number in range(1000))
    assert frames.last(found, 6) == b"998999"
