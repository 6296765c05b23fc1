"""What is measured: a row each, from a private engine to results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from benchmarks import contest
from benchmarks.arena import Arena
from benchmarks.contest import Result
from benchmarks.manifests import Services
from benchmarks.processes import Run
from tests.testbed.host import Host

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `wanted` is the ratio to reach, None where none was named; `unit` is s or MB."""

    what: str
    result: Result
    wanted: float | None
    unit: str = "s"
    theirs: str = "Compose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How large, and how often: `scale` divides the numbers of services, for a run that only shows that it runs."""

    pairs: int
    cold_pairs: int
    scale: int = 1


def nothing_to_do(host: Host, effort: Effort) -> Iterator[Row]:
    """A second `apply` and a second `up`, and the memory that they take."""
    for count, wanted in ((10, 1.0), (50, 1.0), (MOST, 0.7)):
        with _up(host, Services(name=f"still{count}", count=max(1, count // effort.scale))) as arena:
            runs = contest.alternate(
                lambda: arena.scs("apply", "scs.yaml"), lambda: arena.compose("up", "-d"), pairs=effort.pairs
            )
            yield Row(what=f"no-op, {count}", result=_seconds(runs), wanted=wanted)
            if count == MOST:
                peaks = contest.result([(mine.peak / 1e6, other.peak / 1e6) for mine, other in runs])
                yield Row(what="peak memory of it, 200", result=peaks, wanted=1.0, unit="MB")
                yield _changed_plan(arena, effort)


def many(host: Host, effort: Effort) -> Iterator[Row]:
    """The same with 1,000. Compose's are made and not started, which it has less to do for."""
    services = Services(name="many", count=1000 // effort.scale)
    with Arena(host, services) as arena:
        arena.scs("apply", "scs.yaml", "--quiet")
        arena.compose("up", "--no-start")
        _warm(arena)
        runs = contest.alternate(
            lambda: arena.scs("apply", "scs.yaml"), lambda: arena.compose("up", "--no-start"), pairs=effort.pairs
        )
        yield Row(what="no-op, 1,000", result=_seconds(runs), wanted=0.5)


def from_nothing(host: Host, effort: Effort) -> Iterator[Row]:
    """A first `apply` and a first `up`, each also beside bare calls."""
    networks: tuple[tuple[int, Literal["bridge", "none"]], ...] = ((50, "bridge"), (200, "none"))
    for count, network in networks:
        what = f"cold apply of {count} {'on a bridge' if network == 'bridge' else 'without network'}"
        services = Services(name=f"cold{count}", count=max(1, count // effort.scale), network=network)
        with Arena(host, services) as arena:
            for theirs, wanted in (("Compose", 1.0), ("bare calls", None)):
                runs = contest.alternate(
                    partial(_cold, arena, "scs"), partial(_cold, arena, theirs), pairs=effort.cold_pairs
                )
                yield Row(what=what, result=_seconds(runs), wanted=wanted, theirs=theirs)


def one_changed(host: Host, effort: Effort) -> Iterator[Row]:
    """One service of 50 is other than before: until the new one runs, and until the command ends."""
    with _up(host, Services(name="changing", count=max(2, 50 // effort.scale), network="bridge")) as arena:
        ends, starts = [], []
        for number in range(effort.cold_pairs * 2):
            arena.change((number + 1) % 2)
            mine = arena.scs("apply", "scs.yaml")
            other = arena.compose("up", "-d")
            ends.append((mine, other))
            starts.append(
                (arena.started("default-changing-c0-1") - mine.began, arena.started("changing-c0-1") - other.began)
            )
        yield Row(what="one changed of 50, until the new one runs", result=contest.result(starts), wanted=1.0)
        yield Row(what="one changed of 50, until the command ends", result=_seconds(ends), wanted=None)


ROWS: dict[str, Callable[[Host, Effort], Iterator[Row]]] = {
    "nothing-to-do": nothing_to_do,
    "many": many,
    "from-nothing": from_nothing,
    "one-changed": one_changed,
}


def _up(host: Host, services: Services) -> Arena:
    arena = Arena(host, services)
    arena.clear()
    arena.scs("apply", "scs.yaml", "--quiet")
    arena.compose("up", "-d")
    _warm(arena)
    return arena


def _warm(arena: Arena) -> None:
    """Both have said that there is nothing to do."""
    for _ in range(2):
        arena.scs("apply", "scs.yaml")


def _seconds(runs: Sequence[tuple[Run, Run]]) -> Result:
    return contest.result([(mine.seconds, other.seconds) for mine, other in runs])


def _changed_plan(arena: Arena, effort: Effort) -> Row:
    """The manifest is another one each time."""
    measured = []
    for number in range(effort.pairs):
        arena.change(0)
        other = arena.compose("up", "-d").seconds
        arena.change(1 + number % 2)
        measured.append((arena.scs("plan", "scs.yaml").seconds, other))
    what = "plan with one or two changed of 200, beside a no-op of Compose"
    return Row(what=what, result=contest.result(measured), wanted=0.7)


def _cold(arena: Arena, who: str) -> Run:
    arena.clear()
    if who == "scs":
        return arena.scs("apply", "scs.yaml")
    return arena.compose("up", "-d") if who == "Compose" else arena.bare(arena.services.name)
