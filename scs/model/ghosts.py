"""Processes of containers that the engine does not know to run; looks at nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """A folder of the host in a process's own view: `path` of the host, seen at `target`."""

    path: str
    target: str
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """Live processes of one container, by its id, that the engine takes for ended, or does not know at all.

    `replica` is the replica of the manifest that it stands for; empty where nothing proves that it is of this manifest.
    `volumes` are those of the manifest, by name, that it has mounted and may write to, as far as that was asked.
    """

    id: str
    processes: tuple[int, ...]
    replica: str = ""
    volumes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What the engine has lost track of: `ghosts` by the container's id, as far as somebody looked.

    `tasks` are ids of containers that it could not start, as it holds on to an earlier run of them, which is over.
    """

    ghosts: Mapping[str, Ghost] = field(default_factory=dict)
    tasks: frozenset[str] = frozenset()


NOTHING_LOST = Lost()
