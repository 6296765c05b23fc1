"""What came out of one fault, and of many: findings by kind, counted, each with the line that replays it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

Wrong = Literal["lost", "leaked", "foreign", "not converged", "traceback", "exit code"]
WRONG: tuple[Wrong, ...] = get_args(Wrong)
Kind = Literal["crash", "reply", "daemon", "appliers", "person", "fake", "agreement"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TITLES = {
    "crash": "crash points, real engine",
    "reply": "reply faults, real engine",
    "daemon": "daemon kills",
    "appliers": "rounds of three appliers",
    "person": "rounds with a person at the keyboard",
    "fake": "crash points and faults, fake engine",
    "agreement": "steps on the fake and the real engine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`replay` are the arguments of script/torture that show it again; `shown` is what was seen."""

    wrong: Wrong
    kind: Kind
    replay: str
    shown: str

    def __str__(self) -> str:
        return f"{self.wrong}: {self.shown}\n  script/torture {self.replay}"


@dataclass(slots=True)
class Figures:
    """Counts of a run; can be added up over processes."""

    points: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.points += other.points
        for kind, more in other.seconds.items():
            self.seconds[kind] = self.seconds.get(kind, 0.0) + more
        self.findings += other.findings

    def table(self) -> str:
        """Markdown, a row for each kind that ran. A point counts once in a column, however much went wrong there."""
        rows = [
            ["", "points", *WRONG, "seconds"],
            ["---"] * (len(WRONG) + 3),
            *(self._row(kind) for kind in KINDS if self.points[kind]),
        ]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _row(self, kind: Kind) -> list[str]:
        mine = [one for one in self.findings if one.kind == kind]
        counts = [str(len({one.replay for one in mine if one.wrong == wrong})) for wrong in WRONG]
        return [TITLES[kind], f"{self.points[kind]:,}", *counts, str(round(self.seconds.get(kind, 0.0)))]
