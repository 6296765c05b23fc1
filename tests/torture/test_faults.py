"""Faults as text, so that a line replays one."""

from __future__ import annotations

import pytest

from tests.torture import faults, spoiled
from tests.torture.faults import Fault
from tests.torture.spoiled import Spoil


@pytest.mark.parametrize("kind", [*faults.KILLS, *faults.REPLIES])
@pytest.mark.parametrize("reads", [False, True])
def test_what_is_printed_of_a_fault_replays_it(kind: faults.Kind, reads: bool) -> None:
    fault = Fault(kind=kind, at=7, reads=reads)
    assert faults.parse(str(fault)) == fault


def test_a_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="there are kill-before, kill-after, lost"):
        faults.parse("explode@3")


@pytest.mark.parametrize("how", spoiled.HOWS)
def test_what_is_printed_of_a_spoiled_call_replays_it(how: spoiled.How) -> None:
    assert spoiled.parse(str(Spoil(how=how, at=12))) == Spoil(how=how, at=12)
