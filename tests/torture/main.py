"""The long torture: shares the work out to processes, prints what goes wrong as it does, and a table at the end."""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import queue
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.torture import tasks
from tests.torture.tasks import Task
from tests.torture.verdict import KINDS, Figures

SAY_SECONDS = 60.0
"""How often it is said how far it is."""
EXAMPLE = "Example:  script/torture --minutes 60 --seed 7 --only crash --only reply"


def main() -> int:
    """0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="script/torture", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--minutes", type=float, default=0.0, help="go on with new seeds for so long (else: once)")
    parser.add_argument("--seed", type=int, default=1, help="what is chosen at random follows from it (default: 1)")
    parser.add_argument("--only", action="append", choices=KINDS, help="this kind alone; may be given several times")
    workers = "processes, each with an engine of its own, enough to keep two cores busy (default: 6)"
    parser.add_argument("--workers", type=int, default=6, help=workers)
    parser.add_argument("--replay", metavar="TEXT", help="one point again, as a finding printed it")
    options = parser.parse_args()
    began = time.monotonic()
    if options.replay:
        figures = tasks.replay(options.replay)
    else:
        deadline = time.time() + options.minutes * 60 if options.minutes else None
        figures = torture(planned(options), workers=options.workers, deadline=deadline)
    print(f"\nseed {options.seed}, {time.strftime('%Y-%m-%d')}, {(time.monotonic() - began) / 60:.0f} minutes\n")
    print(figures.table())
    return 1 if figures.findings else 0


def planned(options: argparse.Namespace) -> Iterator[Task]:
    """Each kind once, and with new seeds again where there is a time to fill."""
    kinds = tuple(options.only or KINDS)
    for number in itertools.count() if options.minutes else (0,):
        yield from tasks.planned(options.seed + number, kinds)


def torture(planned: Iterator[Task], *, workers: int, deadline: float | None) -> Figures:
    """Everything that was done until the tasks or the time were over."""
    context = multiprocessing.get_context("spawn")
    orders: Any = context.Queue(maxsize=1)
    results: Any = context.Queue()
    processes = [context.Process(target=work, args=(orders, results, deadline)) for _ in range(workers)]
    for process in processes:
        process.start()
    figures = Figures()
    try:
        for found in _results(planned, deadline, orders, results, processes):
            figures.add(found)
            for one in found.findings:
                print(one, flush=True)
    except KeyboardInterrupt:
        print("script/torture: stopped; the figures are of what was done", file=sys.stderr)
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        print("script/torture: a worker ended before its work did; the figures are of what was done", file=sys.stderr)
    return figures


def _results(
    planned: Iterator[Task], deadline: float | None, orders: Any, results: Any, processes: list[Any]
) -> Iterator[Figures]:
    """Hands out tasks, then the word that there are no more; what comes back, until every worker has ended."""
    said, counts = time.monotonic(), Figures()
    waiting = next(planned, None)
    while any(process.is_alive() for process in processes) or not results.empty():
        over = waiting is None or (deadline is not None and time.time() > deadline)
        try:
            orders.put_nowait(None if over else waiting)
            waiting = waiting if over else next(planned, None)
        except queue.Full:
            pass
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            print(", ".join(f"{kind} {count}" for kind, count in counts.points.items()), file=sys.stderr)
        try:
            found = results.get(timeout=0.5)
        except queue.Empty:
            continue
        counts.add(found)
        yield found


def work(orders: Any, results: Any, deadline: float | None) -> None:
    """One worker: a task after the other until it is told that there are no more."""
    with tasks.Workshop() as shop:
        while (task := orders.get()) is not None:
            for figures in shop.perform(task):
                results.put(figures)
                if deadline is not None and time.time() > deadline:
                    break
    orders.cancel_join_thread()


if __name__ == "__main__":
    sys.exit(main())
