"""Whole plans compared as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scs.model import labels
from scs.model.container import After, Attachment, Device, Logging, Mount, Resources, Security, Update
from scs.model.desired import Desired
from scs.model.identity import digest
from scs.model.image import Pull, ReferencedImage
from scs.model.observed import (
    EngineFacts,
    Listener,
    Live,
    Observed,
    ObservedContainer,
    ObservedImage,
    ObservedNetwork,
    PublishedPort,
    RunFolder,
    State,
)
from scs.model.plan import ActionId, Goals
from scs.model.service import Check, Endpoint, ExecCheck, FromRole, Publish
from scs.model.steps import Change, Do, Refused, Step, Unknown, Waiting
from scs.model.storage import Network
from tests.plan import worlds as w

DB = w.container("db", provides=(w.MYSQL,))
WEB = w.container("web", provides=(w.HTTP,), requires=(w.NEEDS_MYSQL,))
DB_ENDPOINT = (Endpoint(host="dev-blog-db-1", port=3306),)
BOTH = w.desired(DB, WEB)
MOUNT = Mount(target="/data", volume=w.VOLUME.name, identity=w.VOLUME.digest)


def text(wish: Desired, there: Observed, goals: Goals = w.APPLY) -> list[str]:
    return str(w.plan(wish, there, goals)).splitlines()


def test_everything_is_made_in_the_order_of_needs() -> None:
    there = w.world(networks=[w.seen(w.NETWORK, w.GONE)], images=())
    assert text(BOTH, there) == [
        "create   image bb:1: pull it (because the engine does not have it)",
        "create   network dev-blog-blog: create it (because it does not exist)",
        "create   container dev-blog-db-1: create it from bb:1 (because it does not exist)",
        "create   container dev-blog-web-1: create it from bb:1 (because it does not exist)",
        "create   container dev-blog-db-1: start it (because it does not exist)",
        "create   container dev-blog-web-1: start it (because it does not exist)",
        "create   container dev-blog-web-1: wait until it is healthy (because it does not exist)",
    ]


def test_nothing_is_done_when_everything_is_as_asked() -> None:
    there = w.world(w.running(DB), w.running(WEB, told=DB_ENDPOINT))
    assert w.plan(BOTH, there).empty


def test_a_changed_container_starts_before_the_old_one_stops_and_the_parts_that_changed_are_named() -> None:
    there = w.world(w.old_digest(w.running(DB), "process", "volumes"), w.running(WEB, told=DB_ENDPOINT))
    because = "(because its process and volumes changed)"
    assert text(BOTH, there) == [
        f"replace  container dev-blog-db-1: create it from bb:1 {because}",
        f"replace  container dev-blog-db-1: start it {because}",
        f"replace  container dev-blog-db-1: see that it goes on running {because}",
        f"replace  container dev-blog-db-1: set the old one aside {because}",
        f"replace  container dev-blog-db-1: give it its name {because}",
        f"replace  container dev-blog-db-1: stop it {because}",
        f"replace  container dev-blog-db-1: remove it {because}",
    ]


def test_where_only_one_can_hold_a_thing_the_old_one_stops_first() -> None:
    web = w.container("web", provides=(w.HTTP,))
    port = PublishedPort(address="0.0.0.0", port=8080, container_port=80, protocol="tcp")
    there = w.world(w.old_digest(w.running(web, ports=(port,)), "process"))
    because = "(because its process changed)"
    assert text(w.desired(web), there) == [
        f"replace  container dev-blog-web-1: create it from bb:1 {because}",
        "replace  container dev-blog-web-1: stop it (because its process changed; "
        "down: stop-first, as only one can hold port 8080/tcp of this host)",
        f"replace  container dev-blog-web-1: keep the engine from starting it {because}",
        f"replace  container dev-blog-web-1: set the old one aside {because}",
        f"replace  container dev-blog-web-1: give it its name {because}",
        f"replace  container dev-blog-web-1: start it {because}",
        f"replace  container dev-blog-web-1: wait until it is healthy {because}",
        f"replace  container dev-blog-web-1: remove it {because}",
    ]


def test_one_service_of_a_chain_is_down_at_a_time() -> None:
    last = replace(WEB, update=Update(order="stop-first"))
    there = w.world(w.old_digest(w.running(DB), "process"), w.old_digest(w.running(last, told=DB_ENDPOINT), "process"))
    plan = w.plan(w.desired(DB, last), there)
    stop = next(action for action in plan.actions if action.id == "stop dev-blog-web-1")
    assert "await dev-blog-db-1" in stop.after


@pytest.mark.parametrize(("parallel", "waits"), [(1, True), (2, False)])
def test_replicas_are_replaced_in_turn_no_more_at_a_time_than_asked_for(parallel: int, waits: bool) -> None:
    auto = replace(w.HTTP, publish=Publish())
    replicas = [w.container("web", n, provides=(auto,), update=Update(parallel=parallel)) for n in (1, 2)]
    there = w.world(*(w.old_digest(w.running(one), "process") for one in replicas))
    plan = w.plan(w.desired(*replicas), there)
    second = next(action for action in plan.actions if action.id == "start dev-blog-web-2")
    assert ("await dev-blog-web-1" in second.after) is waits


def test_a_moved_tag_replaces_what_runs_from_the_old_image() -> None:
    images = (ObservedImage(id="sha256:2", tags=("bb:1",)), ObservedImage(id=w.IMAGE_ID))
    there = w.world(w.running(DB), images=images)
    assert text(w.desired(DB), there)[0] == (
        "replace  container dev-blog-db-1: create it from bb:1 (because bb:1 is another image now)"
    )


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("exited", "restart  container dev-blog-db-1: start it (because it does not run: Exited (1) 3 minutes ago)"),
        ("created", "restart  container dev-blog-db-1: start it (because it was created and not started)"),
        ("paused", "update   container dev-blog-db-1: let it run on (because it is paused)"),
        ("restarting", "waiting  container dev-blog-db-1: it ends again and again: Restarting (1) 3 minutes ago; "
         "see 'scs logs dev-blog-db-1'"),
        ("removing", "waiting  container dev-blog-db-1: the engine is removing it"),
    ],
)  # fmt: skip
def test_what_does_not_run_is_brought_back(state: State, line: str) -> None:
    there = w.world(w.running(DB, state))
    assert text(w.desired(DB), there) == [line]


def test_a_container_that_lost_a_network_before_its_start_is_connected() -> None:
    there = w.world(w.running(DB, "created", attachments=()))
    assert text(w.desired(DB), there)[0] == (
        "restart  container dev-blog-db-1: connect it to network dev-blog-blog (because it was created and not started)"
    )


def test_health_is_waited_for_when_an_earlier_run_did_not_see_it() -> None:
    there = w.world(w.running(WEB, told=DB_ENDPOINT), w.running(DB), run_folder=RunFolder())
    assert text(BOTH, there) == [
        "update   container dev-blog-web-1: wait until it is healthy (because its health was not seen yet)"
    ]


def test_what_left_the_manifest_is_removed_and_its_reason_given() -> None:
    there = w.world(w.running(DB), w.running(w.container("cache")), w.running(w.container("db", 2)))
    assert text(w.desired(DB), there) == [
        "remove   container dev-blog-cache-1: stop it (because role cache is no longer in the manifest; "
        "down: it is removed)",
        "remove   container dev-blog-db-2: stop it (because db has 1 replica now; down: it is removed)",
        "remove   container dev-blog-cache-1: remove it (because role cache is no longer in the manifest)",
        "remove   container dev-blog-db-2: remove it (because db has 1 replica now)",
    ]


def test_no_prune_keeps_what_left_the_manifest_and_says_so() -> None:
    there = w.world(w.running(DB), w.running(w.container("cache")))
    plan = w.plan(w.desired(DB), there, Goals(prune=False))
    assert plan.empty
    assert plan.kept == ("container dev-blog-cache-1 is kept (--no-prune)",)


def test_a_manifest_that_became_empty_removes_nothing_without_being_told() -> None:
    there = w.world(w.running(DB))
    assert text(w.desired(), there) == [
        "blocked  manifest dev/blog: it asks for no container, and 1 of it exists: "
        "if all shall go, say so with --allow-empty, or use 'scs destroy'"
    ]
    assert [one.id for one in w.plan(w.desired(), there, Goals(allow_empty=True)).actions] == [
        "stop dev-blog-db-1",
        "remove dev-blog-db-1",
    ]


def test_foreign_containers_are_never_touched() -> None:
    mine = w.running(DB)
    committed = replace(mine, id="id-copy", name="copy", image_id="sha256:9")
    images = (
        ObservedImage(id=w.IMAGE_ID, tags=("bb:1",)),
        ObservedImage(id="sha256:9", tags=("copy:1",), labels={labels.ROLE: "db"}),
    )
    stranger = ObservedContainer(id="x", name="dev-blog-cache-1")
    there = w.world(mine, committed, stranger, images=images)
    assert w.plan(w.desired(DB), there).empty
    assert w.plan(w.desired(DB), there, Goals(destroy=True)).actions[-1].target.name != "copy"


def test_a_name_that_is_taken_blocks_and_names_the_way_out() -> None:
    there = w.world(ObservedContainer(id="x", name="dev-blog-db-1"))
    assert text(w.desired(DB), there) == [
        "blocked  container dev-blog-db-1: the name is taken by a container that is not of dev/blog: "
        "rename or remove it ('docker rm dev-blog-db-1')"
    ]


def test_a_port_held_by_another_container_blocks_and_names_it() -> None:
    other = ObservedContainer(
        id="x", name="proxy", ports=(PublishedPort(address="0.0.0.0", port=8080, container_port=80, protocol="tcp"),)
    )
    web = w.container("web", provides=(w.HTTP,))
    assert text(w.desired(web), w.world(other)) == [
        "blocked  container dev-blog-web-1: port 8080/tcp of this host is held by container proxy"
    ]


def test_a_port_held_by_a_program_of_the_host_blocks() -> None:
    listeners = frozenset({Listener(address="::", port=8080, protocol="tcp")})
    web = w.container("web", provides=(w.HTTP,))
    assert text(w.desired(web), w.world(listeners=listeners)) == [
        "blocked  container dev-blog-web-1: port 8080/tcp of this host is held by another program: "
        "see 'ss -lptn sport = :8080'"
    ]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"resources": Resources(cpus=4.5)}, "it asks for 4.5 cpus, and the engine has 2"),
        ({"logging": Logging(driver="jounald")}, "the engine has no log driver jounald: it has json-file, local"),
        (
            {"security": Security(devices=(Device(source="/dev/gone", target="/dev/x"),))},
            "this host has no device /dev/gone",
        ),
    ],
)
def test_what_the_host_cannot_give_blocks_before_the_old_container_is_touched(
    wish: dict[str, Any], reason: str
) -> None:
    observed = replace(
        w.world(w.running(w.container("web"))),
        engine=EngineFacts(cpus=2, log_drivers=frozenset({"json-file", "local"})),
        missing_devices=frozenset({"/dev/gone"}),
        live={"id-dev-blog-web-1": Live()},
    )
    assert text(w.desired(w.container("web", **wish)), observed) == [f"blocked  container dev-blog-web-1: {reason}"]


def test_a_refused_volume_blocks_its_container_and_those_that_need_it() -> None:
    db = replace(DB, mounts=(MOUNT,))
    refused = w.seen_volume(w.VOLUME, w.GONE, Refused(why="/srv/data is a symbolic link"))
    there = w.world(volumes=[refused])
    assert text(w.desired(db, WEB, volumes=(w.VOLUME,)), there) == [
        "blocked  volume dev-blog-data: /srv/data is a symbolic link",
        "blocked  container dev-blog-db-1: volume dev-blog-data: /srv/data is a symbolic link",
        "blocked  container dev-blog-web-1: requires mysql of dev-blog-db-1, which is held: "
        "volume dev-blog-data: /srv/data is a symbolic link",
    ]


def test_nothing_follows_from_a_volume_that_could_not_be_read() -> None:
    db = replace(DB, mounts=(MOUNT,))
    there = w.world(volumes=[w.seen_volume(w.VOLUME, Unknown(why="the server is mute"), Do())])
    assert text(w.desired(db, volumes=(w.VOLUME,)), there) == [
        "blocked  container dev-blog-db-1: volume dev-blog-data: the server is mute"
    ]


def test_what_runs_as_asked_goes_on_while_its_volume_waits() -> None:
    db = replace(DB, mounts=(MOUNT,))
    there = w.world(w.running(db), volumes=[w.seen_volume(w.VOLUME, w.MADE, Waiting(why="it grows"))])
    assert text(w.desired(db, volumes=(w.VOLUME,)), there) == ["waiting  volume dev-blog-data: it grows"]


def test_a_volume_that_vanished_under_a_running_container_is_not_made_again() -> None:
    db = replace(DB, mounts=(MOUNT,))
    there = w.world(w.running(db), volumes=[w.seen_volume(w.VOLUME, w.GONE)])
    assert text(w.desired(db, volumes=(w.VOLUME,)), there) == [
        "blocked  volume dev-blog-data: it is gone, and dev-blog-db-1, which runs, was started with it: what that "
        "still has open may be the last copy. Save it, stop dev-blog-db-1, then apply again"
    ]


def test_a_network_that_changed_is_made_again_between_its_containers() -> None:
    again = Do(
        steps=(
            Step(operation="remove", says="remove it", change=Change.REPLACE, exclusive=True),
            Step(operation="create", says="create it", change=Change.REPLACE),
        )
    )
    there = w.world(w.running(DB), networks=[w.seen(w.NETWORK, w.MADE, again)])
    order = [action.id for action in w.plan(w.desired(DB), there).actions]
    assert order == [
        "stop dev-blog-db-1",
        "remove dev-blog-db-1",
        "remove network dev-blog-blog",
        "create network dev-blog-blog",
        "create dev-blog-db-1",
        "start dev-blog-db-1",
    ]


def test_changed_endpoints_are_told_to_a_container_that_listens() -> None:
    listening = replace(WEB, requires=(replace(w.NEEDS_MYSQL, on_change=("/bin/reload",)),))
    there = w.world(w.running(DB), w.running(listening, told=(Endpoint(host="elsewhere", port=1),)))
    assert text(w.desired(DB, listening), there) == [
        "update   container dev-blog-web-1: tell it where mysql is now (because the endpoints of mysql changed)"
    ]


def test_changed_endpoints_replace_a_container_that_cannot_be_told() -> None:
    there = w.world(w.running(DB), w.running(WEB, told=(Endpoint(host="elsewhere", port=1),)))
    assert text(BOTH, there)[0] == (
        "replace  container dev-blog-web-1: create it from bb:1 (because the endpoints of mysql changed, "
        "and it has no on_change for that)"
    )


def test_only_leaves_everything_else_alone() -> None:
    plan = w.plan(BOTH, w.world(w.running(w.container("cache"))), Goals(only=frozenset({"db"})))
    assert [one.id for one in plan.actions] == ["create dev-blog-db-1", "start dev-blog-db-1"]


def test_only_is_blocked_where_what_it_needs_does_not_run() -> None:
    assert text(BOTH, w.world(), Goals(only=frozenset({"web"}))) == [
        "blocked  container dev-blog-web-1: requires mysql of dev-blog-db-1, which does not run and is not part of "
        "this run (--only)"
    ]


def test_starts_with_picked_ports_share_a_lane_and_do_not_depend_on_one_another() -> None:
    auto = replace(w.HTTP, publish=Publish())
    replicas = [w.container("web", number, provides=(auto,)) for number in (1, 2)]
    starts = [one for one in w.plan(w.desired(*replicas), w.world()).actions if one.id.startswith("start")]
    assert [(one.lane, one.after) for one in starts] == [
        ("picked ports", ("create dev-blog-web-1",)),
        ("picked ports", ("create dev-blog-web-2",)),
    ]


AGAIN = Do(
    steps=(
        Step(operation="remove", says="remove it", change=Change.REPLACE, exclusive=True),
        Step(operation="create", says="create it", change=Change.REPLACE),
    )
)


def test_a_changed_network_with_provider_and_consumer_on_it_is_made_again() -> None:
    there = w.world(w.running(DB), w.running(WEB, told=DB_ENDPOINT), networks=[w.seen(w.NETWORK, w.MADE, AGAIN)])
    order = [one.id for one in w.plan(BOTH, there).actions]
    assert order.index(ActionId("remove dev-blog-web-1")) < order.index(ActionId("remove network dev-blog-blog"))
    assert order.index(ActionId("start dev-blog-db-1")) < order.index(ActionId("start dev-blog-web-1"))


def test_a_consumer_that_leaves_a_changed_network_leaves_it_before_it_is_made_again() -> None:
    other = Network(identity=w.BLOG, key="other", name="dev-blog-other", type="bridge", digest=digest("other"))
    both = tuple(Attachment(network=one.name, identity=one.digest) for one in (other, w.NETWORK))
    db = replace(DB, attachments=both)
    web = replace(WEB, attachments=both[:1])
    there = w.world(
        w.running(db), w.running(WEB, told=DB_ENDPOINT), networks=[w.seen(w.NETWORK, w.MADE, AGAIN), w.seen(other)]
    )
    order = [one.id for one in w.plan(w.desired(db, web, networks=(w.NETWORK, other)), there).actions]
    assert order.index(ActionId("disconnect dev-blog-blog dev-blog-web-1")) < order.index(
        ActionId("remove network dev-blog-blog")
    )


def test_a_changed_network_with_replicas_and_one_too_many_is_made_again() -> None:
    replicas = [w.container("web", number) for number in (1, 2, 3)]
    there = w.world(*map(w.running, replicas), networks=[w.seen(w.NETWORK, w.MADE, AGAIN)])
    assert w.plan(w.desired(*replicas[:2]), there).blocked == ()


@pytest.mark.parametrize("goals", [Goals(only=frozenset({"web"})), Goals(prune=False)])
def test_nothing_stops_for_a_network_on_which_somebody_stays(goals: Goals) -> None:
    staying = w.running(DB if goals.only else w.container("cache"))
    there = w.world(staying, w.running(WEB, told=DB_ENDPOINT), networks=[w.seen(w.NETWORK, w.MADE, AGAIN)])
    wish = BOTH if goals.only else w.desired(replace(WEB, requires=()))
    plan = w.plan(wish, there, goals)
    assert plan.actions == ()
    assert str(plan.blocked[0]) == (
        "blocked  network dev-blog-blog: it has to be made again, and container "
        f"{staying.name} stays on it: disconnect that first"
    )


def test_a_stopped_container_whose_network_is_gone_is_made_again() -> None:
    there = w.world(w.running(DB, "exited"), networks=[w.seen(w.NETWORK, w.GONE)])
    there = replace(there, listing=replace(there.listing, networks=()))
    order = [one.id for one in w.plan(w.desired(DB), there).actions]
    assert order.index(ActionId("create network dev-blog-blog")) < order.index(ActionId("remove dev-blog-db-1"))


def test_what_left_the_manifest_stays_until_the_image_of_its_successor_is_there() -> None:
    successor = w.container("www", image=ReferencedImage(reference="new:1"))
    plan = w.plan(w.desired(successor), w.world(w.running(w.container("web"))))
    stop = next(one for one in plan.actions if one.id == "stop dev-blog-web-1")
    assert "pull new:1" in stop.after


def test_a_leftover_network_of_a_type_that_nobody_knows_is_kept() -> None:
    there = w.world(w.running(DB))
    strange = ObservedNetwork(
        id="n",
        name="dev-blog-old",
        labels={labels.ENVIRONMENT: "dev", labels.SERVICE: "blog", labels.TYPE: "eni"},
    )
    there = replace(there, listing=replace(there.listing, networks=(*there.listing.networks, strange)))
    assert w.plan(w.desired(DB), there).kept == (
        "network dev-blog-old is no longer in the manifest and stays: no provisioner of its type 'eni' is installed",
    )


def test_started_is_less_than_healthy() -> None:
    db = w.container("db", health=Check(probe=ExecCheck(command=("true",))))
    web = w.container("web", after=(After(role="db"),))
    start = next(one for one in w.plan(w.desired(db, web), w.world()).actions if one.id == "start dev-blog-web-1")
    assert "await dev-blog-db-1" not in start.after
    assert "start dev-blog-db-1" in start.after


def test_nobody_is_told_of_a_replica_that_is_held() -> None:
    listening = replace(WEB, requires=(replace(w.NEEDS_MYSQL, on_change=("/bin/reload",)),))
    second = replace(DB, number=2)
    foreign = ObservedContainer(id="x", name="dev-blog-db-2")
    there = w.world(w.running(DB), w.running(listening, told=DB_ENDPOINT), foreign)
    plan = w.plan(w.desired(DB, second, listening), there)
    assert plan.actions == ()
    assert [str(one.target) for one in plan.blocked] == ["container dev-blog-db-2"]


def test_optional_requirements_in_a_circle_can_be_destroyed() -> None:
    needs_web = replace(w.NEEDS_MYSQL, name="http", source=FromRole(role="web", provided="http"), optional=True)
    db = replace(DB, requires=(needs_web,))
    there = w.world(w.running(db), w.running(WEB))
    assert len(w.plan(w.desired(db, WEB), there, Goals(destroy=True)).actions) == 4


def test_destroy_takes_dependants_first_and_keeps_data() -> None:
    db = replace(DB, mounts=(MOUNT,))
    wish = w.desired(db, WEB, volumes=(w.VOLUME,))
    gone = Do(steps=(Step(operation="remove", says="remove it", change=Change.REMOVE),))
    deletion = Do(steps=(Step(operation="delete", says="delete it", change=Change.REMOVE, data_at_risk=True),))
    there = w.world(
        w.running(db), w.running(WEB, told=DB_ENDPOINT),
        networks=[w.seen(w.NETWORK, w.MADE, gone)],
        volumes=[replace(w.seen_volume(w.VOLUME), deletion=deletion)],
    )  # fmt: skip
    plan = w.plan(wish, there, Goals(destroy=True))
    assert [one.id for one in plan.actions] == [
        "stop dev-blog-web-1",
        "remove dev-blog-web-1",
        "stop dev-blog-db-1",
        "remove dev-blog-db-1",
        "remove network dev-blog-blog",
    ]
    assert plan.kept == ("volume data is kept with its data (--delete-data data deletes it)",)


def test_an_image_that_must_not_be_pulled_blocks() -> None:
    db = replace(DB, image=ReferencedImage(reference="other:1", pull=Pull.NEVER))
    assert text(w.desired(db), w.world()) == [
        "blocked  container dev-blog-db-1: the engine has no image other:1, and 'pull: never' forbids fetching it"
    ]


def test_pull_always_asks_once_a_run() -> None:
    db = replace(DB, image=ReferencedImage(reference="bb:1", pull=Pull.ALWAYS))
    there = w.world(w.running(db))
    assert text(w.desired(db), there) == ["create   image bb:1: pull it (because the manifest says 'pull: always')"]
    assert w.plan(w.desired(db), there, Goals(pulled=frozenset({"bb:1"}))).empty
