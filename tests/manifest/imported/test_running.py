"""Inspected containers: what the image says itself is left out, what nobody asked for too."""

from __future__ import annotations

from typing import Any

import pytest

from scs.manifest.imported import running
from scs.manifest.imported.inspection import Seen
from tests.manifest.imported.importing import ID, compiled, from_running, role, seen, told

HEALTH = {"Test": ["CMD", "true"], "Interval": 10**10}


@pytest.mark.parametrize(
    ("own", "config", "said"),
    [
        ({}, {}, {}),
        ({"Cmd": ["a"]}, {"Cmd": ["a"]}, {}),
        ({"Cmd": ["a"]}, {"Cmd": ["b"]}, {"command": ["b"]}),
        ({"Cmd": ["a"], "Entrypoint": ["e"]}, {"Cmd": ["a"], "Entrypoint": ["e"]}, {}),
        ({"Cmd": ["a"], "Entrypoint": ["e"]}, {"Cmd": ["a"]}, {"entrypoint": []}),
        ({"Cmd": ["a"], "Entrypoint": ["e"]}, {"Cmd": ["a"], "Entrypoint": ["f"]},
         {"command": ["a"], "entrypoint": ["f"]}),
        ({"Cmd": ["a"], "Entrypoint": ["e"]}, {"Entrypoint": ["e"]}, {"entrypoint": ["e"]}),
        ({"Env": ["A=1", "B=2"]}, {"Env": ["A=1", "B=3", "C"]}, {"env": {"B": 3, "C": None}}),
        ({"Labels": {"a": "1"}}, {"Labels": {"a": "1", "b": "x", "com.docker.compose.oneoff": "False"}},
         {"labels": {"b": "x"}}),
        ({"User": "u", "WorkingDir": "/w", "StopSignal": "SIGINT"},
         {"User": "u", "WorkingDir": "/w", "StopSignal": "SIGINT"}, {}),
        ({"User": "u"}, {"User": "v", "WorkingDir": "/w", "StopSignal": "SIGINT", "StopTimeout": 90},
         {"user": "v", "working_dir": "/w", "stop": {"signal": "SIGINT", "grace": "1m30s"}}),
        ({"Healthcheck": HEALTH}, {"Healthcheck": HEALTH}, {}),
        ({}, {"Healthcheck": HEALTH},
         {"health": {"exec": ["true"], "interval": "10s", "timeout": "30s", "start_period": "0s"}}),
        ({"ExposedPorts": {"80/tcp": {}}}, {"ExposedPorts": {"80/tcp": {}, "81/udp": {}}},
         {"provides": {"port-81-udp": {"port": 81, "protocol": "udp"}}}),
    ],
)  # fmt: skip
def test_what_the_image_says_itself_is_left_out(
    own: dict[str, Any], config: dict[str, Any], said: dict[str, Any]
) -> None:
    found = from_running(seen(config, own=own))
    assert (role(found), told(found)) == (said, [])
    compiled(found)


def test_a_variable_that_scs_has_set_to_a_secret_is_left_out_and_told() -> None:
    labels = {"scs.secrets.variables": '{"PW": "db_password", "GONE": "x"}'}
    found = from_running(seen({"Env": ["A=1", "PW=kanarien-vogel"], "Labels": labels}))
    assert role(found) == {"env": {"A": 1}}
    assert told(found) == [
        "app.Config.Env: the variable PW holds the secret db_password "
        "(say where it is to be had under secrets:, and let the role have it: secrets: {db_password: {env: PW}})"
    ]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({"RestartPolicy": {"Name": "unless-stopped"}}, {}),
        ({"RestartPolicy": {"Name": "always"}}, {"restart": "always"}),
        ({"CpuQuota": 150_000, "CpuPeriod": 100_000}, {"resources": {"cpus": 1.5}}),
        ({"Memory": 100_000_000, "MemorySwap": 200_000_000}, {"resources": {"memory": "100MB"}}),
        ({"Memory": 2**30}, {"resources": {"memory": "1GiB"}}),
        ({"Privileged": True, "SecurityOpt": ["label=disable"]}, {"privileged": True}),
        ({"LogConfig": {"Type": "json-file", "Config": {}}}, {}),
        ({"LogConfig": {"Type": "journald", "Config": {"tag": "x"}}},
         {"log": {"driver": "journald", "options": {"tag": "x"}}}),
        ({"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]}},
         {"provides": {"http": {"port": 80, "publish": "auto"}}}),
        ({"PortBindings": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8"}, {"HostIp": "::", "HostPort": "8"}]}},
         {"provides": {"http": {"port": 80, "publish": 8}}}),
        ({"NetworkMode": "none", "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8"}]}},
         {"networks": {"none": {}}}),
    ],
)  # fmt: skip
def test_limits_and_ports_are_said_in_the_manifests_units(host: dict[str, Any], said: dict[str, Any]) -> None:
    found = from_running(seen(host=host))
    assert (role(found), told(found)) == (said, [])
    compiled(found)


