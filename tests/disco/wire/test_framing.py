"""Lines out of bytes, however they arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.disco.wire.framing import Lines, TooLong


def taken(lines: Lines) -> list[bytes]:
    found = []
    while (line := lines.take()) is not None:
        found.append(line)
    return found


@given(st.lists(st.binary(max_size=30).filter(lambda one: b"\n" not in one and not one.endswith(b"\r"))), st.data())
def test_the_same_lines_come_out_however_the_bytes_are_cut(whole: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(line + b"\n" for line in whole) + b"rest"
    lines, found = Lines(100), []
    while sent:
        count = data.draw(st.integers(1, len(sent)))
        lines.feed(sent[:count])
        sent = sent[count:]
        found += taken(lines)
    assert found == whole
    assert len(lines) == 4


def test_a_line_of_the_limit_is_taken_and_one_more_byte_is_not() -> None:
    lines = Lines(5)
    lines.feed(b"12345\n123456\n")
    assert lines.take() == b"12345"
    with pytest.raises(TooLong):
        lines.take()


def test_a_line_that_does_not_end_is_too_long_before_it_ends() -> None:
    lines = Lines(5)
    lines.feed(b"123456")
    with pytest.raises(TooLong):
        lines.take()


def test_a_megabyte_byte_by_byte_is_looked_at_once() -> None:
    lines = Lines(1 << 20)
    for _ in range(100_000):
        lines.feed(b"x")
        assert lines.take() is None
    assert len(lines) == 100_000
