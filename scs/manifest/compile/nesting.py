"""Things that can lie in each other, such as paths and subnets: which of them meet; not what is wrong with that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

_T = TypeVar("_T")


def first_met(items: Sequence[_T], key: Callable[[_T], Any], inside: Callable[[_T, _T], bool]) -> tuple[int, ...]:
    """For each of the items the place of the first that it holds, equals or lies in: its own when none is before it.

    Sorted by `key`, what lies in an item comes right behind it. Each is compared with its neighbours alone, as pairs
    of thousands would take too long.
    """
    holding, held = list(range(len(items))), list(range(len(items)))
    above: list[int] = []
    for index in sorted(range(len(items)), key=lambda each: key(items[each])):
        while above and not inside(items[index], items[above[-1]]):
            _leave(above, held)
        if above:
            holding[index] = min(index, holding[above[-1]])
        above.append(index)
    while above:
        _leave(above, held)
    return tuple(map(min, holding, held))


def _leave(above: list[int], held: list[int]) -> None:
    """What was found in an item is in the one around it too."""
    left = above.pop()
    if above:
        held[above[-1]] = min(held[above[-1]], held[left])
