"""Where the engine may pick addresses from, beside those that containers ask for."""

from __future__ import annotations

import pytest

from scs.model.storage import Network
from tests.manifest import world


def bridge(options: str, *addresses: str) -> object:
    return network(options, *addresses).options


def network(options: str, *addresses: str) -> Network:
    """A bridge with these options, on which containers with these addresses are."""
    containers = [
        f"  c{number}:\n    image: docker:a:1\n    networks: {{net: {{{one}}}}}\n"
        for number, one in enumerate(addresses)
    ]
    roles = "".join(containers) + "  free: {image: 'docker:a:1', networks: {net: {}}}\n"
    source = (
        f"scs: 1\nservice: blog\nenvironment: dev\nnetworks:\n  net: {{type: bridge{options}}}\ncontainers:\n{roles}"
    )
    (found,) = world.compiled(source).networks
    return found


@pytest.mark.parametrize(
    ("subnet", "addresses", "dynamic"),
    [
        ("10.0.0.0/24", ["10.0.0.2", "10.0.0.3"], "10.0.0.128/25"),
        ("10.0.0.0/24", ["10.0.0.2", "10.0.0.200"], "10.0.0.128/26"),
        ("10.0.0.0/24", ["10.0.0.130"], "10.0.0.0/25"),
        ("10.0.0.0/29", ["10.0.0.2"], "10.0.0.4/30"),
    ],
)
def test_the_largest_part_without_a_fixed_address_is_dynamic(subnet: str, addresses: list[str], dynamic: str) -> None:
    options = bridge(f", subnet: {subnet}", *(f"address: {one}" for one in addresses))
    assert isinstance(options, dict)
    assert options["dynamic"] == dynamic


def test_the_whole_subnet_stays_where_the_part_would_be_too_small_for_the_others() -> None:
    """Twice as many have to fit, as a new container may stand beside the old one."""
    roles = ["address: 10.0.0.2", "", ""]
    assert bridge(", subnet: 10.0.0.0/28", *roles) == {"subnet": "10.0.0.0/28", "dynamic": "10.0.0.8/29"}
    assert bridge(", subnet: 10.0.0.0/28", *roles, "") == {"subnet": "10.0.0.0/28"}


def test_ipv6_has_a_part_of_its_own() -> None:
    options = bridge(
        ", subnet: 10.0.0.0/24, ipv6: {subnet: 'fd00:1::/64'}", "address6: 'fd00:1::2'", "address6: 'fd00:1::3'"
    )
    assert options == {
        "subnet": "10.0.0.0/24",
        "ipv6": {"subnet": "fd00:1::/64", "dynamic": "fd00:1:0:0:8000::/65"},
    }


def test_a_part_that_is_given_stays_and_none_is_needed_where_nobody_asks_for_an_address() -> None:
    given = bridge(", subnet: 10.0.0.0/24, dynamic: 10.0.0.64/26", "address: 10.0.0.2")
    assert given == {"subnet": "10.0.0.0/24", "dynamic": "10.0.0.64/26"}
    assert bridge(", subnet: 10.0.0.0/24") == {"subnet": "10.0.0.0/24"}


def test_a_network_is_the_same_whether_containers_on_it_have_addresses_or_not() -> None:
    assert network(", subnet: 10.0.0.0/24", "address: 10.0.0.2").digest == network(", subnet: 10.0.0.0/24").digest
