"""Subnets, gateways and dynamic ranges."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioners import ranges
from scs.model.problem import InvalidSpec


def refusal(options: dict[str, Any], version: int = 4, option: str = "") -> tuple[str, str, str]:
    with pytest.raises(InvalidSpec) as caught:
        ranges.pool(options, version, option)
    return caught.value.option, caught.value.message, caught.value.hint


def test_no_subnet_leaves_everything_to_the_engine() -> None:
    assert ranges.pool({}, 4) == {}


def test_the_gateway_is_the_subnets_first_address_wherever_the_dynamic_range_is() -> None:
    assert ranges.pool({"subnet": "10.11.12.0/24", "dynamic": "10.11.12.128/25"}, 4) == {
        "subnet": "10.11.12.0/24",
        "gateway": "10.11.12.1",
        "dynamic": "10.11.12.128/25",
    }


def test_ipv6_is_written_in_its_shortest_form() -> None:
    assert ranges.pool({"subnet": "FD00:11:12:0::/64", "gateway": "fd00:11:12:0:0::1"}, 6, "ipv6") == {
        "subnet": "fd00:11:12::/64",
        "gateway": "fd00:11:12::1",
    }


@pytest.mark.parametrize(
    ("options", "option", "message", "hint"),
    [
        (
            {"subnet": "10.11.12.7/24"},
            "subnet",
            "10.11.12.7/24 names an address in 10.11.12.0/24",
            "write 10.11.12.0/24",
        ),
        ({"subnet": "10.11.12.0"}, "subnet", "'10.11.12.0' is not an IPv4 subnet", "write it like 10.11.12.0/24"),
        ({"subnet": "ten"}, "subnet", "'ten' is not a subnet", "write it like 10.11.12.0/24"),
        ({"subnet": "fd00::/64"}, "subnet", "'fd00::/64' is not an IPv4 subnet", "write it like 10.11.12.0/24"),
        (
            {"subnet": "10.0.0.0/31"},
            "subnet",
            "10.0.0.0/31 has no room for a gateway and a container",
            "/30 is the smallest",
        ),
        (
            {"subnet": "127.0.0.0/8"},
            "subnet",
            "containers cannot have addresses of 127.0.0.0/8",
            "take a private one, such as 10.11.12.0/24",
        ),
        (
            {"subnet": "224.0.0.0/24"},
            "subnet",
            "containers cannot have addresses of 224.0.0.0/24",
            "take a private one, such as 10.11.12.0/24",
        ),
        (
            {"subnet": "0.0.0.0/0"},
            "subnet",
            "containers cannot have addresses of 0.0.0.0/0",
            "take a private one, such as 10.11.12.0/24",
        ),
        ({"gateway": "10.0.0.1"}, "gateway", "it needs a subnet to lie in", "name the subnet"),
        ({"dynamic": "10.0.0.0/25"}, "dynamic", "it needs a subnet to lie in", "name the subnet"),
        (
            {"subnet": "10.0.0.0/24", "gateway": "10.0.1.1"},
            "gateway",
            "10.0.1.1 is not in the subnet 10.0.0.0/24",
            "name an address inside it, such as 10.0.0.1",
        ),
        (
            {"subnet": "10.0.0.0/24", "gateway": "10.0.0.0"},
            "gateway",
            "10.0.0.0 stands for the subnet 10.0.0.0/24 as a whole",
            "name one of its hosts, such as 10.0.0.1",
        ),
        (
            {"subnet": "10.0.0.0/24", "gateway": "10.0.0.255"},
            "gateway",
            "10.0.0.255 stands for the subnet 10.0.0.0/24 as a whole",
            "name one of its hosts, such as 10.0.0.1",
        ),
        ({"subnet": "10.0.0.0/24", "gateway": "ten"}, "gateway", "'ten' is not an address", "write it like 10.0.0.1"),
        (
            {"subnet": "10.0.0.0/24", "gateway": "fd00::1"},
            "gateway",
            "fd00::1 is not in the subnet 10.0.0.0/24",
            "name an address inside it, such as 10.0.0.1",
        ),
        (
            {"subnet": "10.0.0.0/24", "dynamic": "10.0.1.0/25"},
            "dynamic",
            "the dynamic range 10.0.1.0/25 is not inside the subnet 10.0.0.0/24",
            "such as 10.0.0.128/25",
        ),
        (
            {"subnet": "10.0.0.0/24", "dynamic": "10.0.0.0/16"},
            "dynamic",
            "the dynamic range 10.0.0.0/16 is not inside the subnet 10.0.0.0/24",
            "such as 10.0.0.128/25",
        ),
        (
            {"subnet": "10.0.0.0/24", "dynamic": "10.0.0.100/25"},
            "dynamic",
            "10.0.0.100/25 names an address in 10.0.0.0/25",
            "write 10.0.0.0/25",
        ),
    ],
)
def test_a_mistake_is_named_with_what_to_write(options: dict[str, Any], option: str, message: str, hint: str) -> None:
    assert refusal(options) == (option, message, hint)


def test_a_mistake_in_the_second_family_is_named_where_it_stands() -> None:
    assert refusal({"subnet": "fd00::1/64"}, 6, "ipv6") == (
        "ipv6.subnet",
        "fd00::1/64 names an address in fd00::/64",
        "write fd00::/64",
    )
    assert refusal({"subnet": "10.0.0.0/24"}, 6, "ipv6")[1] == "'10.0.0.0/24' is not an IPv6 subnet"


@given(
    st.dictionaries(st.sampled_from(["subnet", "gateway", "dynamic"]), st.text(alphabet="0123456789./:f", max_size=20))
)
def test_any_text_is_a_range_or_an_invalid_spec(options: dict[str, str]) -> None:
    for version in (4, 6):
        try:
            found = ranges.pool(options, version)
        except InvalidSpec:
            continue
        if found:
            assert ipaddress.ip_address(found["gateway"]) in ipaddress.ip_network(found["subnet"])


def test_subnets_overlap_when_they_share_an_address() -> None:
    taken = ("172.17.0.0/16", "10.11.0.0/16", "fd00:11::/32")
    assert ranges.overlapping(["10.11.12.0/24"], taken) == ("10.11.12.0/24", "10.11.0.0/16")
    assert ranges.overlapping(["10.12.0.0/24", "fd00:11:12::/64"], taken) == ("fd00:11:12::/64", "fd00:11::/32")
    assert ranges.overlapping(["10.12.0.0/24"], taken) is None
    assert ranges.overlapping([], taken) is None
