"""Names that a manifest takes, from the names that others have given."""

from __future__ import annotations

import re
from collections.abc import Container

LONGEST = 63
# A convention, not a guess at what runs there: a name is needed where a port is published.
_SERVICES = {
    (22, "tcp"): "ssh", (25, "tcp"): "smtp", (53, "tcp"): "dns", (53, "udp"): "dns", (80, "tcp"): "http",
    (443, "tcp"): "https", (3306, "tcp"): "mysql", (5432, "tcp"): "postgres", (5672, "tcp"): "amqp",
    (6379, "tcp"): "redis", (8080, "tcp"): "http", (27017, "tcp"): "mongodb",
}  # fmt: skip


def key(name: str, *, otherwise: str = "unnamed", longest: int = LONGEST) -> str:
    """The name in small letters, digits, '-' and '_'; `otherwise` where nothing of it is left."""
    parts = (part.strip("_") for part in re.split(r"[^a-z0-9_]+", name.lower()))
    return "-".join(filter(None, parts))[:longest].rstrip("-_") or otherwise


def unused(name: str, taken: Container[str]) -> str:
    """The name, with a number where it is taken."""
    number = 2
    found = name
    while found in taken:
        found = f"{name[: LONGEST - 4].rstrip('-_')}-{number}"
        number += 1
    return found


def provided(port: int, protocol: str, taken: Container[str]) -> str:
    """What the service on a port is called: by its well-known name, else by its number."""
    suffix = "" if protocol == "tcp" else f"-{protocol}"
    plain = _SERVICES.get((port, protocol)) or f"port-{port}{suffix}"
    return plain if plain not in taken else unused(f"port-{port}{suffix}", taken)
