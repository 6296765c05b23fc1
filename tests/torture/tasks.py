"""The pieces of a torture: which there are for a seed, and how each is done and counted."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.testbed.bed import Bed
from tests.torture import agreement, appliers, daemon, faults, memory, person, points
from tests.torture import bench as benches
from tests.torture.bench import Bench, Problem
from tests.torture.stories import BY_NAME, STORIES
from tests.torture.verdict import Figures, Finding, Kind

REPLIES_EACH = 12
ROUNDS_EACH = 5
ROUND_TASKS = 4
FAKE_EACH = 5_000
FAKE_TASKS = 10
AGREEMENT_STEPS = 300
AGREEMENT_TASKS = 4
ROUNDS: dict[str, Callable[[Bench, str], list[Problem]]] = {
    "daemon": daemon.torture,
    "appliers": appliers.torture,
    "person": person.torture,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`story` for those that go through one; `number` makes the seed of this piece."""

    kind: Kind
    seed: int
    story: str = ""
    number: int = 0


def planned(seed: int, kinds: tuple[Kind, ...]) -> Iterator[Task]:
    """What is done once for a seed: the kinds in turn, so that a run that is cut short has seen something of each."""
    counts: dict[Kind, int] = {
        "daemon": ROUND_TASKS, "appliers": ROUND_TASKS, "person": ROUND_TASKS,
        "fake": FAKE_TASKS, "agreement": AGREEMENT_TASKS,
    }  # fmt: skip
    rows: list[list[Task]] = [
        [Task(kind=kind, seed=seed, story=story.name) for story in STORIES]
        if kind in ("crash", "reply")
        else [Task(kind=kind, seed=seed, number=number) for number in range(counts[kind])]
        for kind in kinds
    ]
    for column in itertools.zip_longest(*rows):
        yield from (task for task in column if task is not None)


class Workshop:
    """Does tasks, with a host that is made when the first of them needs it. A context manager."""

    def __init__(self) -> None:
        self._undo = ExitStack()
        self._bed: Bed | None = None
        self._bench: Bench | None = None
        self._bench_end = ExitStack()

    def perform(self, task: Task) -> Iterator[Figures]:
        """The figures of each point or batch, as it is done."""
        began = time.monotonic()
        for count, findings in self._findings(task):
            now = time.monotonic()
            figures = Figures(findings=findings)
            figures.points[task.kind] = count
            figures.seconds[task.kind] = now - began
            began = now
            yield figures

    def bench(self) -> Bench:
        """The host of this process."""
        if self._bench is None:
            if self._bed is None:
                self._bed = self._undo.enter_context(Bed())
            host = self._bed.new()
            self._bench_end.callback(self._bed.close_host, host)
            self._bench = self._bench_end.enter_context(benches.made(host))
        return self._bench

    def discard(self) -> None:
        """The next task gets another host."""
        self._bench_end.close()
        self._bench = None

    def _findings(self, task: Task) -> Iterator[tuple[int, list[Finding]]]:
        try:
            match task.kind:
                case "crash" | "reply":
                    yield from self._points(task)
                case "daemon" | "appliers" | "person":
                    yield from self._rounds(task)
                case "fake":
                    yield from memory.batch(f"{task.seed}.{task.number}", FAKE_EACH)
                case "agreement":
                    yield from agreement.batch(self.bench(), f"{task.seed}.{task.number}", AGREEMENT_STEPS)
        except Exception as error:  # whatever it is, one point must not end all the others
            replay = f"--only {task.kind} --seed {task.seed}"
            yield 1, [Finding(wrong="not converged", kind=task.kind, replay=replay, shown=f"{task}: {error!r}")]
            self.discard()

    def _points(self, task: Task) -> Iterator[tuple[int, list[Finding]]]:
        path = points.Path(self.bench(), BY_NAME[task.story])
        if task.kind == "crash":
            found = path.crashes()
        else:
            found = itertools.islice(path.replies(f"{task.seed} {task.story}"), REPLIES_EACH)
        for point in found:
            yield 1, _found(task.kind, point.replay, point.problems)

    def _rounds(self, task: Task) -> Iterator[tuple[int, list[Finding]]]:
        done = 0
        for number in itertools.count():
            seed = f"{task.seed}.{task.number}.{number}"
            try:
                problems = ROUNDS[task.kind](self.bench(), seed)
            except daemon.EngineLost:  # nothing that scs could have done: another round instead, on another host
                print(f"round {seed} does not count: the engine did not come back", file=sys.stderr)
                self.discard()
                continue
            yield 1, _found(task.kind, f"--replay '{task.kind} {seed}'", problems)
            done += 1
            if done == ROUNDS_EACH:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bench_end.close()
        self._undo.close()


def replay(text: str) -> Figures:
    """One point or round again. Prints what was wrong."""
    what, _, how = text.partition(" ")
    figures = Figures()
    if what == "fake":
        figures.findings = memory.again(how)
        kind: Kind = "fake"
    else:
        with Workshop() as shop:
            kind, figures.findings = _again(shop.bench(), what, how)
    figures.points[kind] = 1
    for one in figures.findings:
        print(one)
    return figures


def _again(bench: Bench, what: str, how: str) -> tuple[Kind, list[Finding]]:
    match what:
        case "daemon" | "appliers" | "person":
            return what, _found(what, f"--replay '{what} {how}'", ROUNDS[what](bench, how))
        case "agreement":
            return what, [one for _, several in agreement.batch(bench, how, AGREEMENT_STEPS) for one in several]
    fault = faults.parse(how)
    kind: Kind = "crash" if fault.kills else "reply"
    point = points.Path(bench, BY_NAME[what]).point(BY_NAME[what], fault)
    if not point.fired:
        print(f"the fault {fault} did not come: {what} has fewer calls")
    return kind, _found(kind, point.replay, point.problems)


def _found(kind: Kind, replay: str, problems: list[Problem]) -> list[Finding]:
    return [Finding(wrong=wrong, kind=kind, replay=replay, shown=shown) for wrong, shown in problems]
