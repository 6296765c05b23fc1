"""Volumes of type `docker`: a named volume of the engine, made once, its options never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, assert_never

import schemas
from provisioners import ownership, scalars
from scs.contract import errors
from scs.contract.context import Context
from scs.model import identity
from scs.model.observed import Listing, ObservedVolume
from scs.model.problem import InvalidSpec
from scs.model.steps import Absent, Change, Do, Goal, Observation, Present, Refused, Step, Steps, Unknown
from scs.model.storage import EngineVolume, Scope, Spec, Volume

CREATE, REMOVE = "create", "remove"
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
"""What the engine accepts."""


class DockerVolume:
    """Ours by its labels. Asked to create a taken name, the engine answers with success and that volume."""

    schema: ClassVar[Mapping[str, Any]] = schemas.volume("docker")
    scope: ClassVar[Scope] = "host"

    def prepare(self, spec: Spec, parent: Volume | None) -> Volume:
        name = str(spec.options.get("name", spec.name))
        if not NAME.fullmatch(name):
            raise InvalidSpec(
                f"{name!r} is not a name for a volume of the engine",
                option="name",
                hint="two or more letters, digits, dots, dashes and underscores, a letter or digit first",
            )
        options = {
            "driver": str(spec.options.get("driver", "local")),
            "driver_options": scalars.texts(spec.options.get("driver_options")),
        }
        digest = identity.digest({"type": "docker", "name": name, **options})
        return Volume.of(replace(spec, name=name), options=options, digest=digest, scope=self.scope)

    def observe(self, volume: Volume, context: Context) -> Observation:
        found = _find(volume, context.listing)
        if found is None:
            return Absent()
        users = (one for one in context.listing.containers if volume.name in one.volumes)
        return Present(
            facts={
                "ours": ownership.ours(found.labels, volume),
                "made_by": ownership.made_by(found.labels, volume),
                "digest": ownership.digest(found.labels),
                "strangers": ownership.strangers(users, volume.identity),
            },
            rests_on=(),
        )

    def steps(self, volume: Volume, seen: Observation, goal: Goal) -> Steps:
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Absent() if goal is Goal.PRESENT:
                says = f"create the engine's volume {volume.name}"
                return Do(steps=(Step(operation=CREATE, says=says),))
            case Present(facts=facts) if goal is Goal.PRESENT:
                return _as_it_is(volume, facts)
            case Present(facts=facts) if goal is Goal.DELETED:
                return _deletion(volume, facts)
            case Present() | Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, volume: Volume, step: Step, context: Context) -> None:
        if step.operation == REMOVE:
            _remove(volume, context)
        else:
            _create(volume, context)

    def binding(self, volume: Volume, seen: Present) -> EngineVolume:
        return EngineVolume(name=volume.name)


def _create(volume: Volume, context: Context) -> None:
    """Looks at what came of it: a name that somebody took meanwhile is no error to the engine."""
    options = volume.options
    marks = ownership.marks(volume)
    context.engine.create_volume(volume.name, options["driver"], options["driver_options"], marks)
    made = _find(volume, context.engine.list())
    if made is None:
        raise errors.Retry(f"volume {volume.name} was created and is gone again: somebody removes it")
    if not ownership.ours(made.labels, volume):
        raise errors.Refusal(_foreign(volume, ownership.made_by(made.labels, volume)))
    if ownership.digest(made.labels) != volume.digest:
        raise errors.Refusal(_different(volume))


def _remove(volume: Volume, context: Context) -> None:
    found = _find(volume, context.engine.list())
    if found is None:
        return
    if not ownership.ours(found.labels, volume):
        raise errors.Refusal(_kept(volume, ownership.made_by(found.labels, volume)))
    context.engine.remove_volume(volume.name)


def _find(volume: Volume, listing: Listing) -> ObservedVolume | None:
    return next((one for one in listing.volumes if one.name == volume.name), None)


def _as_it_is(volume: Volume, facts: Mapping[str, Any]) -> Steps:
    if not facts["ours"]:
        return Refused(why=_foreign(volume, facts["made_by"]))
    return Do() if facts["digest"] == volume.digest else Refused(why=_different(volume))


def _deletion(volume: Volume, facts: Mapping[str, Any]) -> Steps:
    if not facts["ours"]:
        return Refused(why=_kept(volume, facts["made_by"]))
    if facts["strangers"]:
        return Refused(
            why=f"volume {volume.name} is used by {', '.join(facts['strangers'])}, not of {volume.identity}: "
            "remove what uses it first"
        )
    step = Step(
        operation=REMOVE,
        says=f"delete the engine's volume {volume.name} with its data",
        change=Change.REMOVE,
        exclusive=True,
        data_at_risk=True,
    )
    return Do(steps=(step,))


def _foreign(volume: Volume, made_by: str) -> str:
    return (
        f"the engine has a volume {volume.name} already, made by {made_by}, not for {volume.identity}: "
        "give this volume another 'name', or save what is in the other and remove it with "
        f"'docker volume rm {volume.name}'"
    )


def _kept(volume: Volume, made_by: str) -> str:
    return (
        f"volume {volume.name} was made by {made_by}, not for {volume.identity}, so scs does not delete it: "
        f"'docker volume rm {volume.name}' does"
    )


def _different(volume: Volume) -> str:
    return (
        f"volume {volume.name} was made with another driver or other options, which the engine cannot "
        "change, and it may hold data: undo the change in the manifest, or give the volume another 'name' "
        "and copy the data there"
    )
