"""Volumes of type `bind`."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioners.bind import Bind
from scs.contract import errors
from scs.model.problem import InvalidSpec
from scs.model.steps import Do, Goal, Present, Refused, Step, Unknown
from scs.model.storage import HostPath, Volume
from tests.fakes.context import context
from tests.provisioners.worlds import spec

BIND = Bind()


def volume(source: str, folder: Path | str = "/") -> Volume:
    return BIND.prepare(spec("bind", "code", {"source": source}, folder), None)


def test_a_relative_source_counts_from_the_manifests_folder(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "site").mkdir()
    wanted = volume("../code", tmp_path / "site")
    seen = BIND.observe(wanted, context())
    path = f"{tmp_path}/code"
    assert seen == Present(facts={"path": path, "empty": True}, rests_on=(path,))
    assert BIND.binding(wanted, Present(facts=seen.facts)) == HostPath(path=f"{tmp_path}/code")


def test_a_file_will_do(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("")
    wanted = volume("nginx.conf", tmp_path)
    assert BIND.steps(wanted, BIND.observe(wanted, context()), Goal.PRESENT) == Do()


def test_a_source_that_is_missing_is_not_made(tmp_path: Path) -> None:
    wanted = volume("code", tmp_path)
    seen = BIND.observe(wanted, context())
    assert BIND.steps(wanted, seen, Goal.PRESENT) == Refused(
        why=f"{tmp_path}/code does not exist: scs does not make it"
    )
    assert BIND.steps(wanted, seen, Goal.RELEASED) == Do()
    assert BIND.steps(wanted, seen, Goal.DELETED) == Do()
    assert not (tmp_path / "code").exists()


def test_a_source_is_never_removed(tmp_path: Path) -> None:
    wanted = volume(str(tmp_path))
    assert BIND.steps(wanted, BIND.observe(wanted, context()), Goal.DELETED) == Refused(
        why=f"{tmp_path} was not made by scs, which does not remove it: do it yourself if it may go"
    )
    with pytest.raises(errors.Refusal) as caught:
        BIND.perform(wanted, Step(operation="remove", says="remove it"), context())
    assert caught.value.why == "dev-blog-code: a volume of type bind has no step remove"
    assert tmp_path.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "code").symlink_to("real")
    assert isinstance(BIND.observe(volume("code", tmp_path), context()), Unknown)


@pytest.mark.parametrize("source", ["/var/run/docker.sock", "/", "/etc/passwd", "../../../etc"])
def test_a_path_of_the_system_needs_the_named_key(source: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        volume(source, "/srv/blog")
    assert caught.value.option == "source"
    allowed = {"source": source, "allow_system_path": True}
    assert BIND.prepare(spec("bind", "code", allowed, "/srv/blog"), None).options["allow_system_path"] is True
