"""Networks of type `external`: a network that the engine has already; never made, changed or removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, assert_never

import schemas
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.problem import InvalidSpec
from scs.model.steps import Absent, Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import EngineNetwork, Network, Spec

MODES = ("host", "none")
DEFAULT_BRIDGE = "bridge"
"""The engine's own network, on which it resolves no names."""


class External:
    """Its name is the engine's, not one made from the manifest's identity."""

    schema: ClassVar[Mapping[str, Any]] = schemas.network("external")

    def prepare(self, spec: Spec) -> Network:
        name = str(spec.options.get("name", spec.key))
        if name in MODES:
            raise InvalidSpec(
                f"{name} is not a network of the engine but a mode",
                option="name",
                hint=f"write 'type: {name}'",
            )
        digest = identity.digest({"type": "external", "name": name})
        made = Network.of(replace(spec, name=name), options={"name": name}, digest=digest)
        return replace(made, shared=name != DEFAULT_BRIDGE)

    def observe(self, network: Network, context: Context) -> Observation:
        ids = sorted(one.id for one in context.listing.networks if one.name == network.name)
        if len(ids) > 1:
            shown = ", ".join(identifier[:12] for identifier in ids)
            return Unknown(why=f"the engine has {len(ids)} networks {network.name} ({shown}): remove all but one")
        return Present(facts={"id": ids[0]}, rests_on=()) if ids else Absent()

    def steps(self, network: Network, seen: Observation, goal: Goal) -> Steps:
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Absent() if goal is Goal.PRESENT:
                return Refused(
                    why=f"the engine has no network {network.name}, and scs does not make external ones: "
                    f"'docker network create {network.name}' does"
                )
            case Present() | Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, network: Network, step: Step, context: Context) -> None:
        raise errors.Refusal(f"{network.name}: a network of type external has no step {step.operation}")

    def attaching(self, network: Network) -> EngineNetwork:
        return EngineNetwork(name=network.name)
