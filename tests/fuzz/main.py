"""The long fuzzing: shares the cases out to processes, prints findings as they come, and a table at the end."""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.fuzz import cases, trial
from tests.fuzz.trial import Figures, Finding

CHUNK = 500
"""Cases for one process, which is a fork, so that what it has used up or broken goes with it."""
MEMORY = 2 * 1024**3
SAY_SECONDS = 60.0
EXAMPLE = "Example:  script/fuzz --count 10000 --seed 7"


def main() -> int:
    """0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="script/fuzz", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--count", type=int, default=250_000, help="so many manifests (default: 250,000)")
    parser.add_argument("--seed", type=int, default=1, help="what is chosen at random follows from it (default: 1)")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--replay", metavar="CASE", help="one case again, as a finding printed it, and its texts")
    options = parser.parse_args()
    began = time.monotonic()
    if options.replay:
        print(cases.case(options.replay))
        figures = trial.Bench().run(cases.case(options.replay))
        print(*figures.findings, sep="\n")
    else:
        figures = fuzz(cases.names(options.seed, options.count), workers=options.workers)
    print(f"\nseed {options.seed}, {time.strftime('%Y-%m-%d')}, {(time.monotonic() - began) / 60:.0f} minutes\n")
    print(figures.table())
    return 1 if figures.findings else 0


def fuzz(names: Sequence[str], *, workers: int) -> Figures:
    """Everything that came of the cases of these names."""
    mixed = random.Random(0).sample(names, len(names))
    waiting: deque[Sequence[str]] = deque(mixed[start : start + CHUNK] for start in range(0, len(mixed), CHUNK))
    running: list[_Worker] = []
    figures, said = Figures(), time.monotonic()
    while waiting or running:
        while waiting and len(running) < workers:
            running.append(_Worker(waiting.popleft()))
        wait([one.results for one in running], timeout=0.5)
        for worker in [one for one in running if one.is_ready]:
            running.remove(worker)
            found, rest = worker.ended()
            figures.add(found)
            print(*found.findings, sep="\n", end="\n" * bool(found.findings), flush=True)
            if rest:
                waiting.append(rest)
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            print(f"{figures.cases.total():,} manifests", file=sys.stderr)
    return figures


class _Worker:
    """A process at its chunk."""

    def __init__(self, names: Sequence[str]) -> None:
        context = multiprocessing.get_context("fork")
        self._names = names
        self._at = context.Value("i", 0)
        self.results, end = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(names, self._at, end))
        self._process.start()
        end.close()

    @property
    def is_ready(self) -> bool:
        return self.results.poll()

    def ended(self) -> tuple[Figures, Sequence[str]]:
        """What it found, and what it did not get to, where it died of a case."""
        try:
            figures: Figures = self.results.recv()
            rest: Sequence[str] = ()
        except EOFError:
            self._process.join()
            name = self._names[self._at.value]
            shown = f"exit code {self._process.exitcode}"
            figures = Figures(findings=[Finding(wrong="died", name=name, shown=shown)])
            figures.cases[cases.kind_of(name)] += 1
            rest = [one for one in self._names if one != name]
        self._process.join()
        self.results.close()
        return figures, rest


def _work(names: Sequence[str], at: Any, results: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    figures = Figures()
    for figures_of_one in _run(names, at):
        figures.add(figures_of_one)
    results.send(figures)


def _run(names: Sequence[str], at: Any) -> Iterator[Figures]:
    bench = trial.Bench()
    for number, name in enumerate(names):
        at.value = number
        yield bench.run(cases.case(name))


if __name__ == "__main__":
    sys.exit(main())
