"""Lanes: one owner each, away from networks that the machine has."""

from __future__ import annotations

import pytest

from tests.testbed import claims, commands, names, network

pytestmark = pytest.mark.engine


def test_two_claims_at_once_get_lanes_apart() -> None:
    one, two = claims.claim(), claims.claim()
    try:
        assert not one.lane.subnet.overlaps(two.lane.subnet)
    finally:
        claims.release(one)
        claims.release(two)


def test_a_lane_whose_owner_lives_is_not_taken_back() -> None:
    ours = claims.claim()
    try:
        assert not claims.take_back(ours.lane)
        assert network.links(ours.lane.bridge) == [ours.lane.bridge]
    finally:
        claims.release(ours)


def test_a_network_that_the_machine_knows_is_avoided() -> None:
    first = claims.claim()
    claims.release(first)
    # The lane that is free now, given to somebody else: its place on the machine's loopback.
    commands.check(["ip", "addr", "add", f"{first.lane.subnet[9]}/24", "dev", "lo"])
    try:
        second = claims.claim()
        claims.release(second)
    finally:
        commands.check(["ip", "addr", "del", f"{first.lane.subnet[9]}/24", "dev", "lo"])
    assert second.lane != first.lane


def test_a_seat_is_found_by_its_lane_and_by_no_other() -> None:
    ours = claims.claim()
    place = names.Seat(lane=ours.lane, number=1)
    try:
        network.seat(place)
        assert network.namespaces(ours.lane.bridge) == [place.name]
        assert network.namespaces(ours.lane.bridge[:-1]) == []
        assert sorted(network.links(ours.lane.bridge)) == [ours.lane.bridge, place.name]
    finally:
        claims.release(ours)
