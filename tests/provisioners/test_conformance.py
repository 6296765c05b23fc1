"""Every registered type, held to the contract: over the engine in memory, and over a real one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from scs.adapters.docker.engine import DockerEngine
from tests.provisioners import conformance, passes, worlds
from tests.testbed.host import Host

ROOT = Path(__file__).parents[2]


class TestVolumes(conformance.VolumeSuite):
    """Each type in its world."""

    @pytest.fixture(params=worlds.VOLUMES)
    def fresh(self, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], passes.VolumeWorld]:
        return lambda: worlds.VOLUMES[request.param](tmp_path)


class TestNetworks(conformance.NetworkSuite):
    """Each type in its world."""

    @pytest.fixture(params=worlds.NETWORKS)
    def fresh(self, request: pytest.FixtureRequest) -> Callable[[], passes.NetworkWorld]:
        return worlds.NETWORKS[request.param]


class TestVolumesOfARealEngine(conformance.VolumeDeeds):
    """The types that ask the engine for something."""

    @pytest.fixture(params=["docker", "sub in docker"])
    def fresh(self, request: pytest.FixtureRequest, host: Host) -> Callable[[], passes.VolumeWorld]:
        engine = DockerEngine(host.socket)
        make: dict[str, Callable[[], passes.VolumeWorld]] = {
            "docker": lambda: worlds.DockerWorld(engine),
            "sub in docker": lambda: worlds.SubWorld(worlds.DockerWorld(engine)),
        }
        return make[request.param]


class TestNetworksOfARealEngine(conformance.NetworkDeeds):
    """The types that ask the engine for something."""

    @pytest.fixture(params=["bridge", "bridge, subnet picked", "external"])
    def fresh(self, request: pytest.FixtureRequest, host: Host) -> Callable[[], passes.NetworkWorld]:
        engine = DockerEngine(host.socket)
        host.docker("network", "create", "office")
        make: dict[str, Callable[[], passes.NetworkWorld]] = {
            "bridge": lambda: worlds.BridgeWorld(engine),
            "bridge, subnet picked": lambda: worlds.PickedBridgeWorld(engine),
            "external": lambda: worlds.ExternalWorld(engine),
        }
        return make[request.param]


def test_every_registered_type_of_volume_has_a_world(tmp_path: Path) -> None:
    made = [make(tmp_path) for make in worlds.VOLUMES.values()]
    assert {world.type: type(world.provisioner) for world in made} == registered("scs.volumes")


def test_every_registered_type_of_network_has_a_world() -> None:
    made = [make() for make in worlds.NETWORKS.values()]
    assert {world.type: type(world.provisioner) for world in made} == registered("scs.networks")


def registered(group: str) -> dict[str, object]:
    """The classes behind the project's own entry points, by the word that manifests use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    entries = (metadata.EntryPoint(name, target, group) for name, target in project["entry-points"][group].items())
    return {entry.name: entry.load() for entry in entries}
