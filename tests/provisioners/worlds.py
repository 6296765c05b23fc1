"""A world for each type that comes with scs, in which the conformance suite runs; knows no test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from provisioners import bind, bridge, docker_volume, external, local, modes, sub, tmpfs
from scs.contract.context import Context
from scs.contract.engine import Engine
from scs.model.identity import Identity
from scs.model.steps import Do, Goal, Present
from scs.model.storage import Spec, Volume
from tests.fakes.context import context
from tests.fakes.engine import FakeEngine
from tests.provisioners.passes import NetworkWorld, VolumeWorld

HOUR = 3600.0
_numbers = itertools.count(1)


def spec(type_: str, key: str, options: Mapping[str, Any], folder: Path | str = "/") -> Spec:
    """A volume or network of `dev/blog`."""
    identity = Identity(environment="dev", service="blog")
    return Spec(identity=identity, key=key, name=identity.name(key), type=type_, options=options, folder=str(folder))


class Own:
    """A manifest of its own for each world, so that several can share a real engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.identity = Identity(environment="dev", service=f"blog{next(_numbers)}")

    def spec(self, type_: str, key: str, options: Mapping[str, Any]) -> Spec:
        return Spec(identity=self.identity, key=key, name=self.identity.name(key), type=type_, options=options)


class LocalWorld(VolumeWorld):
    type = "local"
    provisioner = local.Local()

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"world{next(_numbers)}" / "blog" / "db"

    def spec(self) -> Spec:
        return spec("local", "db", {"path": str(self.path), "owner": "1234:1235", "mode": "0750"})

    def context(self) -> Context:
        return context(seconds=HOUR)

    def put_data(self, thing: Volume) -> None:
        (self.path / "row").write_text("precious")

    def has_data(self, thing: Volume) -> bool:
        return (self.path / "row").exists()


class BindWorld(VolumeWorld):
    type = "bind"
    provisioner = bind.Bind()

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"world{next(_numbers)}"
        (self.folder / "code").mkdir(parents=True)
        (self.folder / "code" / "app.py").write_text("precious")

    def spec(self) -> Spec:
        return spec("bind", "code", {"source": "./code"}, self.folder)

    def context(self) -> Context:
        return context(seconds=HOUR)

    def has_data(self, thing: Volume) -> bool:
        return (self.folder / "code" / "app.py").exists()


class TmpfsWorld(VolumeWorld):
    type = "tmpfs"
    provisioner = tmpfs.Tmpfs()

    def spec(self) -> Spec:
        return spec("tmpfs", "cache", {"size": "16MiB", "mode": "1777"})

    def context(self) -> Context:
        return context(seconds=HOUR)


class DockerWorld(VolumeWorld):
    type = "docker"
    provisioner = docker_volume.DockerVolume()

    def __init__(self, engine: Engine) -> None:
        self.own = Own(engine)

    def spec(self) -> Spec:
        return self.own.spec("docker", "db", {})

    def context(self) -> Context:
        return context(self.own.engine, seconds=HOUR)

    def put_data(self, thing: Volume) -> None:
        self._row(thing).write_text("precious")

    def has_data(self, thing: Volume) -> bool:
        there = any(one.name == thing.name for one in self.own.engine.list().volumes)
        return there and self._row(thing).exists()

    def _row(self, thing: Volume) -> Path:
        found = next(one for one in self.own.engine.list().volumes if one.name == thing.name)
        return Path(found.mountpoint) / "row"


class SubWorld(VolumeWorld):
    """In the volume of another world, which is there already."""

    type = "sub"
    provisioner = sub.Sub()

    def __init__(self, around: VolumeWorld) -> None:
        self.around = around
        self.parent = around.prepare(around.spec())
        steps = around.provisioner.steps(
            self.parent, around.provisioner.observe(self.parent, around.context()), Goal.PRESENT
        )
        assert isinstance(steps, Do)
        for step in steps.steps:
            around.provisioner.perform(self.parent, step, around.context())

    def spec(self) -> Spec:
        identity = self.around.spec().identity
        options = {"of": "db", "path": "logs/binlog"}
        return Spec(identity=identity, key="binlog", name=identity.name("binlog"), type="sub", options=options)

    def context(self) -> Context:
        outer, parent = self.around.context(), self.around.prepare(self.around.spec())
        seen = self.around.provisioner.observe(parent, outer)
        assert isinstance(seen, Present)
        return replace(outer, parents={parent.name: self.around.provisioner.binding(parent, seen)})

    def put_data(self, thing: Volume) -> None:
        self._row(thing).write_text("precious")

    def has_data(self, thing: Volume) -> bool:
        return self._row(thing).exists()

    def _row(self, thing: Volume) -> Path:
        place = sub.place(thing, self.context())
        assert place is not None
        return Path(place) / "row"


class BridgeWorld(NetworkWorld):
    type = "bridge"
    provisioner = bridge.Bridge()

    def __init__(self, engine: Engine) -> None:
        self.own = Own(engine)
        self.subnet = f"10.11.{next(_numbers) % 250}.0/24"

    def spec(self) -> Spec:
        dynamic = self.subnet.replace(".0/24", ".128/25")
        return self.own.spec("bridge", "net", {"subnet": self.subnet, "dynamic": dynamic, "internal": True})

    def context(self) -> Context:
        return context(self.own.engine, seconds=HOUR)


class PickedBridgeWorld(BridgeWorld):
    """The engine picks the subnet; the second family is named."""

    def spec(self) -> Spec:
        ipv6 = {"subnet": f"fd00:11:{self.subnet.split('.')[2]}::/64"}
        return self.own.spec("bridge", "net", {"ipv6": ipv6})


class ExternalWorld(NetworkWorld):
    """Over an engine that has a network `office`."""

    type = "external"
    provisioner = external.External()

    def __init__(self, engine: Engine) -> None:
        self.own = Own(engine)

    def spec(self) -> Spec:
        return self.own.spec("external", "office", {"name": "office"})

    def context(self) -> Context:
        return context(self.own.engine, seconds=HOUR)


class HostWorld(NetworkWorld):
    type = "host"
    provisioner = modes.Host()

    def spec(self) -> Spec:
        return spec("host", "net", {})

    def context(self) -> Context:
        return context(seconds=HOUR)


class NoneWorld(NetworkWorld):
    type = "none"
    provisioner = modes.NoNetwork()

    def spec(self) -> Spec:
        return spec("none", "net", {})

    def context(self) -> Context:
        return context(seconds=HOUR)


def office() -> FakeEngine:
    engine = FakeEngine()
    engine.add_network("office", subnets=("10.99.0.0/24",))
    return engine


def engine_in(folder: Path) -> FakeEngine:
    """An engine whose volumes are real folders."""
    return FakeEngine(volumes_folder=folder / f"engine{next(_numbers)}")


VOLUMES: Mapping[str, Callable[[Path], VolumeWorld]] = {
    "local": LocalWorld,
    "bind": BindWorld,
    "tmpfs": lambda _: TmpfsWorld(),
    "docker": lambda folder: DockerWorld(engine_in(folder)),
    "sub": lambda folder: SubWorld(LocalWorld(folder)),
    "sub in docker": lambda folder: SubWorld(DockerWorld(engine_in(folder))),
}
NETWORKS: Mapping[str, Callable[[], NetworkWorld]] = {
    "bridge": lambda: BridgeWorld(FakeEngine()),
    "bridge, subnet picked": lambda: PickedBridgeWorld(FakeEngine()),
    "external": lambda: ExternalWorld(office()),
    "host": HostWorld,
    "none": NoneWorld,
}
