"""The contract of plug-ins that make one type of volume or network exist.

`prepare`, `steps` and `binding`/`attaching` are pure: same arguments, same answer, no look at the world.
`observe` and `perform` run in threads and get everything they may use from the context.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from scs.contract.context import Context
from scs.model.problem import InvalidSpec
from scs.model.steps import Goal, Observation, Present, Step, Steps
from scs.model.storage import Attaching, Binding, Network, Scope, Spec, Volume

__all__ = ["InvalidSpec", "NetworkProvisioner", "VolumeProvisioner"]


class VolumeProvisioner(Protocol):
    """Makes one type of volume exist. Every method may be called again after a crash."""

    schema: ClassVar[Mapping[str, Any]]
    """JSON Schema of the options of this type, `type` included."""
    scope: ClassVar[Scope]
    """May the volume follow its service to another host?"""

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        """Fills in defaults, fixes identity and digest. Raises InvalidSpec. Pure."""
        ...

    def observe(self, volume: Volume, context: Context) -> Observation:
        """Reads only, within the deadline. Whatever cannot be read is Unknown, never Absent."""
        ...

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        """The way from `seen` to `goal`; `Do()` when it is reached, always Refused when `seen` is Unknown. Pure."""
        ...

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        """One effect. Performing it twice is the same as once. Raises errors.EffectError."""
        ...

    def binding(self, volume: Volume, seen: Present) -> Binding:
        """What a container gets of a volume that is present. Pure."""
        ...


class NetworkProvisioner(Protocol):
    """Makes one type of network exist. Every method may be called again after a crash."""

    schema: ClassVar[Mapping[str, Any]]

    def prepare(self, spec: Spec) -> Network:
        """Fills in defaults, fixes identity and digest. Raises InvalidSpec. Pure."""
        ...

    def observe(self, network: Network, context: Context) -> Observation:
        """Reads only, within the deadline. Whatever cannot be read is Unknown, never Absent."""
        ...

    def steps(self, network: Network, seen: Observation, goal: Goal) -> Steps:
        """The way from `seen` to `goal`; networks hold no data, so RELEASED and DELETED are the same. Pure."""
        ...

    def perform(self, network: Network, step: Step, context: Context) -> None:
        """One effect. Performing it twice is the same as once. Raises errors.EffectError."""
        ...

    def attaching(self, network: Network) -> Attaching:
        """How containers get onto it. Pure."""
        ...
