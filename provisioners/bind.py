"""Volumes of type `bind`: a file or folder that must be there already; never made, never removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, assert_never

import schemas
from provisioners import host_folder, paths
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.steps import Absent, Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import HostPath, Scope, Spec, Volume


class Bind:
    """A relative source counts from the folder of the manifest that says it."""

    schema: ClassVar[Mapping[str, Any]] = schemas.volume("bind")
    scope: ClassVar[Scope] = "host"

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        allowed = bool(spec.options.get("allow_system_path", False))
        source = paths.joined(spec.folder, str(spec.options["source"]), "source")
        paths.permitted(source, "source", allowed=allowed)
        return Volume.of(
            spec,
            options={"source": source, **({"allow_system_path": True} if allowed else {})},
            digest=identity.digest({"type": "bind", "source": source}),
            scope=self.scope,
        )

    def observe(self, volume: Volume, context: Context) -> Observation:
        source = volume.options["source"]
        why = "" if volume.options.get("allow_system_path") else host_folder.engine_inside(source, context)
        if why:
            return Unknown(why=why)
        return host_folder.observe(source, context, folder=False)

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        source = volume.options["source"]
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Absent() if goal is Goal.PRESENT:
                return Refused(why=f"{source} does not exist: scs does not make it")
            case Present() if goal is Goal.DELETED:
                return Refused(
                    why=f"{source} was not made by scs, which does not remove it: do it yourself if it may go"
                )
            case Present() | Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        raise errors.Refusal(f"{volume.name}: a volume of type bind has no step {step.operation}")

    def binding(self, volume: Volume, seen: Present) -> HostPath:
        return host_folder.binding(seen)
