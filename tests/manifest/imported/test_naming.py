"""Names made from the names of others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.imported import naming
from scs.model.identity import NAME


@given(st.text(alphabet="aZ09_-./ é", max_size=80), st.integers(1, 63))
def test_any_name_comes_to_one_that_a_manifest_takes(name: str, longest: int) -> None:
    found = naming.key(name, longest=longest)
    assert NAME.fullmatch(found)
    assert len(found) <= max(longest, len("unnamed"))
    other = naming.unused(found, {found, f"{found}-2"})
    assert NAME.fullmatch(other)
    assert len(other) <= naming.LONGEST
    assert other not in {found, f"{found}-2"}


@pytest.mark.parametrize(
    ("name", "key"),
    [("web", "web"), ("My.App_1", "my-app_1"), ("__a__.b", "a-b"), ("a--b", "a-b"), ("…", "unnamed"), ("-x-", "x")],
)
def test_what_can_stay_stays(name: str, key: str) -> None:
    assert naming.key(name) == key


def test_a_port_has_its_well_known_name_once() -> None:
    assert naming.provided(80, "tcp", {}) == "http"
    assert naming.provided(8080, "tcp", {"http": {}}) == "port-8080"
    assert naming.provided(9000, "udp", {}) == "port-9000-udp"
