"""Runs one case through what `scs validate` and `scs compile` do, and says what is wrong with how it ended."""

from __future__ import annotations

import contextlib
import posixpath
import re
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Literal, NoReturn, get_args

import schemas
from scs import wiring
from scs.adapters.rendering import JinjaRenderer
from scs.adapters.sources import DiskSources
from scs.cli import output
from scs.manifest import load, static
from scs.manifest.given import Tools
from scs.manifest.schema import validation
from scs.manifest.syntax import overlay
from scs.model.problem import Invalid, Place, Problem
from tests.fuzz import cases
from tests.fuzz.cases import Case
from tests.fuzz.rendering import InlineRenderer
from tests.manifest.world import Folder

Wrong = Literal["traceback", "no place", "message", "slow", "died"]
WRONG: tuple[Wrong, ...] = get_args(Wrong)
SECONDS = 1.0
"""Processor time that a manifest may take, what its templates take not counted: they have limits of their own."""
HANGS_SECONDS = 30.0
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`name` is the case that shows it again."""

    wrong: Wrong
    name: str
    shown: str

    def __str__(self) -> str:
        return f"{self.wrong}: {self.shown}\n  script/fuzz --replay {self.name}"


@dataclass(slots=True)
class Figures:
    """Counts of many cases by kind; can be added up over processes."""

    cases: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.cases += other.cases
        self.values += other.values
        self.problems += other.problems
        for kind, one in other.slowest.items():
            self.slowest[kind] = max(one, self.slowest.get(kind, (0.0, "")))
        self.findings += other.findings

    def table(self) -> str:
        """Markdown, a row for each kind and one for all."""
        rows = [["", "manifests", "values", "refused", "problems", *WRONG, "slowest"], ["---"] * (len(WRONG) + 6)]
        rows += [self._row(kind, (kind,)) for kind in cases.KINDS if self.cases[kind]]
        rows.append(self._row("together", cases.KINDS))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _row(self, title: str, kinds: tuple[str, ...]) -> list[str]:
        counts = [sum(counter[kind] for kind in kinds) for counter in (self.cases, self.values, self.problems)]
        mine = [one for one in self.findings if cases.kind_of(one.name) in kinds]
        wrong = [str(len({one.name for one in mine if one.wrong == wrong})) for wrong in WRONG]
        slowest = max((self.slowest[kind] for kind in kinds if kind in self.slowest), default=(0.0, ""))[0]
        refused = counts[0] - counts[1] - len({one.name for one in mine if one.wrong in {"traceback", "died"}})
        return [title, *(f"{one:,}" for one in (counts[0], counts[1], refused, counts[2])), *wrong, f"{slowest:.2f} s"]


class _HangsError(BaseException):
    """Raised by the alarm, past everything that catches exceptions."""


class Bench:
    """What every case of a process shares."""

    def __init__(self) -> None:
        self._renderer = InlineRenderer()
        self._types = wiring.types()
        _keep_validators()
        signal.signal(signal.SIGPROF, _hangs)

    def run(self, case: Case) -> Figures:
        """One case, from its files to a value or to problems."""
        if case.kind != "child":
            return self._judged(
                case, Tools(sources=Folder(files=case.files), renderer=self._renderer, types=self._types)
            )
        with tempfile.TemporaryDirectory() as folder:
            for path, text in case.files.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_bytes(text)
            with contextlib.chdir(folder):
                return self._judged(case, Tools(sources=DiskSources(), renderer=JinjaRenderer(), types=self._types))

    def _judged(self, case: Case, tools: Tools) -> Figures:
        figures = Figures(cases=Counter({case.kind: 1}))
        began, rendering = time.process_time(), self._renderer.seconds
        signal.setitimer(signal.ITIMER_PROF, HANGS_SECONDS)
        try:
            problems = _problems(case, tools)
        except (Exception, _HangsError):
            figures.findings.append(Finding(wrong="traceback", name=case.name, shown=traceback.format_exc(limit=-3)))
            return figures
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            took = time.process_time() - began - (self._renderer.seconds - rendering)
            figures.slowest[case.kind] = (took, case.name)
        figures.values[case.kind] = 0 if problems else 1
        figures.problems[case.kind] = len(problems)
        figures.findings += _findings(case, problems)
        if took > SECONDS:
            figures.findings.append(Finding(wrong="slow", name=case.name, shown=f"{took:.2f} seconds"))
        return figures


def _problems(case: Case, tools: Tools) -> tuple[Problem, ...]:
    try:
        desired = load.load(case.named, case.settings, case.var_files, cases.ENVIRON, tools)
    except Invalid as invalid:
        if not invalid.problems:
            raise
        return invalid.problems
    static.text(desired, as_json=case.name.endswith(("1", "3", "5", "7", "9"))).encode()
    list(wiring.warnings(desired))
    return ()


def _findings(case: Case, problems: tuple[Problem, ...]) -> Iterator[Finding]:
    for problem in problems:
        line = output.printable(str(problem))
        if not problem.message.strip() or "\n" in line:
            yield Finding(wrong="message", name=case.name, shown=repr(str(problem)))
        if not _is_within(problem, case):
            yield Finding(wrong="no place", name=case.name, shown=repr(str(problem)))


def _is_within(problem: Problem, case: Case) -> bool:
    """Whether its line and column are those of a character of the text, or just behind its last one."""
    place = problem.place
    if place.file == overlay.SET:
        return any(_has(setting, place) for setting in case.settings)
    text = case.files.get(posixpath.normpath(place.file))
    return text is not None and _has(text.decode(errors="replace"), place)


def _has(text: str, place: Place) -> bool:
    lines = _lines(text)
    return 1 <= place.line <= len(lines) and 1 <= place.column <= len(lines[place.line - 1]) + 1


def _keep_validators() -> None:
    """Prepares the schemas of manifests once for the process, which takes as long as a small manifest itself."""
    kept = {id(one): validation._validator(one) for one in (schemas.manifest(), schemas.image())}
    made = validation._validator
    validation._validator = lambda schema: kept.get(id(schema)) or made(schema)


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    return _LINE_END.split(text)


def _hangs(number: int, frame: FrameType | None) -> NoReturn:
    raise _HangsError
