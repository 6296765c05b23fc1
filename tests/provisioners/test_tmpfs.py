"""Volumes of type `tmpfs`."""

from __future__ import annotations

from typing import Any

import pytest

from provisioners.tmpfs import Tmpfs
from scs.contract import errors
from scs.model import storage
from scs.model.problem import InvalidSpec
from scs.model.steps import Present, Step
from tests.fakes.context import context
from tests.provisioners.worlds import spec

TMPFS = Tmpfs()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, storage.Tmpfs()),
        ({"size": "16MiB"}, storage.Tmpfs(size=16777216)),
        ({"size": 4096, "mode": "1777"}, storage.Tmpfs(size=4096, mode=0o1777)),
    ],
)
def test_a_container_gets_memory_of_that_size_and_mode(options: dict[str, Any], expected: storage.Tmpfs) -> None:
    volume = TMPFS.prepare(spec("tmpfs", "cache", options), None)
    assert TMPFS.binding(volume, Present()) == expected


def test_the_way_in_which_a_size_is_written_does_not_matter() -> None:
    one, other = (TMPFS.prepare(spec("tmpfs", "cache", {"size": size}), None) for size in ("1MiB", 1048576))
    assert one.digest == other.digest


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="'0B' is not a size"):
        TMPFS.prepare(spec("tmpfs", "cache", {"size": "0B"}), None)


def test_there_is_nothing_to_perform() -> None:
    volume = TMPFS.prepare(spec("tmpfs", "cache", {}), None)
    with pytest.raises(errors.Refusal, match="a volume of type tmpfs has no step make"):
        TMPFS.perform(volume, Step(operation="make", says="make it"), context())
