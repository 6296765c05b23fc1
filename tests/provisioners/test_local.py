"""Volumes of type `local`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioners import mounts
from provisioners.local import Local
from scs.contract import errors
from scs.model.problem import InvalidSpec
from scs.model.steps import Absent, Change, Do, Goal, Present, Refused, Step, Unknown
from scs.model.storage import HostPath, Volume
from tests.fakes.context import Children, Hanging, context
from tests.fakes.engine import FakeEngine
from tests.provisioners.worlds import spec

LOCAL = Local()


def volume(path: Path | str, **options: Any) -> Volume:
    return LOCAL.prepare(spec("local", "db", {"path": str(path), **options}), None)


def apply(wanted: Volume, goal: Goal = Goal.PRESENT) -> None:
    steps = LOCAL.steps(wanted, LOCAL.observe(wanted, context()), goal)
    assert isinstance(steps, Do)
    for step in steps.steps:
        LOCAL.perform(wanted, step, context())


def test_a_missing_folder_is_made_and_says_how(tmp_path: Path) -> None:
    wanted = volume(tmp_path / "blog" / "db", owner="1234:1235", mode="0750")
    assert LOCAL.steps(wanted, Absent(), Goal.PRESENT) == Do(
        steps=(Step(operation="make", says=f"make the folder {tmp_path}/blog/db for 1234:1235 with mode 0750"),)
    )
    apply(wanted)
    made = (tmp_path / "blog" / "db").stat()
    assert (made.st_uid, made.st_gid, oct(made.st_mode)) == (1234, 1235, "0o40750")
    path = f"{tmp_path}/blog/db"
    assert LOCAL.observe(wanted, context()) == Present(facts={"path": path, "empty": True}, rests_on=(path,))
    assert LOCAL.binding(wanted, Present(facts={"path": f"{tmp_path}/blog/db"})) == HostPath(path=f"{tmp_path}/blog/db")


def test_names_are_those_of_the_host(tmp_path: Path) -> None:
    apply(volume(tmp_path / "db", owner="nobody:nogroup"))
    assert (tmp_path / "db").owner() == "nobody"
    assert (tmp_path / "db").group() == "nogroup"


@pytest.mark.parametrize(("owner", "kind", "name"), [("nosuch:root", "user", "nosuch"), ("root:none", "group", "none")])
def test_a_name_that_the_host_does_not_know_is_refused_before_anything_is_made(
    tmp_path: Path, owner: str, kind: str, name: str
) -> None:
    wanted = volume(tmp_path / "db", owner=owner)
    assert LOCAL.steps(wanted, LOCAL.observe(wanted, context()), Goal.PRESENT) == Refused(
        why=f"this host knows no {kind} {name}: write the number that it has in the image, such as "
        f'owner: "999:999", or make the {kind} here first'
    )
    assert LOCAL.steps(wanted, LOCAL.observe(wanted, context()), Goal.RELEASED) == Do()


def test_a_folder_that_is_there_keeps_its_owner_and_its_mode(tmp_path: Path) -> None:
    wanted = volume(tmp_path, owner="1234:1235", mode="0777")
    before = tmp_path.stat()
    assert LOCAL.steps(wanted, LOCAL.observe(wanted, context()), Goal.PRESENT) == Do()
    LOCAL.perform(wanted, Step(operation="make", says="make it"), context())
    assert (tmp_path.stat().st_uid, tmp_path.stat().st_mode) == (before.st_uid, before.st_mode)


def test_another_owner_is_no_reason_to_replace_containers(tmp_path: Path) -> None:
    assert volume(tmp_path).digest == volume(tmp_path, owner="1:1", mode="0700").digest
    assert volume(tmp_path).digest != volume(tmp_path / "other").digest


def test_a_folder_with_data_is_never_removed(tmp_path: Path) -> None:
    wanted = volume(tmp_path / "my db")
    apply(wanted)
    (tmp_path / "my db" / "row").write_text("precious")
    why = (
        f"{tmp_path}/my db holds data, and scs never deletes folders: look at it, then remove it yourself with "
        f"'rm -r '{tmp_path}/my db''"
    )
    assert LOCAL.steps(wanted, LOCAL.observe(wanted, context()), Goal.DELETED) == Refused(why=why)
    with pytest.raises(errors.Refusal) as caught:
        LOCAL.perform(wanted, Step(operation="remove", says="remove it"), context())
    assert caught.value.why == why
    assert (tmp_path / "my db" / "row").exists()


def test_an_empty_folder_is_removed_when_its_deletion_is_asked_for_and_not_before(tmp_path: Path) -> None:
    wanted = volume(tmp_path / "blog" / "db")
    apply(wanted)
    apply(wanted, Goal.RELEASED)
    assert (tmp_path / "blog" / "db").exists()
    assert LOCAL.steps(wanted, LOCAL.observe(wanted, context()), Goal.DELETED) == Do(
        steps=(
            Step(
                operation="remove",
                says=f"remove the empty folder {tmp_path}/blog/db",
                change=Change.REMOVE,
                exclusive=True,
            ),
        )
    )
    apply(wanted, Goal.DELETED)
    assert not (tmp_path / "blog" / "db").exists()
    assert (tmp_path / "blog").exists()


def test_a_file_in_its_place_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("precious")
    seen = LOCAL.observe(volume(tmp_path / "db"), context())
    assert seen == Unknown(why=f"{tmp_path}/db is there and is not a folder: move it away, or name another path")


def test_a_link_on_the_way_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    wanted = volume(tmp_path / "link" / "db")
    why = (
        f"{tmp_path}/link is a symbolic link to {tmp_path}/real, and scs follows none: write the path that it leads to"
    )
    assert LOCAL.observe(wanted, context()) == Unknown(why=why)
    with pytest.raises(errors.Failure, match="is a symbolic link"):
        LOCAL.perform(wanted, Step(operation="make", says="make it"), context())
    assert list((tmp_path / "real").iterdir()) == []


def test_a_look_at_what_is_there_starts_no_process_and_asks_the_engine_nothing(tmp_path: Path) -> None:
    engine, children = FakeEngine(), Children()
    here = context(engine, commands=children)
    assert isinstance(LOCAL.observe(volume(tmp_path), here), Present)
    assert (children.run_so_far, engine.calls) == ([], [])


def test_a_filesystem_that_does_not_answer_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = mounts.Table(mounted=(mounts.Mount(at=str(tmp_path), kind="nfs", source="10.0.0.5:/x"),))
    monkeypatch.setattr(mounts, "read", lambda: table)
    seen = LOCAL.observe(volume(tmp_path / "db"), context(commands=Hanging()))
    assert isinstance(seen, Unknown)
    assert seen.why.startswith(f"{tmp_path}/db: {tmp_path} (nfs from 10.0.0.5:/x) did not answer within 5 s")


@pytest.mark.parametrize("path", ["/etc/scs-test", "/", "/var/lib/docker/x", "/usr/x"])
def test_a_path_of_the_system_needs_the_named_key(path: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        volume(path)
    assert (caught.value.option, caught.value.hint) == (
        "path",
        "say 'allow_system_path: true' beside it if that is meant",
    )
    assert volume(path, allow_system_path=True).options["path"] == path


def test_the_engines_own_socket_needs_the_named_key_wherever_it_is(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.address = f"unix://{tmp_path}/engine/docker.sock"
    (tmp_path / "engine").mkdir()
    assert LOCAL.observe(volume(tmp_path / "engine"), context(engine)) == Unknown(
        why=f"{tmp_path}/engine holds the engine's socket {tmp_path}/engine/docker.sock, and who has that rules this "
        "host: say 'allow_system_path: true' beside it if that is meant"
    )
    allowed = volume(tmp_path / "engine", allow_system_path=True)
    assert isinstance(LOCAL.observe(allowed, context(engine)), Present)


@pytest.mark.parametrize(
    ("options", "option"), [({"mode": "rwx"}, "mode"), ({"owner": "mysql"}, "owner"), ({"path": "db"}, "path")]
)
def test_a_mistake_names_its_option(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        LOCAL.prepare(spec("local", "db", {"path": "/srv/db", **options}), None)
    assert caught.value.option == option
