"""Sizes and durations as a manifest writes them, and as Compose and the engine write theirs."""

from __future__ import annotations

import math
import re

_BINARY = {"TiB": 1024**4, "GiB": 1024**3, "MiB": 1024**2, "KiB": 1024}
_DECIMAL = {"GB": 1000**3, "MB": 1000**2}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_POWERS = {letter: power for power, letter in enumerate(("", "k", "m", "g", "t", "p"))}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h|d)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST = 1_000_000_000


def size(count: int) -> str | int:
    """`512MiB` for bytes that make a round number of a unit, else the number."""
    for unit, factor in (*_BINARY.items(), *_DECIMAL.items()):
        if count and count % factor == 0:
            return f"{count // factor}{unit}"
    return count


def duration(seconds: float) -> str:
    """`1m30s`, to the millisecond."""
    rest = round(seconds * 1000)
    parts = []
    for unit, factor in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, factor)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def bytes_of(value: object) -> int | None:
    """Bytes of what Compose and tmpfs options write as `512m` or `1gb`, units being powers of 1024."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if 0 <= value < math.inf else None
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return None if found is None or len(found[1]) > 20 else int(float(found[1]) * 1024 ** _POWERS[found[2].lower()])


def seconds_of(value: object) -> float | None:
    """Seconds of what Compose writes as `1m30s`."""
    if not isinstance(value, str):
        return None
    found = _DURATION.findall(value)
    if value == "0" or not found or "".join(map("".join, found)) != value:
        return 0.0 if value == "0" else None
    total = sum(float(number) * _SECONDS[unit] for number, unit in found)
    return total if total <= _LONGEST else None


def number(value: object) -> float | None:
    """A number, or the text of one."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", value):
        value = float(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def count(value: object) -> int | None:
    """A whole number, or the text of one."""
    found = number(value)
    return int(found) if found is not None and abs(found) < 2**63 and found == int(found) else None


def mode(value: object) -> str | None:
    """`0750` for permission bits written in octal digits, with or without quotes."""
    digits = str(value) if isinstance(value, (str, int)) else ""
    return digits.zfill(4) if re.fullmatch(r"0?[0-7]{1,4}", digits) else None
