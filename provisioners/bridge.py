"""Networks of type `bridge`: a network of the engine on this host, made and removed by scs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, assert_never

import schemas
from provisioners import ownership, ranges, scalars
from scs.contract import errors
from scs.contract.context import Context
from scs.contract.engine import NewNetwork, Pool
from scs.model import identity
from scs.model.observed import Listing, ObservedContainer, ObservedNetwork
from scs.model.steps import (
    Absent,
    Change,
    Do,
    Goal,
    Observation,
    Present,
    Refused,
    Step,
    Steps,
    Unknown,
    Waiting,
)
from scs.model.storage import EngineNetwork, Network, Spec

CREATE, REMOVE, HEAL = "create", "remove", "remove-double"


class Bridge:
    """Ours by its labels. Networks may share a name, also when several callers made one at the same time."""

    schema: ClassVar[Mapping[str, Any]] = schemas.network("bridge")

    def prepare(self, spec: Spec) -> Network:
        options: dict[str, Any] = ranges.pool(spec.options, version=4)
        if spec.options.get("ipv6") is not None:
            options["ipv6"] = ranges.pool(spec.options["ipv6"], version=6, option="ipv6")
        if spec.options.get("internal"):
            options["internal"] = True
        if driver_options := scalars.texts(spec.options.get("driver_options")):
            options["driver_options"] = driver_options
        return Network.of(spec, options=options, digest=identity.digest({"type": "bridge", **options}))

    def observe(self, network: Network, context: Context) -> Observation:
        return look(network, context.listing)

    def steps(self, network: Network, seen: Observation, goal: Goal) -> Steps:
        match seen:
            case Unknown(why=why):
                return Refused(why=why)
            case Absent(facts=facts) if goal is Goal.PRESENT:
                return _overlap(network, facts) or Do(steps=(_creation(network),))
            case Present(facts=facts) if goal is Goal.PRESENT:
                return _as_asked(network, facts)
            case Present(facts=facts):
                return _removal(network, facts)
            case Absent():
                return Do()
            case _:
                assert_never(seen)

    def perform(self, network: Network, step: Step, context: Context) -> None:
        seen = look(network, context.engine.list())
        facts: Mapping[str, Any] = seen.facts if isinstance(seen, Present) else {"ours": [], "foreign": ""}
        if step.operation == CREATE:
            _create(network, facts, context)
        elif step.operation == HEAL:
            _remove(network, [one for one in facts["ours"][1:] if not one["users"]], context)
        else:
            _remove(network, facts["ours"], context)

    def attaching(self, network: Network) -> EngineNetwork:
        return EngineNetwork(name=network.name)


def look(network: Network, listing: Listing) -> Present | Absent:
    """Every network of that name: ours with who is on them, those in use and the smallest id first."""
    named = [one for one in listing.networks if one.name == network.name]
    mine = [one for one in named if ownership.ours(one.labels, network) and one.driver == "bridge"]
    blocked = _first_overlap(network, (one for one in listing.networks if one not in mine))
    if not named:
        return Absent(facts=blocked)
    ours: list[dict[str, Any]] = [
        {
            "id": one.id,
            "digest": ownership.digest(one.labels),
            "users": len(users := _users(one, listing)),
            "strangers": ownership.strangers(users, network.identity),
        }
        for one in mine
    ]
    foreign = next((ownership.made_by(one.labels, network) for one in named if one not in mine), "")
    return Present(facts={"ours": sorted(ours, key=_preference), "foreign": foreign, **blocked}, rests_on=())


def wanted(network: Network) -> NewNetwork:
    """What the engine is asked for."""
    options = network.options
    return NewNetwork(
        name=network.name,
        driver="bridge",
        labels=ownership.marks(network),
        pools=tuple(
            Pool(subnet=pool["subnet"], gateway=pool["gateway"], dynamic=pool.get("dynamic", ""))
            for pool in _pools(network)
        ),
        internal=options.get("internal", False),
        ipv6="ipv6" in options,
        options=options.get("driver_options", {}),
    )


def _pools(network: Network) -> list[Mapping[str, Any]]:
    """The ranges that the manifest names, IPv4 first."""
    return [pool for pool in (network.options, network.options.get("ipv6", {})) if "subnet" in pool]


def _preference(one: Mapping[str, Any]) -> tuple[bool, str]:
    return not one["users"], str(one["id"])


def _users(network: ObservedNetwork, listing: Listing) -> list[ObservedContainer]:
    """The containers on it; one that was never started knows its network by name alone."""
    return [
        container
        for container in listing.containers
        if any(
            (one.network_id or network.id, one.network) == (network.id, network.name) for one in container.attachments
        )
    ]


def _first_overlap(network: Network, others: Iterable[ObservedNetwork]) -> Mapping[str, Any]:
    subnets = [pool["subnet"] for pool in _pools(network)]
    for other in others:
        found = ranges.overlapping(subnets, other.subnets)
        if found is not None:
            mine = ownership.ours(other.labels, network)
            return {"overlap": {"subnet": found[0], "network": other.name, "taken": found[1], "ours": mine}}
    return {}


def _overlap(network: Network, facts: Mapping[str, Any]) -> Steps | None:
    found = facts.get("overlap")
    if found is None:
        return None
    says = f"its subnet {found['subnet']} overlaps {found['taken']} of network {found['network']}"
    if found["ours"]:
        return Waiting(why=f"{says}, also of {network.identity}: it waits until that is gone or changed")
    return Refused(why=f"{says}: choose another subnet, or remove that network")


def _as_asked(network: Network, facts: Mapping[str, Any]) -> Steps:
    ours = facts["ours"]
    if facts["foreign"]:
        return Refused(
            why=f"the engine has another network {network.name}, made by {facts['foreign']}, not for "
            f"{network.identity}: rename this one in the manifest, or remove the other"
        )
    if ours[0]["digest"] != network.digest:
        return _overlap(network, facts) or _foreign_use(network, ours) or Do(steps=_replacement(network))
    spare = [one for one in ours[1:] if not one["users"]]
    if len(spare) + 1 < len(ours):
        return Refused(
            why=f"there are {len(ours)} networks {network.name} and more than one is in use: remove the "
            f"containers from one of {', '.join(one['id'][:12] for one in ours)}, then apply again"
        )
    if not spare:
        return Do()
    says = f"remove the unused double of network {network.name}"
    return Do(steps=(Step(operation=HEAL, says=says, change=Change.REMOVE),))


def _removal(network: Network, facts: Mapping[str, Any]) -> Steps:
    """Somebody else's network of that name is none of our business."""
    if not facts["ours"]:
        return Do()
    says = f"remove network {network.name}"
    return _foreign_use(network, facts["ours"]) or Do(
        steps=(Step(operation=REMOVE, says=says, change=Change.REMOVE, exclusive=True),)
    )


