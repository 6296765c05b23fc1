"""`PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]]` as people write it. Opens nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scs.disco.edges import names
from scs.disco.values import Key

FORM = "PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """This port is where that is."""

    port: int
    key: Key

    def __str__(self) -> str:
        return f"{self.port}:{':'.join(reversed(self.key.names))}"


def parse(text: str) -> Rule:
    """Raises ValueError with words for people."""
    port, colon, name = text.partition(":")
    if not colon or not name or not (port.isascii() and port.isdigit()):
        raise ValueError(f"'{text}' says no port and no endpoint: write {FORM}, as in 3306:mysql:db:blog:prod")
    if len(port) > 5 or int(port) > 65535:
        raise ValueError(f"'{text}': {port} is no port; ports are 1 to 65535, and 0 for any that is free")
    return Rule(port=int(port), key=names.key(name))


def parse_all(texts: Iterable[str]) -> tuple[Rule, ...]:
    """Also refuses a port that is given twice."""
    found = tuple(parse(one) for one in texts)
    if not found:
        raise ValueError(f"nothing to forward: write {FORM}, as in 3306:mysql:db:blog:prod")
    counts = Counter(one.port for one in found if one.port)
    for port, count in counts.items():
        if count > 1:
            raise ValueError(f"port {port} is given {count} times: a port leads to one endpoint")
    return found