def test_everything_that_is_published_at_random_is_so_again() -> None:
    exposed: dict[str, Any] = {"ExposedPorts": {"80/tcp": {}}}
    found = from_running(seen(exposed, {"PublishAllPorts": True}, own=exposed))
    assert role(found) == {"provides": {"http": {"port": 80, "publish": "auto"}}}


def test_the_engines_own_bridge_beside_another_network_is_referred_to() -> None:
    networks = {"NetworkSettings": {"Networks": {"bridge": {}, "Some.Net": {"IPAMConfig": {"IPv4Address": "10.0.0.2"},
                "Aliases": [ID[:12], "app", "www"]}}}}  # fmt: skip
    found = from_running(seen(**networks))
    assert found.manifest["networks"] == {
        "bridge": {"type": "external", "name": "bridge"},
        "some-net": {"type": "external", "name": "Some.Net"},
    }
    assert role(found) == {"networks": {"bridge": {}, "some-net": {"address": "10.0.0.2", "aliases": ["www"]}}}
    compiled(found)


def test_a_network_of_another_container_is_told() -> None:
    found = from_running(seen(host={"NetworkMode": "container:abc"}))
    assert told(found) == [
        "app.HostConfig.NetworkMode: a container cannot use the network of another "
        "(put both on one network; it is on none for now)"
    ]
    compiled(found)


def test_mounts_whose_keys_would_be_the_same_stand_under_volumes() -> None:
    mounts = [{"Type": "bind", "Source": f"/srv{path}", "Destination": path, "RW": False} for path in ("/a/b", "/a-b")]
    found = from_running(seen(Mounts=mounts))
    assert found.manifest["volumes"] == {"app-a-b-2": {"type": "bind", "source": "/srv/a/b"}}
    assert role(found)["volumes"] == {
        "/a-b": {"type": "bind", "source": "/srv/a-b", "read_only": True},
        "/a/b": {"volume": "app-a-b-2", "read_only": True},
    }
    compiled(found)


def test_an_image_without_a_name_is_told_and_a_tag_that_moved_too() -> None:
    moved = seen()
    nameless = seen({"Image": ID[:12]}, Image=f"sha256:{ID}")
    assert told(from_running(Seen(container=moved.container, image={"RepoTags": ["b:1"]}))) == [
        "app.Config.Image: app:1 names another image by now than the one that runs, sha256:1 "
        "(tag that one, and name the tag, or let the container be replaced)"
    ]
    assert told(from_running(Seen(container=nameless.container, image={"RepoTags": [], "Config": {}}))) == [
        "app.Config.Image: the image has no name, only an id (tag it, and name the tag)"
    ]
    named = from_running(Seen(container=nameless.container, image={"RepoTags": ["app:2"], "Config": {}}))
    assert named.manifest["containers"]["app"]["image"] == "app:2"


def test_what_engines_say_by_themselves_is_no_note() -> None:
    host = {"ShmSize": 67108864, "IpcMode": "private", "Runtime": "runc", "CgroupnsMode": "host", "OomScoreAdj": 0,
            "MemorySwap": 0, "MaskedPaths": ["/proc/acpi"], "ConsoleSize": [0, 0], "Links": None}  # fmt: skip
    assert told(from_running(seen(host=host))) == []


def test_what_no_release_knew_of_is_told() -> None:
    assert told(from_running(seen(host={"Annotations": {"a": "b"}}))) == [
        'app.HostConfig.Annotations: {"a": "b"} cannot be said'
    ]


def test_the_service_is_the_project_or_the_only_container() -> None:
    labels = {"Labels": {"com.docker.compose.project": "Shop"}}
    assert running.service((seen(labels), seen(labels))) == "shop"
    assert running.service((seen(),)) == "app"
    assert running.service((seen(), seen(labels))) is None
