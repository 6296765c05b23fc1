"""The actions of one container's life: make, start, tell, wait, stop, remove. When and whether is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scs.model.container import Attachment, Container
from scs.model.observed import ObservedContainer, Told
from scs.model.plan import (
    Action,
    ActionId,
    AwaitHealthy,
    ConnectContainer,
    ContainerOperation,
    CreateContainer,
    RemoveContainer,
    StartContainer,
    StopContainer,
    Target,
    TellContainer,
    UnpauseContainer,
)
from scs.model.steps import Change
from scs.plan.situation import action_id

PICKED_PORTS = "picked ports"
"""The lane of starts that let the engine pick host ports: engines hand one port to two when they race."""
ALIVE = ("running", "paused", "restarting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a series of actions does to the container, and because of what."""

    change: Change
    cause: str


def target(name: str) -> Target:
    return Target(kind="container", name=name)


def make(
    container: Container, told: tuple[Told, ...], why: Why, gotten: Iterable[ActionId], ready: Iterable[ActionId]
) -> tuple[Action, ...]:
    """Creates it once everything is `gotten`, and starts it once those that it needs are `ready`."""
    create = _action(
        action_id("create", container.name),
        CreateContainer(container=container, told=told),
        f"create it from {container.image.tag}",
        why,
        after=(action_id("remove", container.name), *gotten),
    )
    return (create, *start(container, told, why, container.attachments[1:], ready))


def start(
    container: Container,
    told: tuple[Told, ...],
    why: Why,
    missing: Iterable[Attachment],
    ready: Iterable[ActionId],
) -> tuple[Action, ...]:
    """Connects it to the networks that it still misses, and starts it."""
    created = action_id("create", container.name)
    connects = tuple(
        _action(
            action_id(f"connect {one.network}", container.name),
            ConnectContainer(name=container.name, attachment=one),
            f"connect it to network {one.network}",
            why,
            after=(created,),
        )
        for one in missing
    )
    started = _action(
        action_id("start", container.name),
        StartContainer(container=container, told=told),
        "start it",
        why,
        after=(created, *(one.id for one in connects), *ready),
    )
    return (*connects, started)


def unpause(container: Container, cause: str) -> tuple[Action, ...]:
    operation = UnpauseContainer(name=container.name)
    why = Why(change=Change.UPDATE, cause=cause)
    return (_action(action_id("unpause", container.name), operation, "let it run on", why),)


def tell(container: Container, told: Iterable[Told], ready: Iterable[ActionId]) -> tuple[Action, ...]:
    """Says where its requirements are now, once those that provide them are ready."""
    commands = {one.name: one.on_change for one in container.requires}
    return tuple(
        _action(
            action_id(f"tell {one.requirement}", container.name),
            TellContainer(name=container.name, told=one, on_change=commands.get(one.requirement) or ()),
            f"tell it where {one.requirement} is now",
            Why(change=Change.UPDATE, cause=f"the endpoints of {one.requirement} changed"),
            after=ready,
        )
        for one in told
    )


def await_healthy(container: Container, before: tuple[Action, ...], *, verified: bool) -> tuple[Action, ...]:
    """Health is waited for after each start, and when an earlier run did not live to see it (`verified` is false)."""
    starts = [one for one in before if isinstance(one.operation, (StartContainer, UnpauseContainer))]
    if not container.checks or (verified and not starts):
        return ()
    why = (
        Why(change=starts[0].change, cause=starts[0].cause)
        if starts
        else Why(change=Change.UPDATE, cause="its health was not seen yet")
    )
    operation = AwaitHealthy(name=container.name, checks=container.checks)
    after = tuple(one.id for one in before)
    return (_action(action_id("await", container.name), operation, "wait until it is healthy", why, after=after),)


def stop_and_remove(
    old: ObservedContainer, why: Why, *, after: Iterable[ActionId] = (), grace: float = 10.0
) -> tuple[Action, ...]:
    """Takes a container away; its volumes stay. One that does not run is only removed."""
    waiting = tuple(after)
    stopped = action_id("stop", old.name)
    remove = _action(
        action_id("remove", old.name),
        RemoveContainer(id=old.id, name=old.name),
        "remove it",
        why,
        after=(stopped, *waiting),
    )
    if old.state not in ALIVE:
        return (remove,)
    return (
        _action(stopped, StopContainer(id=old.id, name=old.name, grace=grace), "stop it", why, after=waiting),
        remove,
    )


def _action(
    identifier: ActionId,
    operation: ContainerOperation | AwaitHealthy | TellContainer,
    says: str,
    why: Why,
    *,
    after: Iterable[ActionId] = (),
) -> Action:
    name = operation.container.name if isinstance(operation, (CreateContainer, StartContainer)) else operation.name
    downtime = ""
    if isinstance(operation, StopContainer):
        removed = why.change is Change.REMOVE
        downtime = "it is removed" if removed else "the old one stops before the new one starts"
    return Action(
        id=identifier,
        target=target(name),
        operation=operation,
        says=says,
        change=why.change,
        cause=why.cause,
        downtime=downtime,
        after=tuple(dict.fromkeys(after)),
        lane=PICKED_PORTS if isinstance(operation, StartContainer) and _picks_ports(operation.container) else "",
    )


def _picks_ports(container: Container) -> bool:
    return any(one.publish is not None and not one.publish.port for one in container.provides)
