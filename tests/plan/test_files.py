"""What a changed file means for the container that holds it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from scs.model import labels
from scs.model.container import Container
from scs.model.files import Command, ContainerFile, Fixed, Later, OnChange, Signal
from scs.model.identity import Digest
from scs.model.observed import Observed, ObservedContainer, RunFolder, State
from scs.model.operations import PutFiles, StartContainer
from scs.model.service import Endpoint, Provided
from scs.plan import files
from tests.plan import worlds as w

DB = w.container("db", provides=(w.MYSQL,))
ENDPOINT = (Endpoint(host="dev-blog-db-1", port=3306),)
BEFORE = (Endpoint(host="dev-blog-db-0", port=3306),)


def file(text: str, on_change: OnChange = "recreate", path: str = "/etc/a") -> ContainerFile:
    return ContainerFile(path=path, content=Fixed(text=text), on_change=on_change)


def from_mysql(on_change: OnChange = "recreate") -> ContainerFile:
    later = Later(source="{{ requires.mysql.host }}", stand_in="mysql.invalid", requires=("mysql",), names={})
    return ContainerFile(path="/etc/a", content=later, on_change=on_change)


def web(*own: ContainerFile, **extra: Any) -> Container:
    return w.container("web", files=own, **extra)


def made(wish: Container, told: tuple[Endpoint, ...] = (), state: State = "running") -> ObservedContainer:
    there = w.running(wish, state, told=told)
    held = {one.path: files.short(one.digest({"mysql": told})) for one in wish.files if one.tracked}
    return replace(there, labels={**there.labels, labels.FILES: json.dumps(held)})


def text(wish: Container, there: Observed) -> list[str]:
    return str(w.plan(w.desired(wish), there)).splitlines()


def with_db(wish: Container, there: ObservedContainer) -> list[str]:
    return str(w.plan(w.desired(DB, wish), w.world(w.running(DB), there))).splitlines()


def test_the_same_files_are_no_reason() -> None:
    wish = web(file("x"), file("y", "restart", "/etc/b"))
    assert text(wish, w.world(made(wish))) == []


def test_a_file_is_identity_unless_the_manifest_says_otherwise() -> None:
    assert text(web(file("new")), w.world(made(web(file("old")))))[0] == (
        "replace  container dev-blog-web-1: create it from bb:1 (because its files changed)"
    )


def test_each_reaction_is_said() -> None:
    def said(reaction: OnChange) -> list[str]:
        return text(web(file("new", reaction)), w.world(made(web(file("old", reaction)))))

    about = "container dev-blog-web-1: put /etc/a into it"
    assert said("restart") == [
        f"restart  {about}, then start it again (because /etc/a changed; down: it is started again)"
    ]
    assert said(Signal(name="HUP")) == [f"update   {about}, then send it HUP (because /etc/a changed)"]
    assert said(Command(words=("nginx", "-s", "reload"))) == [
        f"update   {about}, then run nginx -s reload (because /etc/a changed)"
    ]
    assert said("ignore") == [f"update   {about} (because /etc/a changed)"]


def test_files_with_one_reaction_are_put_together_and_reactions_follow_one_another() -> None:
    def wish(content: str) -> Container:
        signalled = file(content, Signal(name="HUP"), "/etc/c")
        return web(file(content, "restart"), file(content, "restart", "/etc/b"), signalled)

    plan = w.plan(w.desired(wish("new")), w.world(made(wish("old"))))
    assert [one.says for one in plan.actions] == [
        "put /etc/a and /etc/b into it, then start it again",
        "put /etc/c into it, then send it HUP",
    ]
    assert plan.actions[1].after == (plan.actions[0].id,)


def test_owner_and_mode_count_as_content_does() -> None:
    old = file("x", "restart")
    for new in (replace(old, mode=0o600), replace(old, owner="a:a")):
        assert len(text(web(new), w.world(made(web(old))))) == 1


def test_a_note_of_what_was_put_since_counts_more_than_the_label() -> None:
    old, new = file("old", "restart"), file("new", "restart")

    def plan(note: Digest) -> list[str]:
        notes = RunFolder(files={("dev-blog-web-1", "/etc/a"): note}, verified=frozenset({"id-dev-blog-web-1"}))
        return text(web(new), w.world(made(web(old)), run_folder=notes))

    assert plan(new.digest({})) == []
    assert len(plan(old.digest({}))) == 1


def test_a_restart_is_followed_by_a_look_at_its_health() -> None:
    def wish(content: str) -> Container:
        return web(file(content, "restart"), provides=(w.HTTP,))

    plan = w.plan(w.desired(wish("new")), w.world(made(wish("old"))))
    assert [one.says for one in plan.actions][1:] == ["wait until it is healthy"]


def test_replicas_are_started_again_in_turn_and_signalled_at_once() -> None:
    def waits(reaction: OnChange, *providing: Provided) -> list[tuple[str, tuple[str, ...]]]:
        def both(content: str) -> tuple[Container, ...]:
            wanted = file(content, reaction)
            return tuple(w.container("web", number, files=(wanted,), provides=providing) for number in (1, 2))

        plan = w.plan(w.desired(*both("new")), w.world(*map(made, both("old"))))
        return [(one.id, one.after) for one in plan.actions if isinstance(one.operation, PutFiles)]

    first, second = "put /etc/a dev-blog-web-1", "put /etc/a dev-blog-web-2"
    assert waits("ignore") == [(first, ()), (second, ())]
    assert waits("restart") == [(first, ()), (second, (first,))]
    checked = Provided(name="http", port=80, check=w.HTTP.check)
    assert waits("restart", checked) == [(first, ()), (second, (first, "await dev-blog-web-1"))]


def test_one_that_was_left_after_its_creation_gets_all_files_and_a_stopped_one_those_that_changed() -> None:
    old, new = web(file("x"), file("old", "restart", "/etc/b")), web(file("x"), file("new", "restart", "/etc/b"))

    def put(there: ObservedContainer | None) -> list[str]:
        plan = w.plan(w.desired(new), w.world(*(() if there is None else (there,))))
        return [
            one.path
            for action in plan.actions
            if isinstance(action.operation, StartContainer)
            for one in action.operation.files
        ]

    assert put(None) == []
    assert put(made(old, state="created")) == ["/etc/a", "/etc/b"]
    assert put(made(old, state="exited")) == ["/etc/b"]
    assert put(made(new, state="exited")) == []


def test_changed_endpoints_renew_the_file_that_holds_them_after_they_were_told() -> None:
    wish = web(from_mysql(Signal(name="HUP")), requires=(w.NEEDS_MYSQL,))
    assert with_db(wish, made(wish, ENDPOINT)) == []
    assert with_db(wish, made(wish, BEFORE)) == [
        "update   container dev-blog-web-1: tell it where mysql is now (because the endpoints of mysql changed)",
        "update   container dev-blog-web-1: put /etc/a into it, then send it HUP (because /etc/a changed)",
    ]


def test_changed_endpoints_in_a_file_that_is_identity_replace() -> None:
    required = replace(w.NEEDS_MYSQL, on_change=("/update",))
    wish = web(from_mysql(), requires=(required,))
    assert with_db(wish, made(wish, ENDPOINT)) == []
    assert with_db(wish, made(wish, BEFORE))[0].endswith("(because the endpoints in its file /etc/a changed)")


def test_a_file_whose_requirement_is_not_met_stays_as_it_is() -> None:
    wish = web(from_mysql("restart"), requires=(w.NEEDS_MYSQL,))
    assert text(wish, w.world(made(wish, BEFORE))) == []


def test_the_operation_carries_what_the_file_is_made_from() -> None:
    wish = web(from_mysql("restart"), requires=(w.NEEDS_MYSQL,))
    plan = w.plan(w.desired(DB, wish), w.world(w.running(DB), made(wish, BEFORE)))
    (put,) = [one.operation for one in plan.actions if isinstance(one.operation, PutFiles)]
    assert put.told[0].endpoints == ENDPOINT
