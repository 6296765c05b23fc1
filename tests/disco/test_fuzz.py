"""The short form of `python -m tests.disco.fuzz`."""

from __future__ import annotations

import pytest

from tests.disco import fuzz


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hostile_bytes_raise_nothing_and_fill_nothing(seed: int) -> None:
    assert fuzz.run(1_500, seed) < 64
