"""Keys and values in etcd: provisions, sessions, servers. And etcd's own JSON, read. Talks to nobody."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from scs.disco.core import snapshot
from scs.disco.values import Provision, ProvisionId, SessionId, SessionRecord
from scs.disco.wire import lines

ROOT = "/scs/disco/v1/"
PROVISIONS, SESSIONS, SERVERS = f"{ROOT}p/", f"{ROOT}s/", f"{ROOT}servers/"
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its value; `value` None: it is gone."""

    key: str
    value: bytes | None
    mod: int
    created: int
    lease: int = 0


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def prefix(text: str) -> dict[str, str]:
    """The range of all keys that begin so."""
    return {"key": encoded(text), "range_end": encoded(text[:-1].encode() + bytes([ord(text[-1]) + 1]))}


def pair(kv: dict[str, Any], *, gone: bool = False) -> Pair:
    """As ranges and watches say it: whole numbers as texts, what is zero or empty left out."""
    return Pair(
        key=base64.b64decode(kv["key"]).decode(),
        value=None if gone else base64.b64decode(kv.get("value", "")),
        mod=int(kv.get("mod_revision", 0)),
        created=int(kv.get("create_revision", 0)),
        lease=int(kv.get("lease", 0)),
    )


def revision(said: dict[str, Any]) -> int:
    return int(said.get("header", {}).get("revision", 0))


def provision_key(one: Provision) -> str:
    return f"{PROVISIONS}{one.key}/{one.id}"


def provision_id(key: str) -> tuple[str, ProvisionId] | None:
    """The name under which it is provided, and the id."""
    name, _, identifier = key.removeprefix(PROVISIONS).rpartition("/")
    return (name, ProvisionId(identifier)) if name.count("/") == _DEPTH - 2 else None


def provision_value(one: Provision, server: str) -> str:
    """With the server that wrote it: it alone need not look whether it agrees."""
    return lines.dumps({**snapshot.provision_json(one), "by": server})


def provision(given: Pair) -> tuple[Provision, str] | None:
    """And who wrote it; None for what is none. One that was new says nothing of its revision: etcd knows it."""
    try:
        said = json.loads(given.value or b"")
        by = str(said.pop("by", ""))
        one = snapshot.provision_of(said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if provision_key(one) != given.key:
        return None
    return (one if one.created else replace(one, created=given.created)), by


def session_key(identifier: SessionId) -> str:
    return f"{SESSIONS}{identifier}"


def session_value(record: SessionRecord) -> str:
    return lines.dumps(asdict(record))


def session(given: Pair) -> SessionRecord | None:
    try:
        said = dict(json.loads(given.value or b""))
        record = SessionRecord(scopes=tuple(said.pop("scopes")), **said)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if session_key(record.id) == given.key else None
