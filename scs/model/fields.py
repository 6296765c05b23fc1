"""Values as flat maps from a dotted path to a text, so that a person can be shown what changed, old and new."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scs.model.container import Container
from scs.model.identity import projection

NOTHING = "(none)"
MASKED = "***"
SECRET = re.compile(r"pass|secret|token|credential|private|api_?key", re.IGNORECASE)
"""Variables whose values are not shown: people put into `env` what does not belong there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field that is other than before."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old} -> {self.new}"


def wish(container: Container) -> Mapping[str, str]:
    """What decides the engine's object, field by field."""
    data = {
        "image": container.image.tag,
        **_parts(container, ("process", "resources", "security", "logging", "restart", "naming")),
        "volumes": {one.target: projection(one) for one in container.mounts},
        "tmpfs": container.tmpfs,
        "networks": {one.network: projection(one) for one in container.attachments},
        "labels": container.labels,
        "provides": {one.name: projection(one) for one in container.provides},
        "requires": {one.name: projection(one.source) for one in container.requires},
    }
    return dict(_flat("", data))


def hidden(path: str) -> bool:
    return "process.env." in path and SECRET.search(path) is not None


def text(path: str, value: Any) -> str:
    """A value as a person is shown it; None is not there."""
    if value is None:
        return NOTHING
    return MASKED if hidden(path) else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Field, ...]:
    """What differs, sorted by path."""
    return tuple(
        Field(path=path, old=old.get(path, NOTHING), new=new.get(path, NOTHING))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )


def _parts(container: Container, names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: projection(getattr(container, name)) for name in names}


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Digests and the names of types say nothing to a person."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("is", "identity"):
                yield from _flat(f"{path}.{key}" if path else str(key), item)
    elif value is not None and value != []:
        yield path, text(path, value)
