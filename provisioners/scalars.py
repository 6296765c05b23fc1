"""Sizes, modes, owners and option values as manifests write them; pure."""

from __future__ import annotations

import re

from scs.model.problem import InvalidSpec

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?|k)?B")
_FACTORS: dict[str, int] = {
    "": 1,
    "k": 1000,
    **{letter: 1000**power for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("KMGT", 1)},
}
_MODE = re.compile(r"0?[0-7]{3,4}")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LARGEST_ID = 2**32 - 2
"""The kernel keeps the last number for "nobody is meant"."""


def size(value: object, option: str) -> int:
    """`512MiB`, `2GB`, or a number of bytes; more than none."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        count = round(float(found[1]) * _FACTORS[found[2] or ""])
    elif isinstance(value, int) and not isinstance(value, bool):
        count = value
    else:
        count = 0
    if count <= 0:
        raise InvalidSpec(f"{value!r} is not a size", option=option, hint="write it like 512MiB or 1GiB")
    return count


def mode(value: object, option: str) -> int:
    """Permission bits in octal digits, such as `0750`."""
    if not isinstance(value, str) or not _MODE.fullmatch(value):
        hint = 'write octal digits in quotes: "0750"'
        raise InvalidSpec(f"{value!r} is not a mode", option=option, hint=hint)
    return int(value, 8)


def octal(bits: int) -> str:
    """A mode as it is written: four octal digits."""
    return f"{bits:04o}"


def owner(value: object, option: str) -> str:
    """`user:group`, each a name or a number."""
    user, colon, group = str(value).partition(":")
    if not colon or not _OWNER.fullmatch(user) or not _OWNER.fullmatch(group):
        hint = 'write "user:group", as names or numbers: "999:999"'
        raise InvalidSpec(f"{value!r} is not an owner", option=option, hint=hint)
    if any(part.isdecimal() and int(part) > _LARGEST_ID for part in (user, group)):
        raise InvalidSpec(f"{value!r}: no user or group has such a number", option=option, hint="see 'id'")
    return f"{user}:{group}"


def texts(options: object) -> dict[str, str]:
    """Options for the engine, which takes nothing but texts, by sorted key."""
    if not isinstance(options, dict):
        return {}
    return {key: _text(value) for key, value in sorted(options.items())}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
