"""What a line says, and that nothing it says can hurt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.disco.wire import lines
from scs.disco.wire.lines import Bad, Command, Fault, Heartbeat, Result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    assert isinstance(lines.parse(line), Heartbeat | Command | Result | Fault | Bad)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_what_is_written_is_read(arguments: dict[str, object]) -> None:
    line = lines.command("7", "ping", arguments)
    assert line.isascii()
    assert lines.parse(line[:-1]) == Command("7", "ping", json.loads(json.dumps(arguments)))
    assert lines.parse(lines.result("7", arguments)[:-1]) == Result("7", json.loads(json.dumps(arguments)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "The JSON is nested too deeply."),
        ("NaN", "The JSON holds NaN, which is no JSON."),
        ("-Infinity", "The JSON holds -Infinity, which is no JSON."),
        ("1e999", "The JSON holds a number that is too large."),
        ('"\\ud800"', "The JSON holds half of a surrogate pair."),
        ("{", "The JSON is not valid at column 2: Expecting property name enclosed in double quotes."),
    ],
)
def test_json_that_is_none_is_refused_in_words(text: str, message: str) -> None:
    assert lines.parse(f"c:1 ping {text}".encode()) == Bad("SyntaxError", message, "1")


def test_an_error_of_a_result_keeps_what_it_says() -> None:
    assert lines.parse(b'r:1 {"error":{"name":"Busy","retry_after":2}}') == Result(
        "1", error={"name": "Busy", "retry_after": 2}
    )


@pytest.mark.parametrize("depth", [65, 400, 900, 990, 5_000])
def test_json_that_is_nested_too_deeply_is_refused_before_anybody_has_to_write_it(depth: int) -> None:
    for start, end in (("[", "]"), ('{"a":', "}")):
        text = f"{start * depth}1{end * depth}"
        assert lines.parse(f'c:1 ping {{"reply":{text}}}'.encode()) == Bad(
            "SyntaxError", "The JSON is nested too deeply.", "1"
        )


def test_json_may_be_nested_somewhat_and_broad() -> None:
    said = lines.parse(f'c:1 ping {{"reply":[{"[" * 62}{"]" * 62},{",".join(["{}"] * 500)}]}}'.encode())
    assert isinstance(said, lines.Command)
