"""Networks of type `external`, and the two modes that take the place of a network."""

from __future__ import annotations

import pytest

from provisioners.external import External
from provisioners.modes import Host, NoNetwork
from scs.contract import errors
from scs.model.problem import InvalidSpec
from scs.model.steps import Do, Goal, Refused, Step
from scs.model.storage import EngineNetwork, Network, NetworkMode
from tests.fakes.context import context
from tests.fakes.engine import FakeEngine
from tests.provisioners.worlds import spec

EXTERNAL = External()


def network(name: str = "office") -> Network:
    return EXTERNAL.prepare(spec("external", "net", {"name": name}))


def test_it_goes_by_the_engines_name() -> None:
    assert network().name == "office"
    assert EXTERNAL.attaching(network()) == EngineNetwork(name="office")
    assert EXTERNAL.prepare(spec("external", "office", {})) == EXTERNAL.prepare(
        spec("external", "office", {"name": "office"})
    )


def test_a_network_that_is_missing_is_not_made() -> None:
    engine = FakeEngine()
    seen = EXTERNAL.observe(network(), context(engine))
    assert EXTERNAL.steps(network(), seen, Goal.PRESENT) == Refused(
        why="the engine has no network office, and scs does not make external ones: 'docker network create office' does"
    )
    assert EXTERNAL.steps(network(), seen, Goal.RELEASED) == Do()


def test_a_network_that_is_there_is_never_touched() -> None:
    engine = FakeEngine()
    engine.add_network("office")
    seen = EXTERNAL.observe(network(), context(engine))
    assert [EXTERNAL.steps(network(), seen, goal) for goal in Goal] == [Do(), Do(), Do()]
    with pytest.raises(errors.Refusal, match="a network of type external has no step remove"):
        EXTERNAL.perform(network(), Step(operation="remove", says="remove it"), context(engine))
    assert engine.calls == []


def test_two_of_one_name_are_refused_with_their_ids() -> None:
    engine = FakeEngine()
    ids = [engine.add_network("office")[:12] for _ in range(2)]
    steps = EXTERNAL.steps(network(), EXTERNAL.observe(network(), context(engine)), Goal.PRESENT)
    assert steps == Refused(why=f"the engine has 2 networks office ({ids[0]}, {ids[1]}): remove all but one")


@pytest.mark.parametrize("name", ["host", "none"])
def test_a_mode_is_a_type_of_its_own(name: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        network(name)
    assert (caught.value.option, caught.value.message, caught.value.hint) == (
        "name",
        f"{name} is not a network of the engine but a mode",
        f"write 'type: {name}'",
    )


def test_on_the_engines_default_bridge_containers_have_no_names() -> None:
    assert not network("bridge").shared
    assert network("office").shared


@pytest.mark.parametrize(("provisioner", "mode"), [(Host(), "host"), (NoNetwork(), "none")])
def test_a_mode_takes_the_place_of_all_networks(provisioner: Host | NoNetwork, mode: str) -> None:
    prepared = provisioner.prepare(spec(mode, "net", {}))
    assert provisioner.attaching(prepared) == NetworkMode(mode=mode)
    assert not prepared.shared
    with pytest.raises(errors.Refusal, match=f"a network of type {mode} has no step make"):
        provisioner.perform(prepared, Step(operation="make", says="make it"), context())


def test_the_two_modes_are_two_wishes() -> None:
    assert Host().prepare(spec("host", "net", {})).digest != NoNetwork().prepare(spec("none", "net", {})).digest
