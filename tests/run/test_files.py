"""Files into containers, over the engine in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scs.contract import errors
from scs.contract.engine import ExecResult, OneOff
from scs.model.desired import Desired
from scs.model.files import Command, ContainerFile, Fixed, Later, OnChange, Signal
from scs.model.plan import Goals
from scs.model.service import Endpoint, Required, Static
from scs.run import loop, one_off
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

NAME = "dev-blog-web-1"
HUP = Signal(name="HUP")


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def desired(*files: ContainerFile, port: int = 3306) -> Desired:
    mysql = Required(name="mysql", source=Static(endpoints=(Endpoint(host="10.0.0.5", port=port),)))
    container = replace(manifests.container("web"), files=files, requires=(mysql,))
    return Desired(identity=manifests.BLOG, containers=(container,))


def file(text: str, on_change: OnChange = "recreate", owner: str = "root:root") -> ContainerFile:
    return ContainerFile(path="/etc/a", content=Fixed(text=text), on_change=on_change, owner=owner)


def later(source: str, on_change: OnChange) -> ContainerFile:
    content = Later(source=source, stand_in="x", requires=("mysql",), names={"vars": {"n": 4}})
    return ContainerFile(path="/etc/a", content=content, on_change=on_change)


def apply(around: Surroundings, wish: Desired) -> str:
    """Why it failed; empty when all went well."""
    around.engine.calls.clear()
    report = loop.reconcile_all(wish, Goals(), around.world, around.reporter)
    return "; ".join(one.why for one in report.failed)


def held(around: Surroundings, name: str = NAME) -> str:
    one = around.engine.listing.container(name)
    assert one is not None
    return around.engine.inside[one.id, "/etc/a"].content.decode()


def test_files_are_in_the_container_before_it_starts_and_the_second_run_changes_nothing(around: Surroundings) -> None:
    wish = desired(file("x", HUP, owner="33:34"))
    assert apply(around, wish) == ""
    assert around.engine.calls == [f"create_container {NAME}", f"put_files {NAME} /etc/a", f"start {NAME}"]
    one = next(iter(around.engine.inside.values()))
    assert (one.content, one.mode, one.uid, one.gid) == (b"x", 0o644, 33, 34)
    assert apply(around, wish) == ""
    assert around.engine.calls == []


def test_names_of_owners_are_those_of_the_container(around: Surroundings) -> None:
    around.engine.files |= {"/etc/passwd": b"app:x:1234:1235::/:/bin/sh\n", "/etc/group": b"web:x:77:\n"}
    assert apply(around, desired(file("x", owner="app:web"))) == ""
    one = next(iter(around.engine.inside.values()))
    assert (one.uid, one.gid) == (1234, 77)
    assert apply(around, desired(file("x", owner="nobody:web"))) == (
        "dev-blog-web-1.next has no user nobody in its /etc/passwd: write the user's number"
    )


@pytest.mark.parametrize(
    ("reaction", "calls"),
    [
        (HUP, [f"signal {NAME} HUP"]),
        (Command(words=("reload", "now")), [f"exec {NAME} reload now"]),
        ("restart", [f"stop {NAME}", f"start {NAME}"]),
        ("ignore", []),
    ],
)
def test_a_changed_file_is_renewed_and_told_of_once(
    around: Surroundings, reaction: OnChange, calls: Sequence[str]
) -> None:
    apply(around, desired(file("old", reaction)))
    assert apply(around, desired(file("new", reaction))) == ""
    assert around.engine.calls == [f"put_files {NAME} /etc/a", *calls]
    assert held(around) == "new"
    assert apply(around, desired(file("new", reaction))) == ""
    assert around.engine.calls == []


def test_a_command_that_fails_is_run_again_by_the_next_run(around: Surroundings) -> None:
    reaction = Command(words=("reload",))
    apply(around, desired(file("old", reaction)))
    around.engine.commands[NAME] = lambda _: ExecResult(code=1, output="syntax error")
    assert apply(around, desired(file("new", reaction))) == (
        "dev-blog-web-1: on_change of /etc/a (reload) exited with 1: it may still use the old content"
    )
    del around.engine.commands[NAME]
    assert apply(around, desired(file("new", reaction))) == ""
    assert around.engine.calls == [f"put_files {NAME} /etc/a", f"exec {NAME} reload"]


def test_a_template_is_rendered_when_endpoints_are_known_and_again_when_they_change(around: Surroundings) -> None:
    wish = later("{{ requires.mysql.address }} {{ vars.n }}", HUP)
    assert apply(around, desired(wish)) == ""
    assert held(around) == "10.0.0.5:3306 4"
    assert apply(around, desired(wish)) == ""
    assert around.engine.calls == []
    assert apply(around, desired(wish, port=3307)) == ""


def test_a_template_that_fails_with_the_endpoints_is_said_before_the_old_one_stops(around: Surroundings) -> None:
    apply(around, desired(file("x")))
    assert apply(around, desired(later("one\n{{ requires.mysql.endpoints[4].port }}", HUP))) == (
        "dev-blog-web-1.next: the template of /etc/a, line 2: there is no 4 in a value of type list"
    )
    assert f"stop {NAME}" not in around.engine.calls
    one = around.engine.listing.container(NAME)
    assert one is not None
    assert one.state == "running"


def test_a_container_that_was_made_and_not_filled_gets_its_files_before_it_starts(around: Surroundings) -> None:
    wish = desired(file("x"))
    apply(around, wish)
    one = around.engine.listing.container(NAME)
    assert one is not None
    around.engine.inside.clear()
    around.engine.listing = replace(around.engine.listing, containers=(replace(one, state="created"),))
    assert apply(around, wish) == ""
    assert around.engine.calls == [f"put_files {NAME} /etc/a", f"start {NAME}"]


def test_notes_that_are_lost_mean_done_again(around: Surroundings, tmp_path: Path) -> None:
    apply(around, desired(file("old", HUP)))
    apply(around, desired(file("new", HUP)))
    around.world.delivery.forget(manifests.BLOG, NAME)
    assert apply(around, desired(file("new", HUP))) == ""
    assert f"signal {NAME} HUP" in around.engine.calls


def test_a_one_off_container_has_the_files_of_its_role(around: Surroundings) -> None:
    wish = desired(file("x"))
    apply(around, wish)
    one_off_wish = OneOff(command=("true",), terminal=False, stdin=False)
    assert held(around, one_off.create(wish, "web", one_off_wish, around.world, around.reporter)) == "x"


def edit(around: Surroundings, content: bytes, mode: int = 0o644) -> None:
    one = around.engine.listing.container(NAME)
    assert one is not None
    there = around.engine.inside[one.id, "/etc/a"]
    around.engine.inside[one.id, "/etc/a"] = replace(there, content=content, mode=mode)


def apply_deep(around: Surroundings, wish: Desired) -> list[str]:
    around.engine.calls.clear()
    report = loop.reconcile_all(wish, Goals(deep=True), around.world, around.reporter)
    assert report.failed == ()
    return around.engine.calls


@pytest.mark.parametrize("reaction", [HUP, "ignore", "restart"])
def test_an_edited_file_is_put_back_by_a_deep_look(around: Surroundings, reaction: OnChange) -> None:
    wish = desired(file("x", reaction))
    assert apply(around, wish) == ""
    assert apply_deep(around, wish) == []
    edit(around, b"mine")
    assert apply(around, wish) == ""
    assert held(around) == "mine"
    assert apply_deep(around, wish)[0] == f"put_files {NAME} /etc/a"
    assert held(around) == "x"
    edit(around, b"x", mode=0o666)
    assert apply_deep(around, wish)[0] == f"put_files {NAME} /etc/a"
    assert apply_deep(around, wish) == []


def test_an_edited_file_that_is_identity_takes_a_new_container(around: Surroundings) -> None:
    wish = desired(file("x"))
    assert apply(around, wish) == ""
    edit(around, b"mine")
    assert f"create_container {NAME}.next" in apply_deep(around, wish)
    assert held(around) == "x"
    assert apply_deep(around, wish) == []


def test_a_file_that_was_renewed_since_is_compared_with_what_it_is_now(around: Surroundings) -> None:
    assert apply(around, desired(file("x", HUP))) == ""
    assert apply(around, desired(file("y", HUP))) == ""
    assert apply_deep(around, desired(file("y", HUP))) == []
    edit(around, b"x")
    apply_deep(around, desired(file("y", HUP)))
    assert held(around) == "y"


def test_a_container_that_was_made_and_never_started_gets_its_files_and_their_record(around: Surroundings) -> None:
    wish = desired(file("x", HUP))
    assert apply(around, wish) == ""
    one = around.engine.listing.container(NAME)
    assert one is not None
    around.engine.listing = replace(
        around.engine.listing, containers=(replace(one, state="created", status="Created"),)
    )
    around.world.records.keep_only(())
    assert apply(around, wish) == ""
    edit(around, b"mine")
    assert apply_deep(around, wish)[0] == f"put_files {NAME} /etc/a"


def test_a_file_that_cannot_be_seen_counts_as_untouched(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = desired(file("x", HUP))
    assert apply(around, wish) == ""
    edit(around, b"mine")

    def refuse(_container: str, _path: str) -> None:
        raise errors.Failure("the engine says: no")

    monkeypatch.setattr(around.engine, "file_print", refuse)
    assert apply_deep(around, wish) == []
