"""Networks of type `host`: the container shares the host's own network and gets no address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import schemas
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.steps import Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import Network, NetworkMode, Spec


class Host:
    """Always there, and nothing to make."""

    schema: ClassVar[Mapping[str, Any]] = schemas.network("host")

    def prepare(self, spec: Spec) -> Network:
        return Network(
            identity=spec.identity,
            key=spec.key,
            name=spec.name,
            type=spec.type,
            digest=identity.digest({"type": "host"}),
            shared=False,
            mode="host",
            place=spec.place,
        )

    def observe(self, network: Network, context: Context) -> Observation:
        return Present()

    def steps(self, network: Network, seen: Observation, goal: Goal) -> Steps:
        return Refused(why=seen.why) if isinstance(seen, Unknown) else Do()

    def perform(self, network: Network, step: Step, context: Context) -> None:
        raise errors.Refusal(f"{network.name}: a network of type host has no step {step.operation}")

    def attaching(self, network: Network) -> NetworkMode:
        return NetworkMode(mode="host")
