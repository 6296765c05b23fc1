"""What is claimed twice is refused at its second place, naming the first."""

from __future__ import annotations

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.manifest import world

HEAD = "scs: 1\nservice: blog\n"
NETWORK = HEAD + "networks: {blog: {type: bridge, subnet: 10.1.0.0/24, ipv6: {subnet: 'fd00::/64'}}}\n"


def test_a_host_port_is_for_one_only() -> None:
    source = HEAD + world.text("""
        containers:
          api: {image: api, provides: {http: {port: 80, publish: 8080}}}
          web: {image: web, provides: {http: {port: 80, publish: {port: 8080, address: 127.0.0.1}}}}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:49: containers.web.provides.http.publish: host port 8080/tcp is claimed twice, "
        "first by containers.api.provides.http.publish (blog.yaml:4:58) "
        "(give one of them another port, or publish: auto)"
    ]


def test_the_same_number_is_free_on_another_address_protocol_or_family() -> None:
    source = HEAD + world.text("""
        containers:
          a: {image: a, provides: {x: {port: 80, publish: {port: 80, address: 127.0.0.1}}}}
          b: {image: b, provides: {x: {port: 80, publish: {port: 80, address: 127.0.0.2}}}}
          c: {image: c, provides: {x: {port: 80, publish: {port: 80, address: "::1"}}}}
          d: {image: d, provides: {x: {port: 80, protocol: udp, publish: 80}}}
          e: {image: e, provides: {x: {port: 80, publish: auto}, y: {port: 81, publish: auto}}}
    """)
    assert world.mistakes(source) == []


def test_the_host_network_takes_the_ports_of_the_host() -> None:
    source = HEAD + world.text("""
        networks: {host: {type: host}, own: {type: bridge}}
        containers:
          a: {image: a, networks: {host: {}}, provides: {http: {port: 80}}}
          b: {image: b, networks: {own: {}}, provides: {http: {port: 8000, publish: 80}}}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:6:77: containers.b.provides.http.publish: host port 80/tcp is claimed twice, "
        "first by containers.a.provides.http (blog.yaml:5:50) (give one of them another port, or publish: auto)"
    ]


def test_replicas_cannot_share_the_ports_of_the_host() -> None:
    source = HEAD + world.text("""
        networks: {host: {type: host}}
        containers:
          a: {image: a, replicas: 2, provides: {http: {port: 80}}}
          b: {image: b, replicas: 2}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:41: containers.a.provides.http: 2 replicas cannot share host port 80 "
        "(choose another network, or one replica)"
    ]


def test_an_address_is_for_one_only_however_it_is_written() -> None:
    source = NETWORK + world.text("""
        containers:
          a: {image: a, networks: {blog: {address: 10.1.0.2, address6: "fd00::2"}}}
          b: {image: b, networks: {blog: {address: 10.1.0.2, address6: "fd00:0:0::2"}}}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:6:44: containers.b.networks.blog.address: address 10.1.0.2 is claimed twice, "
        "first by containers.a.networks.blog.address (blog.yaml:5:44) (give one of them another address)",
        "blog.yaml:6:64: containers.b.networks.blog.address6: address fd00::2 is claimed twice, "
        "first by containers.a.networks.blog.address6 (blog.yaml:5:64) (give one of them another address)",
    ]


def test_a_path_of_a_container_is_for_one_volume_only() -> None:
    image = "scs: 1\nimage: db\nbase: {debian: bookworm}\nvolumes: {data: {path: /srv/db}}\n"
    source = HEAD + world.text("""
        volumes: {a: {type: docker}, b: {type: docker}}
        containers:
          db: {image: {manifest: image}, volumes: {data: a, /srv/db: b, /run: a}, tmpfs: {/run: {}}}
    """)
    assert world.mistakes(source, files={"image/image.yaml": image}) == [
        'blog.yaml:5:62: containers.db.volumes."/srv/db": path /srv/db is claimed twice in this container, '
        "first by containers.db.volumes.data (blog.yaml:5:50) (mount one of them elsewhere)",
        'blog.yaml:5:83: containers.db.tmpfs."/run": path /run is claimed twice in this container, '
        'first by containers.db.volumes."/run" (blog.yaml:5:71) (mount one of them elsewhere)',
    ]


def test_a_name_on_the_engine_is_for_one_volume_or_network_only() -> None:
    source = HEAD + world.text("""
        volumes:
          a: {type: docker, name: default-blog-b}
          b: {type: docker}
        networks:
          x: {type: external, name: lan}
          y: {type: external, name: lan}
        containers: {}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:3: volumes.b: volume name default-blog-b is claimed twice, first by volumes.a (blog.yaml:4:3) "
        "(give one of them another name)",
        "blog.yaml:8:3: networks.y: network name lan is claimed twice, first by networks.x (blog.yaml:7:3) "
        "(use one key for both)",
    ]


def test_a_path_of_the_host_is_for_one_volume_only() -> None:
    source = HEAD + world.text("""
        volumes:
          a: {type: local, path: /srv/db}
          b: {type: local, path: /srv/db}
        containers: {}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:3: volumes.b: host path /srv/db is claimed twice, first by volumes.a (blog.yaml:4:3) "
        "(give one of them another path)"
    ]


