"""Networks of the types `host` and `none`, which are a mode of the container: always there, and nothing to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import schemas
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.steps import Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import Network, NetworkMode, Spec


class Mode:
    """What both have in common."""

    schema: ClassVar[Mapping[str, Any]]
    mode: ClassVar[Literal["host", "none"]]

    def prepare(self, spec: Spec) -> Network:
        made = Network.of(spec, options={}, digest=identity.digest({"type": self.mode}))
        return replace(made, shared=False, mode=self.mode)

    def observe(self, network: Network, context: Context) -> Observation:
        return Present(rests_on=())

    def steps(self, network: Network, seen: Observation, goal: Goal) -> Steps:
        return Refused(why=seen.why) if isinstance(seen, Unknown) else Do()

    def perform(self, network: Network, step: Step, context: Context) -> None:
        raise errors.Refusal(f"{network.name}: a network of type {network.type} has no step {step.operation}")

    def attaching(self, network: Network) -> NetworkMode:
        return NetworkMode(mode=self.mode)


class Host(Mode):
    """The container shares the host's own network."""

    schema = schemas.network("host")
    mode = "host"


class NoNetwork(Mode):
    """The container has no network at all."""

    schema = schemas.network("none")
    mode = "none"
