"""Files that somebody edited in a container: what is said of them, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scs.model.container import Container
from scs.model.files import Command, ContainerFile, Delivered, Fixed, OnChange, Print, Signal
from scs.model.identity import digest
from scs.model.observed import Live, Observed, Record, State
from scs.model.operations import PutFiles, StartContainer
from scs.model.plan import Goals
from scs.plan import drift
from tests.plan import worlds as w
from tests.plan.test_files import DB, ENDPOINT, file, from_mysql, made, web

DEEP = Goals(deep=True)
PUT = Print(content="c0ffee", mode=0o644)
EDITED = replace(PUT, content="decaf")
NAME = "container dev-blog-web-1"


def put(wish: Container, **of: Any) -> Record:
    """What was kept of its files when they were put there."""
    return Record(files={one.path: Delivered(wish=one.digest(of), found=PUT) for one in wish.files})


def seen(wish: Container, *now: Print | None, state: State = "running", record: Record | None = None) -> Observed:
    there = made(wish, state=state)
    found = {one.path: have for one, have in zip(wish.files, now, strict=True)}
    return w.world(there, records={there.id: record or put(wish)}, files={there.id: found})


def text(wish: Container, there: Observed, **settings: Any) -> list[str]:
    return str(w.plan(replace(w.desired(wish), **settings), there, DEEP)).splitlines()


def drifted(wish: Container, there: Observed) -> list[str]:
    return [str(one) for one in drift.drift(w.desired(wish), there).drifted]


def test_a_file_as_it_was_put_there_is_no_reason() -> None:
    wish = web(file("x"))
    assert text(wish, seen(wish, PUT)) == []
    assert drifted(wish, seen(wish, PUT)) == []


def test_what_is_other_is_said_and_never_what_is_in_it() -> None:
    wish = web(file("x", path="/etc/a"), file("x", path="/etc/b"), file("x", path="/etc/c"), file("x", path="/etc/d"))
    there = seen(wish, EDITED, replace(PUT, mode=0o4755, uid=33), None, Print(content=""))
    assert drifted(wish, there) == [
        f"{NAME}: files./etc/a is edited by hand, not as it was put there",
        f"{NAME}: files./etc/b.mode is 4755, not 0644",
        f"{NAME}: files./etc/b.owner is 33:0, not 0:0",
        f"{NAME}: files./etc/c is gone, not as it was put there",
        f"{NAME}: files./etc/d is no file any more, not as it was put there",
    ]


def test_each_file_is_put_back_as_another_content_of_it_would_be() -> None:
    def said(reaction: OnChange) -> list[str]:
        wish = web(file("x", reaction))
        return text(wish, seen(wish, EDITED))

    about, why = f"{NAME}: put /etc/a into it", "because /etc/a was edited by hand"
    assert said("ignore") == [f"update   {about} ({why})"]
    assert said(Signal(name="HUP")) == [f"update   {about}, then send it HUP ({why})"]
    assert said(Command(words=("nginx", "-s", "reload"))) == [f"update   {about}, then run nginx -s reload ({why})"]
    assert said("restart") == [f"restart  {about}, then start it again ({why}; down: it is started again)"]
    assert said("recreate")[0] == (
        f"replace  {NAME}: create it from bb:1 "
        "(because it was changed by hand: files./etc/a: as it was put there -> edited by hand)"
    )


def test_edited_and_changed_files_with_one_reaction_go_together() -> None:
    wish = web(file("x", "ignore"), file("x", "ignore", "/etc/b"))
    there = seen(wish, EDITED, EDITED)
    assert text(wish, there) == [
        f"update   {NAME}: put /etc/a and /etc/b into it (because /etc/a and /etc/b were edited by hand)"
    ]
    later = web(file("new", "ignore"), file("x", "ignore", "/etc/b"))
    assert text(later, there) == [f"update   {NAME}: put /etc/a and /etc/b into it (because /etc/a and /etc/b changed)"]


def test_with_drift_report_they_are_only_told() -> None:
    for reaction in ("recreate", "restart", "ignore"):
        wish = web(file("x", reaction))
        found = w.plan(replace(w.desired(wish), drift="report"), seen(wish, EDITED), DEEP)
        assert (found.actions, found.kept) == (
            (),
            (
                f"{NAME}: it was changed by hand: files./etc/a: as it was put there -> edited by hand; "
                "it is left so (drift: report)",
            ),
        )


def test_with_drift_report_a_change_of_the_manifest_is_made_all_the_same() -> None:
    wish, other = web(file("x", "ignore"), file("x", "ignore", "/etc/b")), file("new", "ignore", "/etc/b")
    (line, *_) = text(replace(wish, files=(wish.files[0], other)), seen(wish, EDITED, PUT), drift="report")
    assert line == f"update   {NAME}: put /etc/b into it (because /etc/b changed)"


def test_one_that_stands_gets_its_files_back_before_it_starts() -> None:
    wish = web(file("x", "restart"), file("y", "ignore", "/etc/b"))
    (start,) = w.plan(w.desired(wish), seen(wish, EDITED, PUT, state="exited"), DEEP).actions
    assert isinstance(start.operation, StartContainer)
    assert [one.path for one in start.operation.files] == ["/etc/a"]


def test_nothing_is_said_of_files_that_nobody_looked_at_or_kept_a_record_of() -> None:
    wish = web(file("x", "ignore"))
    there = made(wish)
    assert text(wish, w.world(there, records={there.id: put(wish)})) == []
    assert text(wish, seen(wish, EDITED, record=Record())) == []


def test_a_record_of_another_wish_says_nothing() -> None:
    """A run died after it had put the file there, and before it kept what it is now."""
    wish = web(file("x", "ignore"))
    stale = Record(files={"/etc/a": Delivered(wish=digest("earlier"), found=PUT)})
    assert text(wish, seen(wish, EDITED, record=stale)) == []


def test_a_file_with_endpoints_is_compared_while_they_are_the_same() -> None:
    wish = web(from_mysql("ignore"), requires=(w.NEEDS_MYSQL,))
    there = made(wish, told=ENDPOINT)
    records = {there.id: put(wish, mysql=ENDPOINT)}
    world = w.world(w.running(DB), there, records=records, files={there.id: {"/etc/a": EDITED}})
    (action,) = w.plan(w.desired(DB, wish), world, DEEP).actions
    assert isinstance(action.operation, PutFiles)
    assert action.cause == "/etc/a was edited by hand"


def test_a_record_that_was_kept_before_the_start_says_nothing_of_settings() -> None:
    wish = web(ContainerFile(path="/etc/a", content=Fixed(text="x")))
    there = made(wish)
    live = Live(aliases={w.NETWORK.name: wish.known_as[w.NETWORK.name]}, settings={"CpuShares": "512"})
    assert text(wish, w.world(there, records={there.id: put(wish)}, live={there.id: live})) == []
