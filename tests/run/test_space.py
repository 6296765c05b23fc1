"""When disks are looked at, and that what runs goes on running where they are full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scs.model.container import Container, Process
from scs.model.desired import Desired
from scs.model.image import ReferencedImage
from scs.model.plan import Goals
from scs.model.space import Left
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

DOCKER = "/var/lib/docker"
OWN = ("/run/scs", "/var/lib/scs")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    made = Surroundings(tmp_path)
    made.world = replace(made.world, folders={"own": OWN, "build": ("/tmp",)})
    return made


def wish(command: str) -> Desired:
    web = Container(
        identity=manifests.BLOG,
        role="web",
        number=1,
        image=ReferencedImage(reference="bb:1"),
        process=Process(command=(command,)),
    )
    return Desired(identity=manifests.BLOG, containers=(web,))


def apply(desired: Desired, around: Surroundings) -> list[str]:
    around.host.rooms.clear()
    around.engine.calls.clear()
    report = loop.reconcile_all(desired, Goals(), around.world, around.reporter)
    return [str(one) for one in report.blocked]


def test_disks_are_looked_at_once_a_pass_and_only_where_something_is_made(around: Surroundings) -> None:
    assert apply(wish("one"), around) == []
    assert around.host.rooms == [(DOCKER, *OWN)]
    assert apply(wish("one"), around) == []
    assert around.host.rooms == []


def test_on_a_full_disk_nothing_is_changed(around: Surroundings) -> None:
    apply(wish("one"), around)
    around.host.left[DOCKER] = Left(bytes=34 * 1024 * 1024)
    assert apply(wish("two"), around) == [
        f"blocked  container {manifests.BLOG.name('web', 1)}: the engine's folder {DOCKER} has 34 MiB left, and 200 "
        "MiB are needed to make a container: free some, 'docker system df' shows what takes it"
    ]
    assert around.engine.calls == []
    del around.host.left[DOCKER]
    assert apply(wish("two"), around) == []


def test_an_engine_whose_folder_is_elsewhere_is_not_looked_at(around: Surroundings) -> None:
    around.host.missing.add(DOCKER)
    around.host.left[DOCKER] = Left(bytes=0)
    assert apply(wish("one"), around) == []
    assert around.host.rooms == [OWN]