def _replacement(network: Network) -> tuple[Step, Step]:
    """The engine changes no network: it goes and comes again, and with it everything on it."""
    says = f"remove network {network.name}, which the engine cannot change"
    return (
        Step(operation=REMOVE, says=says, change=Change.REPLACE, exclusive=True),
        _creation(network, Change.REPLACE),
    )


def _creation(network: Network, change: Change = Change.CREATE) -> Step:
    subnets = [pool["subnet"] for pool in _pools(network)]
    says = f"create network {network.name}" + (f" with {' and '.join(subnets)}" if subnets else "")
    return Step(operation=CREATE, says=says, change=change)


def _foreign_use(network: Network, ours: Iterable[Mapping[str, Any]]) -> Refused | None:
    strangers = sorted({name for one in ours for name in one["strangers"]})
    if not strangers:
        return None
    return Refused(
        why=f"network {network.name} has to be removed, and {', '.join(strangers)}, not of "
        f"{network.identity}, is on it: disconnect it first with "
        f"'docker network disconnect {network.name} {strangers[0]}'"
    )


def _create(network: Network, facts: Mapping[str, Any], context: Context) -> None:
    if facts["foreign"]:
        raise errors.Refusal(f"the engine has another network {network.name} now, made by {facts['foreign']}")
    if any(one["digest"] == network.digest for one in facts["ours"]):
        return
    context.engine.create_network(wanted(network))


def _remove(network: Network, found: Iterable[Mapping[str, Any]], context: Context) -> None:
    """By id: the name may be another's by the time of the call."""
    for one in found:
        if one["strangers"]:
            raise errors.Refusal(f"network {network.name} is used by {', '.join(one['strangers'])} by now")
        context.engine.remove_network(one["id"])
