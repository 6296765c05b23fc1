"""Compiled manifests and changes of them, drawn with a seed; values only."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from scs.model.container import After, Container, Process
from scs.model.desired import Desired
from scs.model.plan import Goals
from scs.model.service import Check, FromRole, HttpCheck, Provided, Publish, Required
from scs.model.storage import Network, Volume
from tests.run import manifests

ROLES = ("a", "b", "c", "d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From one manifest to another, or to nothing."""

    before: Desired
    after: Desired
    goals: Goals


def change(chosen: random.Random) -> Change:
    """A manifest, and what becomes of it: another one, the same with a few words changed, or nothing."""
    before = wish(chosen)
    kind = chosen.choice(("other", "tweaked", "tweaked", "tweaked", "destroyed", "fresh"))
    if kind == "fresh":
        return Change(before=replace(before, containers=(), networks=(), volumes=()), after=before, goals=Goals())
    if kind == "destroyed":
        return Change(before=before, after=before, goals=Goals(destroy=True))
    after = wish(chosen) if kind == "other" else tweaked(before, chosen)
    return Change(before=before, after=after, goals=Goals())


def wish(chosen: random.Random) -> Desired:
    """Up to four roles with replicas, volumes, networks, ports, checks, and requirements of earlier roles."""
    keys = chosen.sample(["n1", "n2"], chosen.randint(1, 2))
    nets = tuple(manifests.network(key, internal=chosen.random() < 0.3) for key in keys)
    volumes = tuple(manifests.volume(key) for key in chosen.sample(["data", "more"], chosen.randint(1, 2)))
    containers: list[Container] = []
    for role in chosen.sample(ROLES, chosen.choice((1, 2, 2, 3))):
        mounted = chosen.sample(volumes, chosen.randint(0, len(volumes)))
        one = _role(role, tuple(one.role for one in containers), nets, tuple(mounted), chosen)
        containers += [replace(one, number=count + 1) for count in range(chosen.choice((1, 1, 2, 3)))]
    ordered = tuple(sorted(containers, key=lambda one: (one.role, one.number)))
    return Desired(identity=manifests.BLOG, networks=nets, volumes=volumes, containers=ordered)


def _role(
    role: str,
    earlier: tuple[str, ...],
    nets: tuple[Network, ...],
    volumes: tuple[Volume, ...],
    chosen: random.Random,
) -> Container:
    check = chosen.choice((None, Check(probe=HttpCheck(), port=3306)))
    publish = chosen.choice((None, None, Publish(port=0)))
    return manifests.container(
        role,
        networks=nets[: chosen.randint(1, len(nets))],
        volumes=volumes,
        provides=(Provided(name="mysql", port=3306, check=check, publish=publish),),
        requires=_requires(chosen.choice(earlier), chosen) if earlier and chosen.random() < 0.8 else (),
        after=(After(role=chosen.choice(earlier)),) if earlier and chosen.random() < 0.3 else (),
        process=Process(env={"V": chosen.choice("12")}),
    )


def _requires(role: str, chosen: random.Random) -> tuple[Required, ...]:
    told = chosen.choice((None, ("/bin/reload",), ("/bin/reload",)))
    return (replace(manifests.NEEDS_MYSQL, source=FromRole(role=role, provided="mysql"), on_change=told),)


def tweaked(before: Desired, chosen: random.Random) -> Desired:
    """The same with one thing changed: a word in a role's environment, its replicas, or the role gone."""
    needed = [one.role for one in before.containers if any(_needs(other, one.role) for other in before.containers)]
    role = chosen.choice(needed if needed and chosen.random() < 0.5 else [one.role for one in before.containers])
    mine = before.called(role)
    match chosen.choice(("replicas", "replicas", "env") if role in needed else ("env", "replicas", "gone")):
        case "env":
            changed = tuple(replace(one, process=Process(env={"V": "3"})) for one in mine)
        case "replicas":
            changed = tuple(replace(mine[0], number=number + 1) for number in range(len(mine) % 3 + 1))
        case _:
            changed = ()
    rest = tuple(one for one in before.containers if one.role != role)
    if not changed and (not rest or any(_needs(one, role) for one in rest)):
        return before
    ordered = tuple(sorted((*rest, *changed), key=lambda one: (one.role, one.number)))
    return replace(before, containers=ordered)


def _needs(one: Container, role: str) -> bool:
    sources = (required.source for required in one.requires)
    needed = {source.role for source in sources if isinstance(source, FromRole)}
    return role in needed | {after.role for after in one.after}
