"""Networks of type `bridge`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioners import bridge, ownership
from provisioners.bridge import Bridge
from scs.contract import errors
from scs.contract.engine import NewNetwork, Pool
from scs.model import labels
from scs.model.identity import Identity
from scs.model.observed import ObservedAttachment, ObservedContainer
from scs.model.problem import InvalidSpec
from scs.model.steps import Change, Do, Goal, Refused, Step, Steps, Waiting
from scs.model.storage import EngineNetwork, Network
from tests.fakes.context import context
from tests.fakes.engine import FakeEngine
from tests.provisioners.worlds import spec

BRIDGE = Bridge()
OURS = {labels.ENVIRONMENT: "dev", labels.SERVICE: "blog"}
CREATE = Step(operation="create", says="create network dev-blog-net with 10.11.12.0/24")
REMOVE = Step(operation="remove", says="remove network dev-blog-net", change=Change.REMOVE, exclusive=True)
HEAL = Step(operation="remove-double", says="remove the unused double of network dev-blog-net", change=Change.REMOVE)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


def network(subnet: str = "10.11.12.0/24", **options: Any) -> Network:
    return BRIDGE.prepare(spec("bridge", "net", {"subnet": subnet, **options}))


def steps(wanted: Network, engine: FakeEngine, goal: Goal = Goal.PRESENT) -> Steps:
    return BRIDGE.steps(wanted, BRIDGE.observe(wanted, context(engine)), goal)


def apply(wanted: Network, engine: FakeEngine, goal: Goal = Goal.PRESENT) -> None:
    found = steps(wanted, engine, goal)
    assert isinstance(found, Do)
    for step in found.steps:
        BRIDGE.perform(wanted, step, context(engine))
    assert steps(wanted, engine, goal) == Do()


def named(engine: FakeEngine) -> list[str]:
    return [one.id for one in engine.listing.networks if one.name == "dev-blog-net"]


def put(engine: FakeEngine, name: str, network_id: str, marks: dict[str, str] | None = None) -> None:
    """A container on the network, as the engine lists it."""
    on = (ObservedAttachment(network="dev-blog-net", network_id=network_id, address="10.11.12.9"),)
    one = ObservedContainer(id=name * 8, name=name, labels=marks or {}, attachments=on)
    engine.listing = replace(engine.listing, containers=(*engine.listing.containers, one))


def test_the_engine_is_asked_for_what_the_manifest_says() -> None:
    wanted = network(
        dynamic="10.11.12.128/25",
        ipv6={"subnet": "fd00:11:12::/64"},
        internal=True,
        driver_options={"com.docker.network.driver.mtu": 1400},
    )
    assert bridge.wanted(wanted) == NewNetwork(
        name="dev-blog-net",
        driver="bridge",
        labels={**OURS, labels.KEY: "net", labels.TYPE: "bridge", labels.DIGEST: wanted.digest},
        pools=(
            Pool(subnet="10.11.12.0/24", gateway="10.11.12.1", dynamic="10.11.12.128/25"),
            Pool(subnet="fd00:11:12::/64", gateway="fd00:11:12::1"),
        ),
        internal=True,
        ipv6=True,
        options={"com.docker.network.driver.mtu": "1400"},
    )


def test_without_a_subnet_the_engine_picks_one(engine: FakeEngine) -> None:
    wanted = BRIDGE.prepare(spec("bridge", "net", {}))
    assert bridge.wanted(wanted).pools == ()
    assert steps(wanted, engine) == Do(steps=(Step(operation="create", says="create network dev-blog-net"),))
    apply(wanted, engine)


def test_what_is_said_and_what_is_meant_have_one_digest() -> None:
    assert network().digest == network(gateway="10.11.12.1", internal=False, driver_options={}).digest
    assert network().digest != network(internal=True).digest
    assert network().digest != network("10.11.13.0/24").digest


def test_a_mistake_names_its_option() -> None:
    with pytest.raises(InvalidSpec) as caught:
        network(ipv6={"subnet": "fd00::1/64"})
    assert caught.value.option == "ipv6.subnet"


def test_it_is_created_once_and_removed_once(engine: FakeEngine) -> None:
    assert steps(network(), engine) == Do(steps=(CREATE,))
    apply(network(), engine)
    assert steps(network(), engine, Goal.RELEASED) == Do(steps=(REMOVE,))
    apply(network(), engine, Goal.RELEASED)
    assert [call.split()[0] for call in engine.calls] == ["create_network", "remove_network"]


def test_a_leftover_that_the_manifest_no_longer_describes_is_removed(engine: FakeEngine) -> None:
    apply(network(), engine)
    leftover = replace(network(), options={})
    apply(leftover, engine, Goal.RELEASED)
    assert named(engine) == []


def test_another_wish_makes_it_again_with_nobody_on_it(engine: FakeEngine) -> None:
    apply(network(), engine)
    changed = network("10.11.13.0/24")
    assert steps(changed, engine) == Do(
        steps=(
            Step(
                operation="remove",
                says="remove network dev-blog-net, which the engine cannot change",
                change=Change.REPLACE,
                exclusive=True,
            ),
            Step(
                operation="create",
                says="create network dev-blog-net with 10.11.13.0/24",
                change=Change.REPLACE,
            ),
        )
    )
    apply(changed, engine)
    assert [one.subnets for one in engine.listing.networks if one.name == "dev-blog-net"] == [("10.11.13.0/24",)]


def test_a_network_of_somebody_else_is_left_alone(engine: FakeEngine) -> None:
    foreign = engine.add_network("dev-blog-net")
    assert steps(network(), engine) == Refused(
        why="the engine has another network dev-blog-net, made by something else than scs, not for dev/blog: rename "
        "this one in the manifest, or remove the other"
    )
    assert steps(network(), engine, Goal.RELEASED) == Do()
    BRIDGE.perform(network(), REMOVE, context(engine))
    with pytest.raises(errors.Refusal) as caught:
        BRIDGE.perform(network(), CREATE, context(engine))
    assert caught.value.why == "the engine has another network dev-blog-net now, made by something else than scs"
    assert named(engine) == [foreign]


def test_a_network_of_that_name_beside_ours_is_refused_because_containers_go_by_name(engine: FakeEngine) -> None:
    apply(network(), engine)
    engine.add_network("dev-blog-net", labels={labels.ENVIRONMENT: "prod", labels.SERVICE: "shop"})
    refused = steps(network(), engine)
    assert isinstance(refused, Refused)
    assert "made by scs for prod/shop, not for dev/blog" in refused.why


@pytest.mark.parametrize(
    "spoilt", [{labels.DIGEST: "v1:abc"}, {labels.TYPE: "eni"}, {labels.SERVICE: "x"}, {labels.ENVIRONMENT: ""}]
)
def test_labels_that_do_not_agree_prove_nothing(engine: FakeEngine, spoilt: dict[str, str]) -> None:
    foreign = engine.add_network("dev-blog-net", labels={**ownership.marks(network()), **spoilt})
    assert steps(network(), engine, Goal.RELEASED) == Do()
    BRIDGE.perform(network(), REMOVE, context(engine))
    assert named(engine) == [foreign]


def test_of_two_that_callers_made_at_once_the_first_is_kept(engine: FakeEngine) -> None:
    marks = ownership.marks(network())
    first = engine.add_network("dev-blog-net", labels=marks, subnets=("10.11.12.0/24",))
    engine.add_network("dev-blog-net", labels=marks)
    assert steps(network(), engine) == Do(steps=(HEAL,))
    apply(network(), engine)
    assert named(engine) == [first]


def test_of_two_the_one_in_use_is_kept(engine: FakeEngine) -> None:
    marks = ownership.marks(network())
    engine.add_network("dev-blog-net", labels=marks)
    used = engine.add_network("dev-blog-net", labels=marks)
    put(engine, "dev-blog-web-1", used, OURS)
    apply(network(), engine)
    assert named(engine) == [used]


def test_of_two_in_use_a_person_has_to_choose(engine: FakeEngine) -> None:
    marks = ownership.marks(network())
    for number in (1, 2):
        put(engine, f"dev-blog-web-{number}", engine.add_network("dev-blog-net", labels=marks), OURS)
    refused = steps(network(), engine)
    assert isinstance(refused, Refused)
    assert refused.why.startswith("there are 2 networks dev-blog-net and more than one is in use")


def test_all_doubles_go_with_it(engine: FakeEngine) -> None:
    for _ in range(3):
        engine.add_network("dev-blog-net", labels=ownership.marks(network()))
    apply(network(), engine, Goal.RELEASED)
    assert named(engine) == []


def test_a_subnet_that_another_network_has_is_refused_with_its_name(engine: FakeEngine) -> None:
    engine.add_network("office", subnets=("10.11.0.0/16",))
    assert steps(network(), engine) == Refused(
        why="its subnet 10.11.12.0/24 overlaps 10.11.0.0/16 of network office: choose another subnet, or remove that "
        "network"
    )
    assert steps(network(), engine, Goal.RELEASED) == Do()


def test_a_subnet_of_the_second_family_is_looked_at_too(engine: FakeEngine) -> None:
    engine.add_network("office", subnets=("fd00::/16",))
    refused = steps(network(ipv6={"subnet": "fd00:11:12::/64"}), engine)
    assert isinstance(refused, Refused)
    assert "fd00:11:12::/64 overlaps fd00::/16 of network office" in refused.why


def test_a_subnet_of_a_network_that_is_to_go_is_waited_for(engine: FakeEngine) -> None:
    engine.add_network("dev-blog-old", labels=ownership.marks(network()), subnets=("10.11.12.0/24",))
    assert steps(network(), engine) == Waiting(
        why="its subnet 10.11.12.0/24 overlaps 10.11.12.0/24 of network dev-blog-old, also of dev/blog: it waits until "
        "that is gone or changed"
    )


def test_a_subnet_that_is_taken_is_not_noticed_only_after_the_old_network_is_gone(engine: FakeEngine) -> None:
    apply(network(), engine)
    engine.add_network("office", subnets=("10.12.0.0/16",))
    assert isinstance(steps(network("10.12.13.0/24"), engine), Refused)


@pytest.mark.parametrize("goal", [Goal.PRESENT, Goal.RELEASED])
def test_a_container_of_somebody_else_is_never_cut_off(engine: FakeEngine, goal: Goal) -> None:
    apply(network(), engine)
    put(engine, "dev-blog-web-1", named(engine)[0], OURS)
    put(engine, "debug", named(engine)[0])
    wanted = network("10.11.13.0/24")
    assert steps(wanted, engine, goal) == Refused(
        why="network dev-blog-net has to be removed, and debug, not of dev/blog, is on it: disconnect it first with "
        "'docker network disconnect dev-blog-net debug'"
    )
    with pytest.raises(errors.Refusal) as caught:
        BRIDGE.perform(wanted, REMOVE, context(engine))
    assert caught.value.why == "network dev-blog-net is used by debug by now"


def test_a_container_that_was_never_started_is_on_it_by_name(engine: FakeEngine) -> None:
    apply(network(), engine)
    put(engine, "debug", "")
    assert isinstance(steps(network(), engine, Goal.RELEASED), Refused)


def test_containers_are_attached_by_its_name() -> None:
    assert BRIDGE.attaching(network()) == EngineNetwork(name="dev-blog-net")
    assert network().shared


def test_another_manifests_network_is_not_ours() -> None:
    other = replace(network(), identity=Identity(environment="dev", service="shop"))
    assert not ownership.ours(ownership.marks(other), network())


def test_a_network_of_another_driver_is_not_ours_whatever_its_labels(engine: FakeEngine) -> None:
    foreign = engine.add_network("dev-blog-net", labels=ownership.marks(network()), driver="overlay")
    assert steps(network(), engine, Goal.RELEASED) == Do()
    BRIDGE.perform(network(), REMOVE, context(engine))
    assert named(engine) == [foreign]
