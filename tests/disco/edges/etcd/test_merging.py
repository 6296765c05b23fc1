"""Changes that were meant for an older state of a provision."""

from __future__ import annotations

from dataclasses import replace

from scs.disco.edges.etcd.merging import merged
from scs.disco.values import Address, Change, Key, Provision, ProvisionId, SessionId, State

ONE = Provision(
    id=ProvisionId("1"),
    uid="a",
    owner="",
    session=SessionId("s"),
    key=Key(environment="e", service="s", role="r", endpoint="p"),
    address=Address(host="192.0.2.1", port=1),
    created=7,
    version=3,
)


def test_what_others_changed_meanwhile_stays() -> None:
    drained = replace(ONE, drained=True)
    assert merged(Change(before=ONE, after=replace(ONE, suspect=True)), drained, "detach") == replace(
        drained, suspect=True
    )


def test_what_is_there_already_needs_nothing() -> None:
    there = replace(ONE, suspect=True)
    assert merged(Change(before=ONE, after=there), there, "detach") == there


def test_what_is_gone_is_not_brought_back_by_calling_it_suspect() -> None:
    assert merged(Change(before=ONE, after=replace(ONE, suspect=True)), None, "detach") is None


def test_what_is_gone_is_provided_anew_by_its_provider() -> None:
    assert merged(Change(before=ONE, after=ONE), None, "set") == replace(ONE, created=0, version=0)


def test_another_address_is_another_version_and_another_state_is_not() -> None:
    moved = replace(ONE, address=Address(host="192.0.2.2", port=1))
    found = merged(Change(before=None, after=replace(moved, created=99, version=0)), ONE, "set")
    assert found == replace(moved, created=7, version=4)
    state = replace(ONE, declared=State.DRAINING)
    assert merged(Change(before=ONE, after=state), ONE, "state") == state


def test_a_drop_is_a_drop() -> None:
    assert merged(Change(before=ONE, after=None), replace(ONE, weight=5), "drop") is None
