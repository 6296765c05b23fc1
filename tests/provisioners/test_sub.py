"""Volumes of type `sub`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provisioners.docker_volume import DockerVolume
from provisioners.local import Local
from provisioners.sub import Sub
from provisioners.tmpfs import Tmpfs
from scs.contract import errors
from scs.contract.context import Context
from scs.model import storage
from scs.model.problem import InvalidSpec
from scs.model.steps import Absent, Do, Goal, Present, Refused, Step, Unknown
from scs.model.storage import EngineVolume, HostPath, Volume
from tests.fakes.context import context
from tests.fakes.engine import FakeEngine
from tests.provisioners.worlds import spec

SUB = Sub()
MAKE = Step(operation="make", says="make the folder binlog in volume dev-blog-db")


def in_local(folder: Path, **options: str) -> Volume:
    parent = Local().prepare(spec("local", "db", {"path": str(folder)}), None)
    return SUB.prepare(spec("sub", "binlog", {"of": "db", **options}), parent)


def below(path: Path) -> Context:
    return context(parents={"dev-blog-db": HostPath(path=str(path))})


def test_its_folder_is_its_own_key_inside_the_other_volume(tmp_path: Path) -> None:
    wanted = in_local(tmp_path)
    assert (wanted.parent, dict(wanted.options)) == ("dev-blog-db", {"of": "db", "path": "binlog"})
    assert SUB.observe(wanted, below(tmp_path)) == Absent()
    assert SUB.steps(wanted, Absent(), Goal.PRESENT) == Do(steps=(MAKE,))
    SUB.perform(wanted, MAKE, below(tmp_path))
    seen = SUB.observe(wanted, below(tmp_path))
    path = f"{tmp_path}/binlog"
    assert seen == Present(facts={"path": path, "empty": True}, rests_on=(path,))
    assert SUB.binding(wanted, Present(facts=seen.facts)) == HostPath(path=f"{tmp_path}/binlog")


def test_it_belongs_to_whom_the_other_volume_belongs(tmp_path: Path) -> None:
    os.chown(tmp_path, 999, 998)
    SUB.perform(in_local(tmp_path, path="a/b"), MAKE, below(tmp_path))
    assert [(tmp_path / part).stat().st_uid for part in ("a", "a/b")] == [999, 999]


def test_it_is_made_after_a_volume_that_is_not_there_yet(tmp_path: Path) -> None:
    wanted = in_local(tmp_path)
    assert SUB.observe(wanted, context()) == Absent()
    with pytest.raises(errors.Retry) as caught:
        SUB.perform(wanted, MAKE, context())
    assert caught.value.why == "volume dev-blog-db, in which dev-blog-binlog lies, is not there yet"


def test_it_lies_in_the_engines_folder_of_a_named_volume(tmp_path: Path) -> None:
    engine = FakeEngine(volumes_folder=tmp_path)
    folder = engine.add_volume("dev-blog-db")
    parent = DockerVolume().prepare(spec("docker", "db", {}), None)
    wanted = SUB.prepare(spec("sub", "binlog", {"of": "db"}), parent)
    here = context(engine, parents={"dev-blog-db": EngineVolume(name="dev-blog-db")})
    SUB.perform(wanted, MAKE, here)
    path = f"{folder}/binlog"
    assert SUB.observe(wanted, here) == Present(facts={"path": path, "empty": True}, rests_on=(path,))


def test_nothing_is_made_where_the_engine_mounts_something_over_later(tmp_path: Path) -> None:
    engine = FakeEngine(volumes_folder=tmp_path)
    folder = engine.add_volume("dev-blog-db", options={"type": "nfs", "device": ":/x"})
    wanted = in_local(tmp_path)
    here = context(engine, parents={"dev-blog-db": EngineVolume(name="dev-blog-db")})
    why = (
        "the engine mounts its volume dev-blog-db only while a container uses it (driver local with options of its "
        "own), so that no folder can be made in it: let this one lie in a volume of type local, or in one of type "
        "docker without options"
    )
    assert SUB.observe(wanted, here) == Unknown(why=why)
    with pytest.raises(errors.Refusal, match="only while a container uses it"):
        SUB.perform(wanted, MAKE, here)
    assert list(folder.iterdir()) == []


def test_a_link_that_a_container_left_in_the_volume_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "binlog").symlink_to("/etc")
    seen = SUB.observe(in_local(tmp_path), below(tmp_path))
    assert isinstance(seen, Unknown)
    assert seen.why.startswith(f"{tmp_path}/binlog is a symbolic link to /etc, and scs follows none")


def test_memory_holds_no_other_volume() -> None:
    parent = Tmpfs().prepare(spec("tmpfs", "db", {}), None)
    with pytest.raises(InvalidSpec) as caught:
        SUB.prepare(spec("sub", "binlog", {"of": "db"}), parent)
    assert (caught.value.option, caught.value.message, caught.value.hint) == (
        "of",
        "volume db is memory of one container, in which no other volume can lie",
        "use a tmpfs of its own",
    )


def test_memory_of_another_type_holds_no_other_volume_either(tmp_path: Path) -> None:
    here = context(parents={"dev-blog-db": storage.Tmpfs()})
    assert isinstance(SUB.observe(in_local(tmp_path), here), Unknown)


def test_a_volume_that_is_not_in_the_manifest_is_named() -> None:
    with pytest.raises(InvalidSpec) as caught:
        SUB.prepare(spec("sub", "binlog", {"of": "db"}), None)
    assert (caught.value.option, caught.value.message) == ("of", "there is no such volume")


@pytest.mark.parametrize("path", ["..", "../x", "/x", "a/../../x"])
def test_it_never_leaves_the_other_volume(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidSpec, match="does not stay inside the volume"):
        in_local(tmp_path, path=path)


def test_it_goes_with_the_volume_that_it_lies_in(tmp_path: Path) -> None:
    assert in_local(tmp_path).digest != in_local(tmp_path / "other").digest
    assert in_local(tmp_path).digest != in_local(tmp_path, path="other").digest
    assert in_local(tmp_path).scope == "host"


def test_its_data_is_never_removed(tmp_path: Path) -> None:
    wanted = in_local(tmp_path)
    SUB.perform(wanted, MAKE, below(tmp_path))
    (tmp_path / "binlog" / "row").write_text("precious")
    assert SUB.steps(wanted, SUB.observe(wanted, below(tmp_path)), Goal.DELETED) == Refused(
        why=f"{tmp_path}/binlog holds data, and scs never deletes folders: look at it, then remove it yourself with "
        f"'rm -r {tmp_path}/binlog'"
    )
