"""Plans for containers that live on although the engine does not know it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scs.model import labels
from scs.model.container import Mount
from scs.model.ghosts import Ghost, Lost
from scs.model.observed import Observed, ObservedContainer, ObservedImage, RunFolder, State
from scs.model.operations import EndGhost
from scs.model.plan import Action, Goals, Plan, Target
from scs.model.steps import Change
from scs.plan import ghosts, invariants, situation
from tests.plan import worlds
from tests.plan.worlds import IMAGE_ID, VOLUME

DB = worlds.container("db", mounts=(Mount(target="/data", volume=VOLUME.name, identity=VOLUME.digest),))
WEB = worlds.container("web")
BLOG = worlds.desired(DB, WEB, volumes=(VOLUME,))
GONE = "c" * 64
PROOF = Lost(ghosts={GONE: Ghost(id=GONE, processes=(7,), replica=DB.name, volumes=frozenset({VOLUME.name}))})


def there(*containers: ObservedContainer, lost: Lost = PROOF, **extra: Any) -> Observed:
    return worlds.world(*containers, volumes=(worlds.seen_volume(VOLUME),), lost=lost, **extra)


def ghost(one: ObservedContainer, *processes: int) -> Lost:
    return Lost(ghosts={one.id: Ghost(id=one.id, processes=processes, replica=one.replica)})


@pytest.mark.parametrize("state", ["created", "exited"])
def test_what_lives_of_a_container_is_ended_before_it_is_started(state: State) -> None:
    old = worlds.running(DB, state)
    plan = worlds.plan(BLOG, there(old, worlds.running(WEB), lost=ghost(old, 7, 9)))
    cause = "it was created and not started" if state == "created" else "it does not run: Exited (1) 3 minutes ago"
    assert str(plan) == (
        "restart  container dev-blog-db-1: end processes 7 and 9 of container id-dev-blog- "
        "(because the engine lost track of them)\n"
        f"restart  container dev-blog-db-1: start it (because {cause})"
    )
    assert plan.actions[1].after == ("end-id-dev-blog- dev-blog-db-1",)


def test_a_ghost_is_ended_before_anything_takes_its_place_and_after_all_is_obtained() -> None:
    old = worlds.old_digest(worlds.running(DB, "exited"), "process")
    image = ObservedImage(id=IMAGE_ID, tags=("other:1",))
    plan = worlds.plan(BLOG, there(old, worlds.running(WEB), lost=ghost(old, 7), images=(image,)))
    assert [one.id for one in plan.actions][:3] == [
        "pull bb:1",
        "end-id-dev-blog- dev-blog-db-1",
        "create dev-blog-db-1",
    ]
    ended = plan.actions[1]
    assert ended.after == ("pull bb:1",)
    later = {one.id for one in plan.actions if ended.id in one.after}
    assert {"create dev-blog-db-1", "start dev-blog-db-1", "remove dev-blog-db-1"} <= later
    assert plan.counts == {Change.CREATE: 1, Change.REPLACE: 1}


def test_a_ghost_is_ended_before_its_container_is_removed() -> None:
    old = worlds.running(worlds.container("old"), "exited")
    plan = worlds.plan(BLOG, there(old, worlds.running(WEB), worlds.running(DB), lost=ghost(old, 7)))
    assert [one.id for one in plan.actions] == ["end-id-dev-blog- dev-blog-old-1", "remove dev-blog-old-1"]
    destroyed = worlds.plan(BLOG, there(old, lost=ghost(old, 7)), Goals(destroy=True))
    assert [one.id for one in destroyed.actions][:2] == ["end-id-dev-blog- dev-blog-old-1", "remove dev-blog-old-1"]


def test_a_ghost_is_ended_before_what_ran_before_runs_again() -> None:
    """Its replacement failed, and lives on."""
    new, old = worlds.running(DB, "exited"), worlds.running(DB, "exited", id="old", name=f"{DB.name}.previous")
    observed = there(new, old, worlds.running(WEB), lost=ghost(new, 7), run_folder=RunFolder())
    plan = worlds.plan(BLOG, observed, Goals(undo=True))
    ended = next(one for one in plan.actions if isinstance(one.operation, EndGhost))
    resumed = next(one for one in plan.actions if one.id == "resume dev-blog-db-1")
    assert ended.id in resumed.after


def test_a_former_container_of_ours_is_ended_before_another_may_write_to_its_volume() -> None:
    plan = worlds.plan(BLOG, there(worlds.running(WEB)))
    assert [(one.id, one.after) for one in plan.actions] == [
        ("end-cccccccccccc dev-blog-db-1", ()),
        ("create dev-blog-db-1", ("end-cccccccccccc dev-blog-db-1",)),
        ("start dev-blog-db-1", ("create dev-blog-db-1", "end-cccccccccccc dev-blog-db-1")),
    ]


def test_a_writer_that_is_not_proven_ours_blocks_whoever_would_write_beside_it() -> None:
    stranger = replace(PROOF.ghosts[GONE], replica="")
    plan = worlds.plan(BLOG, there(worlds.running(WEB), lost=Lost(ghosts={GONE: stranger})))
    assert str(plan) == (
        "blocked  container dev-blog-db-1: volume dev-blog-data: process 7 of container cccccccccccc, which this "
        "engine does not have, may write to it: see what it is with 'ps -fp 7', and stop it where it came from, or "
        "end it with 'kill -9 7'; then apply again"
    )


def test_a_writer_does_not_hold_up_whoever_only_reads() -> None:
    stranger = replace(PROOF.ghosts[GONE], replica="")
    reader = replace(DB, mounts=(replace(DB.mounts[0], read_only=True),))
    wish = worlds.desired(reader, WEB, volumes=(VOLUME,))
    plan = worlds.plan(wish, there(worlds.running(WEB), lost=Lost(ghosts={GONE: stranger})))
    assert [one.id for one in plan.actions] == ["create dev-blog-db-1", "start dev-blog-db-1"]


@pytest.mark.parametrize("state", ["created", "exited"])
def test_a_container_that_the_engine_never_starts_again_is_made_anew(state: State) -> None:
    old = worlds.running(DB, state)
    plan = worlds.plan(BLOG, there(old, worlds.running(WEB), lost=Lost(tasks=frozenset({old.id}))))
    assert plan.actions[0].cause == "the engine lost track of an earlier run of it, and never starts it again"
    assert {"create dev-blog-db-1", "start dev-blog-db-1", "remove dev-blog-db-1"} <= {one.id for one in plan.actions}


def test_a_container_that_somebody_got_to_run_again_stays() -> None:
    old = worlds.running(DB)
    assert worlds.plan(BLOG, there(old, worlds.running(WEB), lost=Lost(tasks=frozenset({old.id})))).empty


@pytest.mark.parametrize(
    ("containers", "goals", "asked"),
    [
        ((worlds.running(DB), worlds.running(WEB)), Goals(), ghosts.Asked()),
        ((worlds.running(DB), worlds.running(WEB, "exited")), Goals(), {"dev-blog-web-1"}),
        ((worlds.running(DB), worlds.running(WEB)), Goals(destroy=True), ghosts.Asked()),
        ((worlds.running(DB, "exited"), worlds.running(WEB)), Goals(only=frozenset({"web"})), ghosts.Asked()),
    ],
)
def test_nobody_looks_for_processes_unless_a_plan_touches_a_container_that_does_not_run(
    containers: tuple[ObservedContainer, ...], goals: Goals, asked: ghosts.Asked | set[str]
) -> None:
    observed = there(*containers, lost=Lost())
    found = ghosts.asked(worlds.plan(BLOG, observed, goals), BLOG, observed)
    assert (found if isinstance(asked, ghosts.Asked) else {one.name for one in found.containers}) == asked


def test_a_container_that_failed_and_is_kept_is_not_looked_at_again() -> None:
    failed = worlds.running(WEB, "exited", name="dev-blog-web-1.failed", id="f")
    observed = there(worlds.running(DB), worlds.running(WEB), failed, lost=Lost())
    assert ghosts.asked(worlds.plan(BLOG, observed), BLOG, observed) == ghosts.Asked()


def test_whoever_would_write_to_a_volume_asks_who_does_already() -> None:
    observed = there(worlds.running(WEB), lost=Lost())
    assert ghosts.asked(worlds.plan(BLOG, observed), BLOG, observed) == ghosts.Asked(volumes=frozenset({VOLUME.name}))


def ends(container: str) -> Plan:
    return Plan(
        actions=(
            Action(
                id=situation.action_id("end", "x"),
                target=Target(kind="container", name="x"),
                operation=EndGhost(id=container, name="x"),
                says="end it",
                change=Change.RESTART,
                cause="a test",
            ),
        )
    )


FOREIGN = ObservedContainer(id="foreign", name="foreign", state="exited")


@pytest.mark.parametrize(
    ("container", "why"),
    [
        ("id-dev-blog-web-1", "'end x' would end what the engine runs"),
        ("foreign", "'end x' is about a container that is not of dev/blog"),
        ("unproven", "'end x' is about a container that is not of dev/blog"),
    ],
)
def test_no_plan_ends_what_runs_or_is_not_ours(container: str, why: str) -> None:
    unproven = Lost(ghosts={"unproven": Ghost(id="unproven", processes=(7,))})
    observed = there(worlds.running(WEB), FOREIGN, lost=unproven)
    with pytest.raises(invariants.BrokenPlan) as broken:
        invariants.hold(ends(container), BLOG, observed, Goals())
    assert str(broken.value) == why


def test_a_copied_label_makes_nobody_a_ghost_of_ours() -> None:
    copy = worlds.running(WEB, "exited", id="copy", name="copy", image_id="sha256:copy")
    image = ObservedImage(id="sha256:copy", tags=(), labels={labels.ROLE: "web"})
    there_too = (ObservedImage(id=IMAGE_ID, tags=("bb:1",)), image)
    observed = there(worlds.running(DB), copy, lost=Lost(), images=there_too)
    assert ghosts.ended(BLOG, observed) == ()
