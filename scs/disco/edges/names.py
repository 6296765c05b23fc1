"""Names of endpoints as people write them: `ENDPOINT[:ROLE[:SERVICE[:ENV]]]`, or the key itself. Asks no registry."""

from __future__ import annotations

from scs.disco.core import reading
from scs.disco.problems import Refused
from scs.disco.values import Key

DEFAULT = "default"
FORM = "ENDPOINT[:ROLE[:SERVICE[:ENV]]] or ENV/SERVICE/ROLE/ENDPOINT"


def key(text: str) -> Key:
    """What is left out is `default`. Raises ValueError with words for people."""
    parts = text.split("/") if "/" in text else text.split(":")[::-1]
    if len(parts) > 4 or ("/" in text and len(parts) != 4):
        raise ValueError(f"'{text}' is no name of an endpoint: write {FORM}")
    environment, service, role, endpoint = [DEFAULT] * (4 - len(parts)) + [part or DEFAULT for part in parts]
    try:
        return reading.key({"environment": environment, "service": service, "role": role, "endpoint": endpoint})
    except Refused as error:
        raise ValueError(f"'{text}' is no name of an endpoint: {error.message}") from None
