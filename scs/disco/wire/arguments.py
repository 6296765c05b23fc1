"""Which commands there are, when, with which arguments; and what an argument may be. Does nothing with them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping

from scs.disco import problems
from scs.disco.values import Json

_NAMES = ("environment", "service", "role", "endpoint")
_WHOLE = 1 << 53  # beyond it, JavaScript cannot tell one from the next

# Name of the command -> its arguments and what they are when they are not given.
ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "ping": {"reply": None, "delay": None},
    "registry.join": {"options": None},
    "session.attach": {"id": None},
    "session.detach": {},
    "registry.leave": {"wait": 0},
    "provision.add": dict.fromkeys((*_NAMES, "address", "attributes")),
    "provision.drop": {"id": None, "wait": None},
    "requirement.add": dict.fromkeys((*_NAMES, "attributes")),
    "requirement.drop": {"id": None},
    # From here on v1.
    "session.resume": dict.fromkeys(("id", "secret", "epoch", "rev", "groups", "token")),
    "provision.set": dict.fromkeys(
        (*_NAMES, "uid", "incarnation", "address", "attributes", "weight", "dc", "zone", "state")
    ),
    "provision.sync": {"provisions": None, "more": False},
    "provision.state": {"id": None, "state": None},
    "requirement.set": {
        **dict.fromkeys((*_NAMES, "uid", "filter", "prefer")),
        "hold_on_empty": False,
        "include_suspect": False,
        "coalesce": True,
    },
    "registry.export": {"uid": None, "part": None},
    "registry.query": {**dict.fromkeys((*_NAMES, "filter", "prefer", "token")), "dc": "", "zone": ""},
    "server.status": {"token": None},
    "server.sessions": {"token": None, "after": ""},
    "server.drain": {"token": None, "what": None, "on": True},
    "sub.ack": {"rev": None},
    "sub.reset": {"group": None, "why": "gap"},
}

# Without a session; with one of v0; with one of v1.
SERVER = frozenset({"server.status", "server.sessions", "server.drain"})
SOCKET = SERVER | {"registry.join", "session.attach", "session.resume", "registry.query", "ping"}
SESSION_V0 = frozenset(
    {
        *("session.detach", "registry.leave", "provision.add", "provision.drop"),
        *("requirement.add", "requirement.drop", "ping"),
    }
)
SESSION_V1 = frozenset(
    {
        *("session.detach", "registry.leave", "provision.set", "provision.sync", "provision.state", "provision.drop"),
        *("requirement.set", "requirement.drop", "registry.export", "registry.query", "sub.ack", "sub.reset", "ping"),
    }
)

# Said by either side, never answered.
NOTICES = frozenset({"sub.ack", "heartbeat"})


def filled(command: str, given: Json) -> Json:
    """The arguments with defaults in place of those that are not there. Refuses unknown ones."""
    known = ARGUMENTS[command]
    for name in given:
        if name not in known:
            raise problems.syntax(f'Argument "{name[:64]}" is not expected.')
    return {**known, **given}


def text(arguments: Json, name: str, *, most: int = 128, default: str | None = None) -> str:
    """A string of at most so many characters, without control characters."""
    value = arguments.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > most or _controls(value):
        raise problems.syntax(f'Argument "{name}" must be text of at most {most} characters.')
    return value


def number(arguments: Json, name: str, *, most: float) -> float | None:
    """Not negative, cut to `most`; None if it is null."""
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or not _small(value):
        raise problems.syntax(f'Argument "{name}" must be a number that is not negative, or null.')
    return float(min(value, most))


def whole(arguments: Json, name: str, *, default: int, least: int = 0, most: int = _WHOLE) -> int:
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise problems.syntax(f'Argument "{name}" must be a whole number from {least} to {most}.')
    return value


def flag(arguments: Json, name: str) -> bool:
    value = arguments.get(name)
    if not isinstance(value, bool):
        raise problems.syntax(f'Argument "{name}" must be true or false.')
    return value


def mapping(arguments: Json, name: str) -> Json:
    """A JSON object; an empty one for null."""
    value = arguments.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise problems.syntax(f'Argument "{name}" must be an object, or null.')
    return value


def listing(arguments: Json, name: str) -> list[object]:
    """A JSON list; an empty one for null."""
    value = arguments.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise problems.syntax(f'Argument "{name}" must be a list, or null.')
    return value


def _controls(value: str) -> bool:
    return not value.isprintable() and any(unicodedata.category(one) in {"Cc", "Zl", "Zp"} for one in value)


def _small(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)