def test_subnets_may_not_overlap() -> None:
    source = HEAD + world.text("""
        networks:
          a: {type: bridge, subnet: 10.1.0.0/16}
          b: {type: bridge, subnet: 10.1.2.0/24}
        containers: {}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:3: networks.b: subnet 10.1.2.0/24 overlaps that of networks.a (blog.yaml:4:3) "
        "(give one of them another subnet)"
    ]


def test_a_containers_name_has_to_fit_into_a_host_name() -> None:
    role = "a" * 49
    longest = f"{HEAD}containers:\n  {role}: {{image: x}}\n"
    assert world.mistakes(longest.replace(role, "a" * 48)) == []
    assert world.mistakes(longest.replace("image: x", "image: x, replicas: 10")) == [
        f"blog.yaml:4:3: containers.{role}: the container's name default-blog-{role}-10 has 65 characters, "
        "and 63 are the most (shorten the environment, the service or the role)"
    ]


def test_requirements_may_not_fill_the_same_variables() -> None:
    source = HEAD + "containers: {a: {image: a, requires: {my-db: {role: x/b}, my_db: {role: x/b}}}}\n"
    assert world.mistakes(source) == [
        "blog.yaml:3:59: containers.a.requires.my_db: variables MY_DB_… are claimed twice, "
        "first by containers.a.requires.my-db (blog.yaml:3:39) (rename one of the requirements)"
    ]


def test_two_cannot_start_first_what_only_one_can_hold() -> None:
    source = NETWORK + world.text("""
        containers:
          api: {image: api, networks: {blog: {address: 10.1.0.9}}, update: {order: start-first}}
          web: {image: web, provides: {http: {port: 80, publish: 8080}}, update: {order: start-first}}
          any: {image: any, provides: {http: {port: 80, publish: auto}}, update: {order: start-first}}
    """)
    assert world.mistakes(source) == [
        "blog.yaml:5:76: containers.api.update.order: the new container cannot start first: "
        "only one can hold address 10.1.0.9 (take out order: start-first)",
        "blog.yaml:6:82: containers.web.update.order: the new container cannot start first: "
        "only one can hold host port 8080/tcp (take out order: start-first)",
    ]


ADDRESSES = ("", "0.0.0.0", "::", "10.0.0.1", "10.0.0.2", "fd00::1")


def meet(one: tuple[str, int, str], other: tuple[str, int, str]) -> bool:
    """Whether no host has room for both: the same port, and one address, or all of one version of IP."""
    if one[1:] != other[1:]:
        return False
    if "" in (one[0], other[0]) or one[0] == other[0]:
        return True
    return (":" in one[0]) == (":" in other[0]) and not {"0.0.0.0", "::"}.isdisjoint({one[0], other[0]})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ADDRESSES), st.sampled_from([80, 81]), st.sampled_from(["tcp", "udp"])),
        min_size=1,
        max_size=12,
    )
)
def test_each_port_is_told_of_the_first_that_it_meets(claims: list[tuple[str, int, str]]) -> None:
    lines = [
        f"  r{number:02}: {{image: nginx, provides: {{a: {{port: 1, protocol: {protocol}, "
        f"publish: {{port: {port}, address: '{address}'}}}}}}}}".replace(", address: ''", "")
        for number, (address, port, protocol) in enumerate(claims)
    ]
    met = [next((at for at in range(number) if meet(claims[at], one)), None) for number, one in enumerate(claims)]
    said = world.mistakes("\n".join(["scs: 1", "service: blog", "containers:", *lines, ""]))
    assert [one.partition(" (")[0].partition(": ")[2] for one in said] == [
        f"containers.r{number:02}.provides.a.publish: host port {claims[number][1]}/{claims[number][2]} "
        f"is claimed twice, first by containers.r{first:02}.provides.a.publish"
        for number, first in enumerate(met)
        if first is not None
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 31), st.integers(25, 30)), min_size=1, max_size=10))
def test_each_subnet_is_told_of_the_first_that_it_overlaps(found: list[tuple[int, int]]) -> None:
    subnets = [ipaddress.ip_network((f"10.0.0.{8 * start}", length), strict=False) for start, length in found]
    met = [next((at for at in range(number) if subnets[at].overlaps(one)), None) for number, one in enumerate(subnets)]
    lines = [f"  n{number:02}: {{type: bridge, subnet: {one}}}" for number, one in enumerate(subnets)]
    said = world.mistakes("\n".join(["scs: 1", "service: blog", "containers: {}", "networks:", *lines, ""]))
    assert [one.partition(" (")[0].partition(": ")[2] for one in said] == [
        f"networks.n{number:02}: subnet {subnets[number]} overlaps that of networks.n{first:02}"
        for number, first in enumerate(met)
        if first is not None
    ]
