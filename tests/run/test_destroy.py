"""What destroy says of the volumes that it keeps: for each type, what asking for their deletion would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioners import bind, docker_volume, local, sub, tmpfs
from scs.contract.provisioner import VolumeProvisioner
from scs.model.desired import Desired
from scs.model.observed import ObservedContainer
from scs.model.outcome import Report
from scs.model.plan import Goals
from scs.model.storage import Volume
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.provisioners.worlds import spec

TYPES: Mapping[str, VolumeProvisioner] = {
    "bind": bind.Bind(),
    "docker": docker_volume.DockerVolume(),
    "local": local.Local(),
    "sub": sub.Sub(),
    "tmpfs": tmpfs.Tmpfs(),
}


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def volume(type_: str, key: str, *, parent: Volume | None = None, **options: Any) -> Volume:
    return TYPES[type_].prepare(spec(type_, key, options), parent)


def made(around: Surroundings, *volumes: Volume) -> None:
    desired = Desired(identity=volumes[0].identity, volumes=volumes)
    loop.reconcile_all(desired, Goals(), replace(around.world, volumes=TYPES), around.reporter)


def destroyed(around: Surroundings, *volumes: Volume, delete: tuple[str, ...] = ()) -> Report:
    goals = Goals(destroy=True, delete_data=frozenset(delete))
    desired = Desired(identity=volumes[0].identity, volumes=volumes)
    return loop.reconcile_all(desired, goals, replace(around.world, volumes=TYPES), around.reporter)


def kept(around: Surroundings, *volumes: Volume) -> list[str]:
    """What destroy keeps of volumes, which are all made first where they are not there yet."""
    made(around, *volumes)
    report = destroyed(around, *volumes)
    assert report.converged
    return list(report.kept)


def test_an_engines_volume_is_kept_and_deleted_where_it_is_named(around: Surroundings) -> None:
    assert kept(around, volume("docker", "data")) == [
        "volume data is kept with its data (--delete-data data deletes it)"
    ]


def test_an_engines_volume_that_others_use_would_not_be_deleted(around: Surroundings) -> None:
    backup = ObservedContainer(id="b" * 64, name="backup", volumes=("dev-blog-data",))
    around.engine.listing = replace(around.engine.listing, containers=(backup,))
    assert kept(around, volume("docker", "data")) == [
        "volume data is kept with its data: volume dev-blog-data is used by backup, not of dev/blog: "
        "remove what uses it first"
    ]


def test_an_empty_folder_is_kept_and_deleted_where_it_is_named(around: Surroundings, tmp_path: Path) -> None:
    db = volume("local", "db", path=str(tmp_path / "db"))
    assert kept(around, db) == ["volume db is kept (--delete-data db deletes it)"]


def test_a_folder_that_holds_data_would_not_be_deleted(around: Surroundings, tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.mkdir()
    (path / "row").touch()
    assert kept(around, volume("local", "db", path=str(path))) == [
        f"volume db is kept with its data: {path} holds data, and scs never deletes folders: look at it, then remove "
        f"it yourself with 'rm -r {path}'"
    ]


def test_a_folder_inside_another_is_told_apart_from_that(around: Surroundings, tmp_path: Path) -> None:
    path = tmp_path / "db"
    db = volume("local", "db", path=str(path))
    empty, full = volume("sub", "empty", parent=db, of="db"), volume("sub", "full", parent=db, of="db")
    (path / "full").mkdir(parents=True)
    (path / "full" / "row").touch()
    advice = "holds data, and scs never deletes folders: look at it, then remove it yourself with"
    assert kept(around, db, empty, full) == [
        f"volume full is kept with its data: {path}/full {advice} 'rm -r {path}/full'",
        "volume empty is kept (--delete-data empty deletes it)",
        f"volume db is kept with its data: {path} {advice} 'rm -r {path}'",
    ]


def test_what_scs_did_not_make_is_a_persons_to_remove(around: Surroundings, tmp_path: Path) -> None:
    assert kept(around, volume("bind", "theme", source=str(tmp_path))) == [
        f"volume theme is kept with its data: {tmp_path} was not made by scs, which does not remove it: "
        "do it yourself if it may go"
    ]


def test_memory_is_nothing_to_keep(around: Surroundings) -> None:
    assert kept(around, volume("tmpfs", "scratch")) == []


def test_nothing_is_said_of_a_volume_that_is_not_there(around: Surroundings, tmp_path: Path) -> None:
    db = volume("local", "db", path=str(tmp_path / "db"))
    assert destroyed(around, db).kept == ()


@pytest.fixture
def nested(around: Surroundings, tmp_path: Path) -> tuple[Volume, Volume, Volume]:
    """A volume of the engine, one in it that holds data, and an empty one in that."""
    data = volume("docker", "data")
    logs = volume("sub", "logs", parent=data, of="data")
    old = volume("sub", "old", parent=logs, of="logs")
    made(around, data, logs, old)
    return data, logs, old


def test_data_does_not_go_with_a_volume_around_it_unless_it_is_named(
    around: Surroundings, nested: tuple[Volume, Volume, Volume], tmp_path: Path
) -> None:
    report = destroyed(around, *nested, delete=("data",))
    assert [str(one) for one in report.blocked] == [
        "blocked  volume dev-blog-data: volume logs lies in it and would go with it: say --delete-data logs too if it "
        "may go"
    ]
    logs = tmp_path / "volumes/dev-blog-data/_data/logs"
    assert list(report.kept) == [
        "volume old is kept (--delete-data old deletes it)",
        f"volume logs is kept with its data: {logs} holds data, and scs never deletes folders: look at it, then remove "
        f"it yourself with 'rm -r {logs}'",
    ]
    assert [one.name for one in around.engine.listing.volumes] == ["dev-blog-data"]


def test_data_goes_with_the_volume_around_it_where_all_are_named(
    around: Surroundings, nested: tuple[Volume, Volume, Volume], tmp_path: Path
) -> None:
    (tmp_path / "volumes/dev-blog-data/_data/logs/row").touch()
    report = destroyed(around, *nested, delete=("data", "logs", "old"))
    assert {one.blocked for one in around.reporter.plans} == {()}
    assert report.converged
    assert (report.blocked, report.kept) == ((), ())
    assert around.engine.listing.volumes == ()
