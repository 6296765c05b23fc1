"""What another data centre told us, and how the link to it is. Values, and what is held of them; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs.disco.values import Provision, ProvisionId
from scs.disco.wire.shapes import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One part of what it exports. Not `complete`: it has just started, and there may be more."""

    endpoints: tuple[Endpoint, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How the link is now, and the parts that are other than they were. `up`: all that is known of it is current."""

    up: bool
    told: Mapping[int, Told] = field(default_factory=dict)
    problem: str = ""
    divergences: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What it told of one part, as we provide it. `gone` is what it told once, and does not any more."""

    provisions: Mapping[ProvisionId, Provision] = field(default_factory=dict)
    gone: frozenset[ProvisionId] = frozenset()
    complete: bool = False
    refused: int = 0


@dataclass(slots=True, eq=False)
class Import:
    """Of one data centre. What is true of it is in the registry; this is what should be."""

    dc: str
    since: float  # when the link came up, or went
    up: bool | None = None  # None: nobody has looked yet
    problem: str = ""
    divergences: int = 0
    parts: dict[int, Part] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)  # what has not been looked at yet
    due: set[int] = field(default_factory=set)  # parts of which the registry may not hold what it should
    busy: bool = False  # the store has not answered yet: what is due waits for that
    waiting: bool = False  # a timer goes on with what is due
