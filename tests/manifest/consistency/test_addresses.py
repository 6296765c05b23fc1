"""What a role asks of its networks must be there to be had."""

from __future__ import annotations

import pytest

from tests.manifest import world

BRIDGE = "{type: bridge, subnet: 10.1.0.0/24, gateway: 10.1.0.254, dynamic: 10.1.0.128/25, ipv6: {subnet: 'fd00::/64'}}"


def mistakes(attachment: str, network: str = BRIDGE, keys: str = "") -> list[str]:
    return world.mistakes(
        f"scs: 1\nservice: blog\nnetworks:\n  lan: {network}\ncontainers:\n"
        f"  web:\n    image: nginx\n    networks: {{lan: {attachment}}}\n{keys}"
    )


@pytest.mark.parametrize("attachment", ["{address: 10.1.0.2}", "{address6: 'fd00::5'}", "{address: 10.1.0.1}", "{}"])
def test_an_address_that_is_free_is_given(attachment: str) -> None:
    assert mistakes(attachment) == []


NETWORK = "of network networks.lan (blog.yaml:4:3)"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("10.2.0.2", f"10.2.0.2 is outside the subnet 10.1.0.0/24 {NETWORK} (choose one inside 10.1.0.0/24)"),
        ("10.1.0.0", f"10.1.0.0 is the network address {NETWORK} (choose another address)"),
        ("10.1.0.254", f"10.1.0.254 is the gateway {NETWORK} (choose another address)"),
        ("10.1.0.255", f"10.1.0.255 is the broadcast address {NETWORK} (choose another address)"),
        (
            "10.1.0.130",
            f"10.1.0.130 is inside the dynamic range 10.1.0.128/25 {NETWORK} (choose one outside it)",
        ),
    ],
)
def test_an_address_that_cannot_be_given_is_refused(address: str, message: str) -> None:
    found = mistakes(f"{{address: {address}}}")
    assert found == [f"blog.yaml:8:31: containers.web.networks.lan.address: {message}"]


def test_the_first_address_is_the_gateway_where_none_is_named() -> None:
    assert mistakes("{address: 10.1.0.1}", "{type: bridge, subnet: 10.1.0.0/24}") == [
        f"blog.yaml:8:31: containers.web.networks.lan.address: 10.1.0.1 is the gateway {NETWORK} "
        "(choose another address)"
    ]


def test_an_ipv6_address_is_held_to_the_ipv6_subnet() -> None:
    assert mistakes("{address6: 'fd01::2'}") == [
        f"blog.yaml:8:32: containers.web.networks.lan.address6: fd01::2 is outside the subnet fd00::/64 {NETWORK} "
        "(choose one inside fd00::/64)"
    ]


def test_an_address_needs_a_subnet() -> None:
    assert mistakes("{address: 10.1.0.2, address6: 'fd00::2'}", "{type: bridge}") == [
        "blog.yaml:8:31: containers.web.networks.lan.address: there is no subnet for 10.1.0.2 in network "
        "networks.lan (blog.yaml:4:3) (add subnet: there)",
        "blog.yaml:8:51: containers.web.networks.lan.address6: there is no subnet for fd00::2 in network "
        "networks.lan (blog.yaml:4:3) (add ipv6: with a subnet: there)",
    ]


def test_the_subnet_of_a_foreign_network_is_not_known_here() -> None:
    assert mistakes("{address: 10.9.9.9}", "{type: external, name: lan}") == []


def test_what_only_looks_like_an_address_is_refused() -> None:
    assert mistakes("{address6: 'fd00:::1'}") == [
        "blog.yaml:8:32: containers.web.networks.lan.address6: 'fd00:::1' is not an IPv6 address "
        "(write one like fd00::2)"
    ]


def test_replicas_cannot_share_an_address_or_a_host_port() -> None:
    keys = "    replicas: 2\n    provides: {http: {port: 80, publish: 8080}}\n"
    assert mistakes("{address: 10.1.0.2}", keys=keys) == [
        "blog.yaml:8:31: containers.web.networks.lan.address: 2 replicas cannot share one address "
        "(take out address:, or replicas:)",
        "blog.yaml:10:42: containers.web.provides.http.publish: 2 replicas cannot share host port 8080 "
        "(publish: auto, or one replica)",
    ]


def test_replicas_may_share_an_image_and_ports_that_the_engine_picks() -> None:
    assert mistakes("{}", keys="    replicas: 2\n    provides: {http: {port: 80, publish: auto}}\n") == []


def test_the_host_network_knows_no_addresses_aliases_or_published_ports() -> None:
    keys = "    provides: {http: {port: 80, publish: 8080}}\n"
    assert mistakes("{address: 10.1.0.2, aliases: [www]}", "{type: host}", keys) == [
        "blog.yaml:8:31: containers.web.networks.lan.address: a container has no address of its own on the host "
        "network (take out address:)",
        "blog.yaml:8:50: containers.web.networks.lan.aliases: there are no aliases on the host network "
        "(take out aliases:)",
        "blog.yaml:9:42: containers.web.provides.http.publish: ports cannot be published on the host network; "
        "the service listens on the host's own port (take out publish:)",
    ]


def test_kernel_parameters_of_the_network_are_the_hosts_own_on_its_network() -> None:
    keys = "    sysctls: {net.core.somaxconn: 1024, kernel.shmmax: 1}\n"
    assert mistakes("{}", keys=keys) == []
    assert mistakes("{}", "{type: host}", keys) == [
        'blog.yaml:9:35: containers.web.sysctls."net.core.somaxconn": net.core.somaxconn cannot be set on the host '
        "network, where it is the host's own (take it out)"
    ]


@pytest.mark.parametrize(("alias", "hint"), [("data base", " (did you mean 'data-base'?)"), ("a/b", "")])
def test_an_alias_is_one_name(alias: str, hint: str) -> None:
    assert mistakes(f"{{aliases: [{alias}]}}") == [
        "blog.yaml:8:32: containers.web.networks.lan.aliases[0]: must be a host name such as database or db.example, "
        f"without spaces, not the text '{alias}'{hint}"
    ]


def test_a_container_without_a_network_publishes_nothing() -> None:
    keys = "    provides: {http: {port: 80, publish: 8080}}\n"
    assert mistakes("{}", "{type: none}", keys) == [
        "blog.yaml:9:42: containers.web.provides.http.publish: ports cannot be published on the none network "
        "(take out publish:)"
    ]


def test_the_host_network_cannot_be_mixed_with_others() -> None:
    source = """
        scs: 1
        service: blog
        networks: {lan: {type: bridge}, own: {type: host}}
        containers:
          web: {image: nginx, networks: {lan: {}, own: {}}}
    """
    assert world.mistakes(source) == [
        "blog.yaml:5:43: containers.web.networks.own: the host network cannot be mixed with others "
        "(let the role be on it alone)"
    ]
