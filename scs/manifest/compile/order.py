"""Who needs whom: cycles, and an order in which all that is needed comes first."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence

Edges = Mapping[str, Sequence[str]]


def needed_first(edges: Edges) -> tuple[str, ...]:
    """The names, each after those it needs, otherwise sorted. Only for edges without cycles."""
    sorter = graphlib.TopologicalSorter({name: sorted(edges[name]) for name in sorted(edges)})
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered.extend(ready)
        sorter.done(*ready)
    return tuple(ordered)


def cycles(edges: Edges) -> tuple[tuple[str, ...], ...]:
    """The shortest cycle through each name that lies in one, the name first and last; none twice."""
    found: list[tuple[str, ...]] = []
    told: set[str] = set()
    for name in sorted(edges):
        cycle = () if name in told else _cycle(edges, name)
        if cycle:
            found.append(cycle)
            told.update(cycle)
    return tuple(found)


def _cycle(edges: Edges, start: str) -> tuple[str, ...]:
    before: dict[str, str] = {}
    reached = [start]
    for name in reached:
        for following in sorted(edges.get(name, ())):
            if following == start:
                return (*_way(before, start, name), start)
            if following not in before:
                before[following] = name
                reached.append(following)
    return ()


def _way(before: Mapping[str, str], start: str, end: str) -> tuple[str, ...]:
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return tuple(reversed(way))
