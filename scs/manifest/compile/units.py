"""Durations, sizes and modes as manifests write them, to numbers; None for what is not one."""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?(?:(?P<s>\d+(?:\.\d+)?)s)?(?:(?P<ms>\d+)ms)?"
)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?|k)?B")
_FACTORS = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("KMGT", 1)},
    "k": 1000,
}
_MODE = re.compile(r"0?[0-7]{3,4}")


def seconds(value: object) -> float | None:
    """`5s`, `1m30s`, `2h`, `500ms`, or a number of seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if value >= 0 else None
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None or not value:
        return None
    parts = {unit: float(number) for unit, number in found.groupdict().items() if number is not None}
    return round(sum(number * _SECONDS[unit] for unit, number in parts.items()), 3)


def size(value: object) -> int | None:
    """`512MiB`, `1GiB`, `64KiB`, `2GB`, or a number of bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else round(float(found[1]) * _FACTORS[found[2] or ""])


def mode(value: object) -> int | None:
    """Permission bits in octal digits, such as `0750`."""
    found = _MODE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else int(found[0], 8)
