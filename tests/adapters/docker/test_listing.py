from __future__ import annotations

from typing import Any

import pytest

from scs.adapters.docker import listing
from scs.adapters.docker.listing import GarbledError
from scs.model.observed import (
    EngineFacts,
    ObservedAttachment,
    ObservedContainer,
    ObservedImage,
    ObservedNetwork,
    ObservedVolume,
    PublishedPort,
)


def recorded(**changes: Any) -> dict[str, Any]:
    """A container as Docker 20.10 lists it."""
    return {
        "Id": "f9bdf504cf88",
        "Names": ["/dev-blog-db-1"],
        "Image": "bb:1",
        "ImageID": "sha256:7d024d8e",
        "Command": "sleep 1000",
        "Created": 1795260384,
        "Ports": [
            {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8088, "Type": "tcp"},
            {"IP": "::", "PrivatePort": 80, "PublicPort": 8088, "Type": "tcp"},
            {"PrivatePort": 3306, "Type": "tcp"},
        ],
        "Labels": {"scs.role": "db"},
        "State": "running",
        "Status": "Up 16 seconds (healthy)",
        "HostConfig": {"NetworkMode": "dev-blog-a"},
        "NetworkSettings": {
            "Networks": {
                "dev-blog-a": {"NetworkID": "b54d90f8", "IPAddress": "198.19.88.2", "GlobalIPv6Address": ""},
                "six": {"NetworkID": "", "IPAddress": "", "GlobalIPv6Address": "fd00::2"},
            }
        },
        "Mounts": [
            {"Type": "volume", "Name": "dev-blog-v", "Driver": "local", "Destination": "/data"},
            {"Type": "bind", "Source": "/srv", "Destination": "/srv"},
        ],
        **changes,
    }


def container(**changes: Any) -> ObservedContainer:
    return listing.containers([recorded(**changes)])[0]


def test_a_container_is_read_whole() -> None:
    assert container() == ObservedContainer(
        id="f9bdf504cf88",
        name="dev-blog-db-1",
        labels={"scs.role": "db"},
        image="bb:1",
        image_id="sha256:7d024d8e",
        command="sleep 1000",
        state="running",
        status="Up 16 seconds (healthy)",
        health="healthy",
        created=1795260384,
        network_mode="dev-blog-a",
        ports=(
            PublishedPort(address="0.0.0.0", port=8088, container_port=80, protocol="tcp"),
            PublishedPort(address="::", port=8088, container_port=80, protocol="tcp"),
        ),
        attachments=(
            ObservedAttachment(network="dev-blog-a", network_id="b54d90f8", address="198.19.88.2"),
            ObservedAttachment(network="six", network_id="", address="fd00::2"),
        ),
        volumes=("dev-blog-v",),
    )


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 2 minutes", ""),
        ("Up 1 second (health: starting)", "starting"),
        ("Up 3 hours (unhealthy)", "unhealthy"),
        ("Up 3 hours (Paused)", ""),
        ("Exited (0) 3 minutes ago", ""),
    ],
)
def test_health_stands_at_the_end_of_the_status(status: str, health: str) -> None:
    assert container(Status=status).health == health


@pytest.mark.parametrize(
    ("names", "name"),
    [(["/web/db", "/db"], "db"), (None, ""), ([], "")],
)
def test_a_name_is_a_container_s_own_not_that_of_a_link(names: object, name: str) -> None:
    assert container(Names=names).name == name


def test_a_state_that_nobody_knows_reads_as_one_in_which_nothing_is_done() -> None:
    assert container(State="odd").state == "removing"


def test_what_is_null_is_empty() -> None:
    seen = container(Labels=None, Ports=None, Mounts=None, NetworkSettings=None, HostConfig=None)
    assert (seen.labels, seen.ports, seen.volumes, seen.attachments) == ({}, (), (), ())


def test_a_network_is_read_with_its_subnets() -> None:
    answer = {
        "Name": "dev-blog-a",
        "Id": "b54d90f8",
        "Driver": "bridge",
        "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.0.0.0/24"}, {"Subnet": "fd00::/64"}]},
        "Internal": True,
        "Options": {"com.docker.network.bridge.name": "br7"},
        "Labels": {"scs.key": "a"},
    }
    assert listing.networks([answer, {**answer, "IPAM": {"Config": None}, "Options": None}]) == (
        ObservedNetwork(
            id="b54d90f8",
            name="dev-blog-a",
            driver="bridge",
            labels={"scs.key": "a"},
            subnets=("10.0.0.0/24", "fd00::/64"),
            options={"com.docker.network.bridge.name": "br7"},
            internal=True,
        ),
        ObservedNetwork(id="b54d90f8", name="dev-blog-a", driver="bridge", labels={"scs.key": "a"}, internal=True),
    )


def test_a_volume_is_read_with_its_folder() -> None:
    answer = {"Driver": "local", "Labels": None, "Mountpoint": "/v/_data", "Name": "v", "Options": None}
    assert listing.volumes({"Volumes": [answer], "Warnings": None}) == (
        ObservedVolume(name="v", driver="local", mountpoint="/v/_data"),
    )
    assert listing.volumes({"Volumes": None}) == ()


def test_an_image_has_its_tags_and_digests_but_no_untagged_name() -> None:
    answer = {
        "Id": "sha256:7d02",
        "RepoTags": ["nginx:1.27", "<none>:<none>"],
        "RepoDigests": ["nginx@sha256:ab", "<none>@<none>"],
        "Labels": None,
        "Size": 5,
        "Created": 7,
    }
    assert listing.images([answer]) == (
        ObservedImage(id="sha256:7d02", tags=("nginx:1.27", "nginx@sha256:ab"), size=5, created=7),
    )


@pytest.mark.parametrize(
    "answer",
    [None, {}, "[]", [None, 1], [["x"]], [{"Id": ""}], [recorded(State="")], [recorded(Labels=[])]],
)
def test_an_answer_that_is_no_list_of_containers_is_garbled_and_never_empty(answer: object) -> None:
    with pytest.raises(GarbledError):
        listing.containers(answer)


@pytest.mark.parametrize("answer", [None, [], {}, {"Volumes": {}}])
def test_an_answer_without_volumes_is_garbled_and_never_empty(answer: object) -> None:
    with pytest.raises(GarbledError):
        listing.volumes(answer)


def test_facts_know_log_drivers_of_plug_ins_without_their_tag() -> None:
    answer = {"NCPU": 4, "Plugins": {"Log": ["json-file", "grafana/loki:latest"]}}
    assert listing.facts(answer) == EngineFacts(
        cpus=4, log_drivers=frozenset({"json-file", "grafana/loki", "grafana/loki:latest"})
    )
