"""What the provisioners ask of a real engine, as that engine shows it afterwards."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
from docker import APIClient

from provisioners import ownership
from provisioners.bridge import Bridge
from provisioners.docker_volume import DockerVolume
from scs.adapters.docker.engine import DockerEngine
from scs.contract import errors
from scs.contract.engine import Engine
from scs.model.steps import Do, Goal
from scs.model.storage import Network
from tests.fakes.context import context
from tests.provisioners.worlds import spec
from tests.testbed.host import Host

BRIDGE, DOCKER = Bridge(), DockerVolume()


@pytest.fixture
def engine(host: Host) -> Engine:
    return DockerEngine(host.socket)


def apply(wanted: Network, engine: Engine) -> None:
    steps = BRIDGE.steps(wanted, BRIDGE.observe(wanted, context(engine)), Goal.PRESENT)
    assert isinstance(steps, Do)
    for step in steps.steps:
        BRIDGE.perform(wanted, step, context(engine))
    assert BRIDGE.steps(wanted, BRIDGE.observe(wanted, context(engine)), Goal.PRESENT) == Do()


def shown(host: Host, name: str) -> Any:
    return json.loads(host.docker("network", "inspect", name))[0]


def test_a_network_has_the_ranges_and_options_of_the_manifest(host: Host, engine: Engine) -> None:
    options = {
        "subnet": "10.11.12.0/24",
        "dynamic": "10.11.12.128/25",
        "ipv6": {"subnet": "fd00:11:12::/64"},
        "internal": True,
        "driver_options": {"com.docker.network.driver.mtu": 1400},
    }
    wanted = BRIDGE.prepare(spec("bridge", "net", options))
    apply(wanted, engine)
    found = shown(host, "dev-blog-net")
    assert found["IPAM"]["Config"] == [
        {"Subnet": "10.11.12.0/24", "IPRange": "10.11.12.128/25", "Gateway": "10.11.12.1"},
        {"Subnet": "fd00:11:12::/64", "Gateway": "fd00:11:12::1"},
    ]
    assert (found["Internal"], found["EnableIPv6"]) == (True, True)
    assert found["Options"] == {"com.docker.network.driver.mtu": "1400"}
    assert found["Labels"] == ownership.marks(wanted)


def test_a_changed_network_is_made_again(host: Host, engine: Engine) -> None:
    apply(BRIDGE.prepare(spec("bridge", "net", {"subnet": "10.11.12.0/24"})), engine)
    apply(BRIDGE.prepare(spec("bridge", "net", {"subnet": "10.11.13.0/24"})), engine)
    assert shown(host, "dev-blog-net")["IPAM"]["Config"] == [{"Subnet": "10.11.13.0/24", "Gateway": "10.11.13.1"}]


def test_of_two_networks_that_callers_made_at_once_one_is_left(host: Host, engine: Engine) -> None:
    wanted = BRIDGE.prepare(spec("bridge", "net", {}))
    with closing(APIClient(base_url=host.socket)) as client:
        for _ in range(2):
            client.create_network(wanted.name, check_duplicate=False, labels=ownership.marks(wanted))
    ids = sorted(one.id for one in engine.list().networks if one.name == wanted.name)
    assert len(ids) == 2
    apply(wanted, engine)
    assert [one.id for one in engine.list().networks if one.name == wanted.name] == ids[:1]


def test_a_volume_of_somebody_else_stays_what_it_is(host: Host, engine: Engine) -> None:
    wanted = DOCKER.prepare(spec("docker", "db", {}), None)
    before = context(engine)
    host.docker("volume", "create", "--label", "mine=1", "dev-blog-db")
    step = DOCKER.steps(wanted, DOCKER.observe(wanted, before), Goal.PRESENT)
    assert isinstance(step, Do)
    with pytest.raises(errors.Refusal) as refused:
        DOCKER.perform(wanted, step.steps[0], before)
    assert refused.value.why == (
        "the engine has a volume dev-blog-db already, made by something else than scs, not for dev/blog: give this "
        "volume another 'name', or save what is in the other and remove it with 'docker volume rm dev-blog-db'"
    )
    assert json.loads(host.docker("volume", "inspect", "dev-blog-db"))[0]["Labels"] == {"mine": "1"}
