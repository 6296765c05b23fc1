"""The table of `benchmarks/disco.md`: rows that were measured are written anew, the others stay. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.disco.figures import Figure
from benchmarks.disco.rows import ROWS

PAGE = Path(__file__).parent.with_suffix(".md")
MARK = "<!-- measured -->"
"""Everything after it is the table."""
HEAD = ("| row | what | figure | to reach | measured | reached | on |", "|---|---|---|---|---|---|---|")


def lines(name: str, figures: Sequence[Figure], day: str) -> list[str]:
    """Of one row, a line for each figure."""
    what = ROWS[name].what
    return [
        f"| {name} | {what} | {one.what} | {one.goal or '—'} | {one.measured} | {_reached(one)} | {day} |"
        for one in figures
    ]


def _reached(one: Figure) -> str:
    if one.reached is None:
        return ""
    return "yes" if one.reached else "**no**"


def table(found: Mapping[str, Sequence[str]]) -> str:
    """Of these rows' lines, in the order that rows have."""
    return "\n".join([*HEAD, *(line for name in ROWS for line in found.get(name, ()))])


def merged(text: str, about: str, found: Mapping[str, Sequence[str]]) -> str:
    """The page's text with these rows instead of those of before; `about` says where they were measured."""
    head, _, before = text.partition(MARK)
    kept: dict[str, list[str]] = {}
    for line in before.splitlines():
        name = line.removeprefix("| ").partition(" |")[0]
        if line.startswith("| ") and name in ROWS:
            kept.setdefault(name, []).append(line)
    return f"{head}{MARK}\n\n{about}\n\n{table({**kept, **found})}\n"
