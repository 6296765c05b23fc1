"""Cycles and orders of what needs each other."""

from __future__ import annotations

import itertools
import time

from scs.manifest.compile import order


def test_what_is_needed_comes_first_and_the_rest_is_sorted() -> None:
    edges = {"web": ["db", "cache"], "db": ["disk"], "cache": [], "disk": [], "a": []}
    assert order.needed_first(edges) == ("a", "cache", "disk", "db", "web")


def test_no_cycle_is_found_where_there_is_none() -> None:
    assert order.cycles({"a": ["b", "c"], "b": ["c"], "c": []}) == ()


def test_a_cycle_is_named_in_full_from_its_first_name() -> None:
    assert order.cycles({"web": ["db"], "db": ["cache"], "cache": ["web"]}) == (("cache", "web", "db", "cache"),)


def test_who_needs_himself_is_a_cycle() -> None:
    assert order.cycles({"a": ["a"]}) == (("a", "a"),)


def test_each_of_several_cycles_is_named_once() -> None:
    edges = {"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"], "e": ["a"]}
    assert order.cycles(edges) == (("a", "b", "a"), ("c", "d", "c"))


def test_a_long_chain_is_looked_through_in_time() -> None:
    names = [f"c{number:04}" for number in range(1200)]
    began = time.process_time()
    assert order.cycles({name: [before] for before, name in itertools.pairwise(names)}) == ()
    (cycle,) = order.cycles({name: [before] for before, name in itertools.pairwise([*names[-1:], *names])})
    assert len(cycle) == len(names) + 1
    assert time.process_time() - began < 1
