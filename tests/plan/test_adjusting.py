"""What can be changed on a container that runs is changed there; what a person changed is changed back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scs.model import fields
from scs.model.container import Attachment, Container, Resources, Restart
from scs.model.identity import digest
from scs.model.observed import Live, Observed, ObservedAttachment, ObservedNetwork, Record
from scs.model.plan import Goals
from scs.model.storage import Network, NetworkMode
from scs.plan import drift
from tests.plan import worlds as w

WEB = w.container("web")
ID = "id-dev-blog-web-1"
KNOWN = {w.NETWORK.name: frozenset({"web"})}
OTHER = Network(identity=w.BLOG, key="other", name="dev-blog-other", type="bridge", digest=digest("other"))
BOTH = (*w.ON_NETWORK, Attachment(network=OTHER.name, identity=OTHER.digest))


def lines(wish: Container, there: Observed, **more: Any) -> list[str]:
    return str(w.plan(w.desired(wish, networks=(w.NETWORK, OTHER)), there, Goals(**more))).splitlines()


def world(wish: Container = WEB, live: Live | None = None, **extra: Any) -> Observed:
    seen = Live(aliases=KNOWN) if live is None else live
    there = w.world(w.running(wish, **extra), live={ID: seen}, networks=[w.seen(w.NETWORK), w.seen(OTHER)])
    known = (
        *there.listing.networks,
        ObservedNetwork(id="net-1", name=OTHER.name),
        ObservedNetwork(id="net-9", name="lab"),
    )
    return replace(there, listing=replace(there.listing, networks=known))


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"resources": Resources(memory=64 << 20)}, "resources.memory: (none) -> 67108864"),
        ({"resources": Resources(cpus=0.5)}, "resources.cpus: (none) -> 0.5"),
        ({"resources": Resources(pids=50)}, "resources.pids: (none) -> 50"),
        ({"restart": Restart(policy="on-failure", attempts=3)}, "restart: unless-stopped -> on-failure (3 attempts)"),
    ],
)
def test_limits_and_the_restart_policy_change_while_it_runs(wish: dict[str, Any], field: str) -> None:
    changed = replace(WEB, **wish)
    part = "restart" if "restart" in wish else "limits"
    plan = w.plan(w.desired(changed), world())
    assert str(plan) == f"update   container dev-blog-web-1: change it as it is (because its {part} changed)"
    assert [str(one) for one in plan.actions[0].fields] == [field]


def test_once_it_is_changed_nothing_is_left_to_do() -> None:
    changed = replace(WEB, resources=Resources(memory=64 << 20))
    assert lines(changed, world(live=Live(memory=64 << 20, aliases=KNOWN))) == []


def test_a_limit_is_taken_away_only_from_a_new_one() -> None:
    limited = replace(WEB, resources=Resources(memory=64 << 20))
    there = world(limited, Live(memory=64 << 20, aliases=KNOWN))
    assert lines(WEB, there)[0] == (
        "replace  container dev-blog-web-1: create it from bb:1 "
        "(because its limits changed, and resources.memory can be taken away only from a new one)"
    )


def test_networks_are_joined_and_left_while_it_runs() -> None:
    more = replace(WEB, attachments=BOTH)
    assert lines(more, world()) == [
        "update   container dev-blog-web-1: connect it to network dev-blog-other (because its networks changed)"
    ]
    there = world(more, Live(aliases={**KNOWN, OTHER.name: frozenset({"web"})}))
    assert lines(WEB, there) == [
        "update   container dev-blog-web-1: disconnect it from network dev-blog-other "
        "(because its networks changed; down: its connections on network dev-blog-other end)"
    ]


def test_another_address_or_alias_is_taken_by_joining_again() -> None:
    for attachment in (
        replace(w.ON_NETWORK[0], address="10.11.12.7"),
        replace(w.ON_NETWORK[0], aliases=("www",)),
    ):
        assert lines(replace(WEB, attachments=(attachment,)), world()) == [
            "update   container dev-blog-web-1: disconnect it from network dev-blog-blog "
            "(because its networks changed; down: its connections on network dev-blog-blog end)",
            "update   container dev-blog-web-1: connect it to network dev-blog-blog (because its networks changed)",
        ]


def test_a_network_that_a_person_took_away_or_added_is_seen_in_the_list() -> None:
    assert lines(WEB, world(attachments=())) == [
        "update   container dev-blog-web-1: connect it to network dev-blog-blog (because it was changed by hand)"
    ]
    lab = ObservedAttachment(network="lab", network_id="net-9")
    assert lines(WEB, world(attachments=(*w.running(WEB).attachments, lab))) == [
        "update   container dev-blog-web-1: disconnect it from network lab "
        "(because it was changed by hand; down: its connections on network lab end)"
    ]


def test_limits_that_a_person_changed_are_changed_back_by_a_deep_look() -> None:
    there = world(live=Live(memory=32 << 20, pids=5, aliases=KNOWN))
    assert lines(replace(WEB, resources=Resources(memory=64 << 20, pids=5)), there)[0].startswith("update ")


def test_a_setting_that_no_manifest_has_takes_a_new_container() -> None:
    there = replace(
        world(live=Live(aliases=KNOWN, settings={"CpuShares": "512"})),
        records={ID: Record(settings={"CpuShares": "0"})},
    )
    assert lines(WEB, there, deep=True)[0] == (
        "replace  container dev-blog-web-1: create it from bb:1 (because it was changed by hand: CpuShares: 0 -> 512)"
    )


BY_HAND = "it was changed by hand: resources.memory: 33554432 -> (none)"


def test_a_limit_that_a_person_set_is_taken_away_by_a_new_one_and_only_told_with_drift_report() -> None:
    there = world(live=Live(memory=32 << 20, aliases=KNOWN))
    assert lines(WEB, there, deep=True)[0] == (
        f"replace  container dev-blog-web-1: create it from bb:1 (because {BY_HAND})"
    )
    told = w.plan(replace(w.desired(WEB), drift="report"), there, Goals(deep=True))
    assert (told.actions, told.kept) == (
        (),
        (f"container dev-blog-web-1: {BY_HAND}; it is left so (drift: report)",),
    )
    assert [str(one) for one in drift.drift(w.desired(WEB), there).drifted] == [
        "container dev-blog-web-1: resources.memory is 33554432, not (none)"
    ]


def test_what_was_changed_by_hand_hides_nothing_that_is_asked_for() -> None:
    there = replace(
        world(live=Live(memory=32 << 20, aliases=KNOWN, settings={"CpuShares": "512"}), image_id="sha256:0"),
        records={ID: Record(settings={"CpuShares": "0"})},
    )
    plan = w.plan(replace(w.desired(WEB), drift="report"), there, Goals(deep=True))
    assert {one.cause for one in plan.actions} == {"bb:1 is another image now"}


def test_limits_change_on_the_hosts_own_network_too() -> None:
    seen = replace(w.seen(w.NETWORK), attaching=NetworkMode(mode="host"))
    there = replace(world(network_mode="host", attachments=()), networks={w.NETWORK.name: seen})
    plan = w.plan(w.desired(replace(WEB, resources=Resources(pids=50))), there)
    assert str(plan) == "update   container dev-blog-web-1: change it as it is (because its limits changed)"


def test_a_limit_that_came_and_went_with_the_manifest_was_not_set_by_hand() -> None:
    limited = replace(WEB, resources=Resources(memory=64 << 20))
    there = replace(world(live=Live(memory=64 << 20, aliases=KNOWN)), records={ID: Record(wish=fields.wish(limited))})
    plan = w.plan(replace(w.desired(WEB), drift="report"), there)
    assert plan.actions[0].cause == "its limits changed, and resources.memory can be taken away only from a new one"
