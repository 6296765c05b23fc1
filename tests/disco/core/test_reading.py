"""Offers and wishes as they are read: which hosts are taken."""

from __future__ import annotations

import pytest

from scs.disco.core import reading
from scs.disco.problems import Refused
from scs.disco.settings import Limits
from scs.disco.values import Json
from tests.disco.edges.running import NAMES

BAD = ["", "db..example", ".example", "x" * 64, "a\0b", "a b", "ä" * 63, "a." * 150]


def offered(host: str) -> Json:
    return {**NAMES, "uid": "a", "address": {"host": host, "port": 80}, "attributes": {}}


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "db.example.", "b\u00fccher.example"])
def test_a_host_that_can_be_one_is_taken(host: str) -> None:
    assert reading.offer(offered(host), Limits()).address.host == host


@pytest.mark.parametrize("host", BAD)
def test_a_host_that_can_be_none_is_refused(host: str) -> None:
    with pytest.raises(Refused) as caught:
        reading.offer(offered(host), Limits())
    assert caught.value.message == ('The host in argument "address" must be an address or a name that DNS can carry.')


@pytest.mark.parametrize("host", BAD)
def test_of_an_old_peer_it_is_kept_as_it_is_and_not_told_to_new_ones(host: str) -> None:
    address = reading.v0_offer(offered(host), Limits()).address
    assert (address.host, address.port) == ("", 80)
    assert address.given
