"""What of secrets is hidden in texts."""

from __future__ import annotations

import json

import pytest

from scs.contract.masking import Mask

CANARY = "kanarien-vogel"


@pytest.fixture
def mask() -> Mask:
    return Mask()


def test_a_value_is_hidden_wherever_it_stands(mask: Mask) -> None:
    mask.hide(CANARY.encode())
    assert mask.masked(f"user:{CANARY}@db, again {CANARY}") == "user:***@db, again ***"


def test_values_of_less_than_four_characters_are_not_hidden(mask: Mask) -> None:
    mask.hide(b"abc")
    mask.hide(b"abcd")
    assert mask.masked("abc abcd") == "abc ***"


def test_the_line_end_of_a_file_is_no_part_of_what_is_hidden(mask: Mask) -> None:
    mask.hide(f"{CANARY}\n".encode())
    assert mask.masked(f"login {CANARY} failed") == "login *** failed"


def test_each_long_line_of_a_value_is_hidden_by_itself(mask: Mask) -> None:
    mask.hide(b"-----BEGIN KEY-----\nMIIEvQIBADAN\nab==\n-----END KEY-----\n")
    assert mask.masked("  MIIEvQIBADAN\n  ab==") == "  ***\n  ab=="


def test_the_value_as_json_writes_it_is_hidden(mask: Mask) -> None:
    value = 'gr"ün\\es'
    mask.hide(value.encode())
    for shown in (json.dumps({"a": value}), json.dumps({"a": value}, ensure_ascii=False)):
        assert mask.masked(shown) == '{"a": "***"}'


def test_a_value_that_begins_another_leaves_nothing_of_it(mask: Mask) -> None:
    mask.hide(b"secret")
    mask.hide(b"secret-and-more")
    assert mask.masked("secret-and-more secret") == "*** ***"
