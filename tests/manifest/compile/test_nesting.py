"""What meets what among things that lie in each other, compared with looking at every pair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scs.manifest import paths
from scs.manifest.compile import nesting

PATHS = st.lists(st.lists(st.sampled_from(["a", "b", "a-b", "ab"]), min_size=1, max_size=4).map("/".join))


def pieces(path: str) -> list[str]:
    return path.split("/")


@given(PATHS)
def test_each_meets_the_first_that_any_pair_would_show(found: list[str]) -> None:
    met = [
        next(at for at, one in enumerate(found) if paths.within(path, one) or paths.within(one, path)) for path in found
    ]
    assert nesting.first_met(found, pieces, paths.within) == tuple(met)


def test_the_number_of_comparisons_grows_no_faster_than_what_is_compared() -> None:
    asked = 0

    def inside(path: str, folder: str) -> bool:
        nonlocal asked
        asked += 1
        return paths.within(path, folder)

    for found in ([f"a/{number}" for number in range(1000)], ["a"] * 1000, [*(f"a/{one}" for one in range(999)), "a"]):
        asked = 0
        nesting.first_met(found, pieces, inside)
        assert asked < 2000
