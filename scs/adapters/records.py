"""The records of containers as files, readable by their owner only.

FOLDER/ID             what it was made from, and the settings it had after its start, as JSON
FOLDER/ID.adjusted    empty: it was changed live since
FOLDER/ID.lost        empty: the engine never starts it again
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scs.adapters import replacing
from scs.model.files import Delivered, Print
from scs.model.identity import Digest
from scs.model.observed import Record

ADJUSTED = ".adjusted"
LOST = ".lost"


class DiskRecords:
    """Implements contract.records.Records in a folder. What cannot be read or written is as good as lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, ids: Iterable[str]) -> Mapping[str, Record]:
        return {one: found for one in ids if (found := self._record(one)) is not None}

    def write(self, container_id: str, record: Record) -> None:
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            said = {
                "wish": dict(record.wish),
                "settings": dict(record.settings),
                "files": {path: asdict(one) for path, one in record.files.items()},
            }
            replacing.replace(self._folder / container_id, json.dumps(said, sort_keys=True).encode())

    def adjust(self, container_id: str) -> None:
        self._mark(container_id, ADJUSTED)

    def adjusted(self) -> frozenset[str]:
        return self._marked(ADJUSTED)

    def lose(self, container_id: str) -> None:
        self._mark(container_id, LOST)

    def lost(self) -> frozenset[str]:
        return self._marked(LOST)

    def keep_only(self, ids: Iterable[str]) -> None:
        known = frozenset(ids)
        with contextlib.suppress(OSError):
            for one in self._folder.iterdir():
                if one.name.removesuffix(ADJUSTED).removesuffix(LOST) not in known:
                    one.unlink()

    def _mark(self, container_id: str, mark: str) -> None:
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / f"{container_id}{mark}").touch(mode=0o600)

    def _marked(self, mark: str) -> frozenset[str]:
        try:
            names = [one.name for one in self._folder.iterdir()]
        except OSError:
            return frozenset()
        return frozenset(name.removesuffix(mark) for name in names if name.endswith(mark))

    def _record(self, container_id: str) -> Record | None:
        try:
            data = json.loads((self._folder / container_id).read_text(encoding="utf-8"))
            files = {str(path): _delivered(one) for path, one in data.get("files", {}).items()}
            return Record(wish=_texts(data["wish"]), settings=_texts(data["settings"]), files=files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None


def _texts(value: Mapping[str, str]) -> Mapping[str, str]:
    return {str(key): str(item) for key, item in value.items()}


def _delivered(value: Mapping[str, Any]) -> Delivered:
    found = value["found"]
    numbers = {name: int(found[name]) for name in ("mode", "uid", "gid")}
    return Delivered(wish=Digest(str(value["wish"])), found=Print(content=str(found["content"]), **numbers))
