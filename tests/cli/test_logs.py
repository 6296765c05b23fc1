"""From when on logs are shown."""

from __future__ import annotations

import time

import pytest

from scs.cli import logs
from scs.contract import errors

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "age"), [("500ms", 0.5), ("10m", 600), ("1m30s", 90), ("2h", 7200), ("2d", 172_800), ("99999d", NOW)]
)
def test_an_age_is_a_duration_of_the_manifest_or_days(text: str, age: float) -> None:
    assert logs.moment(text, NOW) == NOW - age


def test_a_time_is_one_of_this_host() -> None:
    assert logs.moment("2026-01-31T12:00:00", NOW) == time.mktime((2026, 1, 31, 12, 0, 0, 0, 0, -1))
    assert logs.moment("", NOW) is None


@pytest.mark.parametrize("text", ["yesterday", "90", "1w", "-5m"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(errors.Refusal) as refused:
        logs.moment(text, NOW)
    assert refused.value.why == (
        f"--since {text} is neither a time (2026-01-31T12:00:00) nor an age (500ms, 1m30s, 2d)"
    )
