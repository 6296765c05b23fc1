"""Sizes and durations, from others' units to the manifest's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.compile import units
from scs.manifest.imported import quantities


@given(st.integers(1, 2**50))
def test_a_size_means_the_same_to_the_manifest(count: int) -> None:
    assert units.size(quantities.size(count)) == count


@given(st.integers(0, 10**9))
def test_a_duration_means_the_same_to_the_manifest(milliseconds: int) -> None:
    assert units.seconds(quantities.duration(milliseconds / 1000)) == milliseconds / 1000


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("512m", 512 * 1024**2),
        ("1gb", 1024**3),
        ("1.5K", 1536),
        ("10", 10),
        ("2 GiB", 2 * 1024**3),
        (7, 7),
        ("b", None),
    ],
)
def test_sizes_of_compose_are_in_powers_of_1024(written: str | int, count: int | None) -> None:
    assert quantities.bytes_of(written) == count


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10s", 10.0),
        ("1m30s", 90.0),
        ("1h", 3600.0),
        ("500ms", 0.5),
        ("1.5s", 1.5),
        ("0", 0.0),
        ("5", None),
        ("", None),
    ],
)
def test_durations_of_compose_are_those_of_go(written: str, seconds: float | None) -> None:
    assert quantities.seconds_of(written) == seconds


@pytest.mark.parametrize(
    ("value", "mode"), [(1777, "1777"), ("0755", "0755"), (755, "0755"), (8, None), ("rw", None), (True, None)]
)
def test_a_mode_is_in_octal_digits(value: object, mode: str | None) -> None:
    assert quantities.mode(value) == mode
