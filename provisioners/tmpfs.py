"""Volumes of type `tmpfs`: memory of one container, for as long as it runs; nothing of it is on the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import schemas
from provisioners import scalars
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity, storage
from scs.model.steps import Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import Scope, Spec, Volume


class Tmpfs:
    """There is nothing to make: the engine mounts it when it starts the container."""

    schema: ClassVar[Mapping[str, Any]] = schemas.volume("tmpfs")
    scope: ClassVar[Scope] = "any"

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        options: dict[str, Any] = {}
        if spec.options.get("size") is not None:
            options["size"] = scalars.size(spec.options["size"], "size")
        if spec.options.get("mode") is not None:
            options["mode"] = scalars.octal(scalars.mode(spec.options["mode"], "mode"))
        digest = identity.digest({"type": "tmpfs", **options})
        return Volume.of(spec, options=options, digest=digest, scope=self.scope)

    def observe(self, volume: Volume, context: Context) -> Observation:
        return Present(rests_on=())

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        return Refused(why=seen.why) if isinstance(seen, Unknown) else Do()

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        raise errors.Refusal(f"{volume.name}: a volume of type tmpfs has no step {step.operation}")

    def binding(self, volume: Volume, seen: Present) -> storage.Tmpfs:
        mode = volume.options.get("mode")
        return storage.Tmpfs(size=volume.options.get("size"), mode=None if mode is None else int(mode, 8))
