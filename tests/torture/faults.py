"""What may go wrong with one call to the engine, as a value with a short text; does nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kill = Literal["kill-before", "kill-after"]
Reply = Literal["lost", "drop", "cut", "garbage", "404", "409", "500", "503", "hang", "stale"]
Kind = Kill | Reply
KILLS: tuple[Kill, ...] = get_args(Kill)
REPLIES: tuple[Reply, ...] = get_args(Reply)
STATUSES = ("404", "409", "500", "503")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the call number `at`, counted from 0 among those that change something, or among the reads.

    `lost` is a request that never reaches the engine, `drop` an answer that never comes back; `stale` answers the
    next list of each kind with what the first one said.
    """

    kind: Kind
    at: int
    reads: bool = False

    @property
    def kills(self) -> bool:
        return self.kind in KILLS

    def __str__(self) -> str:
        return f"{self.kind}@{'r' if self.reads else ''}{self.at}"


def parse(text: str) -> Fault:
    """The fault of such a text. Raises ValueError for any other."""
    kind, _, place = text.partition("@")
    for known in (*KILLS, *REPLIES):
        if kind == known:
            return Fault(kind=known, at=int(place.removeprefix("r")), reads=place.startswith("r"))
    raise ValueError(f"{text}: no such fault; there are {', '.join((*KILLS, *REPLIES))}, each with @NUMBER")
