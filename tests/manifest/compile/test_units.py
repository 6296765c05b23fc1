"""Durations, sizes and modes, as manifests write them."""

from __future__ import annotations

import pytest

from scs.manifest.compile import units


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("5s", 5.0),
        ("1m30s", 90.0),
        ("2h", 7200.0),
        ("500ms", 0.5),
        ("1.5s", 1.5),
        (7, 7.0),
        (0.25, 0.25),
        ("0s", 0.0),
    ],
)
def test_a_duration_is_read_in_seconds(written: object, seconds: float) -> None:
    assert units.seconds(written) == seconds


@pytest.mark.parametrize("written", ["", "5", "s", "5 s", "5x", "30s1m", -1, True, None, "1e3s"])
def test_what_is_no_duration_is_none(written: object) -> None:
    assert units.seconds(written) is None


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512MiB", 512 * 1024**2),
        ("1GiB", 1024**3),
        ("64KiB", 65536),
        ("2GB", 2 * 10**9),
        ("1.5GiB", 3 * 1024**3 // 2),
        ("10kB", 10_000),
        ("7B", 7),
        (4096, 4096),
    ],
)
def test_a_size_is_read_in_bytes(written: object, size: int) -> None:
    assert units.size(written) == size


@pytest.mark.parametrize("written", ["512", "512M", "MiB", "-1B", -1, True, 1.5, None])
def test_what_is_no_size_is_none(written: object) -> None:
    assert units.size(written) is None


@pytest.mark.parametrize(("written", "mode"), [("0750", 0o750), ("1777", 0o1777), ("644", 0o644)])
def test_a_mode_is_read_as_octal(written: str, mode: int) -> None:
    assert units.mode(written) == mode


@pytest.mark.parametrize("written", [750, "0780", "07", "77777", "rwx", None])
def test_what_is_no_mode_is_none(written: object) -> None:
    assert units.mode(written) is None
