from __future__ import annotations

from scs.adapters.docker import foreign


def test_what_a_terminal_would_act_on_becomes_an_escape() -> None:
    assert foreign.text(b"\x1b[2Jred\x07\r\nnext\tcell\xff\n") == "\\x1b[2Jred\\x07\nnext\tcell\\xff\n"


def test_other_alphabets_stay_readable() -> None:
    assert foreign.text("größer ≥ 語".encode()) == "größer ≥ 語"


def test_a_line_is_one_line() -> None:
    assert foreign.line("a\n  b\x00\tc\u202e") == "a b\\x00 c\\u202e"


def test_half_a_character_does_no_harm() -> None:
    assert foreign.printable("a\ud800") == "a\\ud800"
