"""Regular expressions mean what they mean in JSON Schema."""

from __future__ import annotations

import pytest

from scs.manifest.schema import pattern


@pytest.mark.parametrize(
    ("rule", "value", "is_found"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        (r"a\$", "a$", True),
        ("[$]b", "$b", True),
        (r"[\]$]$", "x$", True),
        (r"\d", "٣", False),
        ("b", "abc", True),
    ],
)
def test_the_end_is_the_end_and_digits_are_ascii(rule: str, value: str, is_found: bool) -> None:
    assert pattern.found(rule, value) is is_found


def test_the_alternative_for_templates_is_taken_away() -> None:
    assert pattern.strict(r"^a$|\{[{%]") == "^a$"
    assert pattern.strict("^a$") == "^a$"
    assert pattern.strict(r"\{[{%]") == ""
