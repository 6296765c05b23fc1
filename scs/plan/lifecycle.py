"""The actions of one container's life, one at a time; their sequences, when and whether are decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from scs.model import aside
from scs.model.aside import Slot
from scs.model.container import Attachment, Container, Resources, Restart
from scs.model.files import ContainerFile
from scs.model.observed import ObservedContainer, Told
from scs.model.operations import (
    AwaitEnd,
    AwaitHealthy,
    ConnectContainer,
    ContainerOperation,
    CreateContainer,
    DisconnectContainer,
    ForgetJob,
    PutFiles,
    RemoveContainer,
    RenameContainer,
    ResumeContainer,
    StartContainer,
    StopContainer,
    TellContainer,
    UnpauseContainer,
    UpdateContainer,
)
from scs.model.plan import Action, ActionId, Target
from scs.model.steps import Change
from scs.plan.adjusting import Adjust
from scs.plan.situation import action_id

PICKED_PORTS = "picked ports"
"""The lane of starts that let the engine pick host ports: engines hand one port to two when they race."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a series of actions does to the container, and because of what; `kind` is what people call it."""

    change: Change
    cause: str
    kind: Literal["container", "job"] = "container"


def target(container: Container) -> Target:
    return Target(kind="container" if container.job is None else "job", name=container.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A container that is to be made or started: under which name, with which run folder, and why.

    `files` are those that one which is there already has yet to get.
    """

    container: Container
    name: str
    folder: str
    told: tuple[Told, ...]
    why: Why
    files: tuple[ContainerFile, ...] = ()


def create(making: Making, gotten: Iterable[ActionId]) -> tuple[Action, ...]:
    """Creates it once everything is `gotten`, and attaches it to its networks."""
    container = making.container
    created = action(
        action_id("create", container.name),
        CreateContainer(container=container, name=making.name, folder=making.folder, told=making.told),
        f"create it from {container.image.tag}",
        making.why,
        after=gotten,
    )
    return (created, *connect(making, container.attachments[1:]))


def connect(making: Making, missing: Iterable[Attachment]) -> tuple[Action, ...]:
    """Attaches it to the networks that it still misses."""
    return tuple(
        action(
            action_id(f"connect {one.network}", making.container.name),
            ConnectContainer(name=making.name, attachment=one),
            f"connect it to network {one.network}",
            making.why,
            after=(action_id("create", making.container.name),),
        )
        for one in missing
    )


def start(making: Making, after: Iterable[ActionId]) -> Action:
    container = making.container
    operation = StartContainer(
        container=container, name=making.name, folder=making.folder, told=making.told, files=making.files
    )
    return action(action_id("start", container.name), operation, "start it", making.why, after=after)


def adjust(
    container: Container, old: ObservedContainer, decided: Adjust, gotten: Iterable[ActionId]
) -> tuple[Action, ...]:
    """Limits at once; networks are left by all before any is joined, as an address may go from one to another."""
    why = Why(change=Change.UPDATE, cause=decided.cause)
    actions: list[Action] = []
    if decided.update:
        update = UpdateContainer(id=old.id, name=container.name, limits=container.resources, restart=container.restart)
        actions.append(action(action_id("update", container.name), update, "change it as it is", why))
    for network in decided.leave:
        leaving = DisconnectContainer(id=old.id, name=container.name, network=network)
        identifier = action_id(f"disconnect {network}", container.name)
        left = action(identifier, leaving, f"disconnect it from network {network}", why)
        actions.append(replace(left, downtime=f"its connections on network {network} end"))
    for one in decided.join:
        joining = ConnectContainer(name=old.id, attachment=one)
        made = action(
            action_id(f"connect {one.network}", container.name),
            joining,
            f"connect it to network {one.network}",
            why,
            after=(action_id(f"disconnect {one.network}", container.name), *gotten),
        )
        actions.append(replace(made, target=target(container)))
    return (replace(actions[0], fields=decided.fields), *actions[1:])


def unpause(container: Container, why: Why) -> tuple[Action, ...]:
    operation = UnpauseContainer(name=container.name)
    return (action(action_id("unpause", container.name), operation, "let it run on", why),)


def tell(container: Container, folder: str, told: Iterable[Told], ready: Iterable[ActionId]) -> tuple[Action, ...]:
    """Says where its requirements are now, once those that provide them are ready."""
    commands = {one.name: one.on_change for one in container.requires}
    return tuple(
        action(
            action_id(f"tell {one.requirement}", container.name),
            TellContainer(name=container.name, folder=folder, told=one, on_change=commands.get(one.requirement) or ()),
            f"tell it where {one.requirement} is now",
            Why(change=Change.UPDATE, cause=f"the endpoints of {one.requirement} changed"),
            after=ready,
        )
        for one in told
    )


def await_healthy(
    container: Container, folder: str, before: tuple[Action, ...], *, verified: bool
) -> tuple[Action, ...]:
    """Health is waited for after each start, and when an earlier run did not live to see it (`verified` is false)."""
    starts = [
        one
        for one in before
        if isinstance(one.operation, (StartContainer, UnpauseContainer))
        or (isinstance(one.operation, PutFiles) and one.operation.on_change == "restart")
    ]
    if not container.checks or (verified and not starts):
        return ()
    why = (
        Why(change=starts[0].change, cause=starts[0].cause)
        if starts
        else Why(change=Change.UPDATE, cause="its health was not seen yet")
    )
    operation = AwaitHealthy(name=container.name, folder=folder, checks=container.checks)
    return (health(container.name, operation, why, after=tuple(one.id for one in before)),)


def await_end(waiting: AwaitEnd, why: Why, *, after: Iterable[ActionId] = ()) -> Action:
    says = "wait until its earlier run has ended" if waiting.earlier else "wait until it has ended"
    return action(action_id("await", waiting.name), waiting, says, why, after=after)


def forget(job: str, name: str, why: Why, *, after: Iterable[ActionId]) -> Action:
    says = "forget that it was done"
    return action(action_id("forget", name), ForgetJob(job=job, name=name), says, why, after=after)


def health(replica: str, operation: AwaitHealthy, why: Why, *, after: Iterable[ActionId]) -> Action:
    says = "wait until it is healthy" if operation.checks else "see that it goes on running"
    return action(action_id("await", replica), operation, says, why, after=after)


def rename(replica: str, old: str, slot: Slot, why: Why, *, after: Iterable[ActionId]) -> Action:
    """Gives a container the name of the replica, or one beside it."""
    says = {
        "": "give it its name",
        "next": "set it aside as the next one",
        "previous": "set the old one aside",
        "failed": "keep the new one as the one that failed",
    }
    operation = RenameContainer(container=old, name=aside.beside(replica, slot))
    return action(action_id(f"name{'-' if slot else ''}{slot}", replica), operation, says[slot], why, after=after)


def hold(old: ObservedContainer, why: Why, *, after: Iterable[ActionId]) -> Action:
    """An engine that restarts would start it along with the other one."""
    return _policy(old, Restart(policy="no"), "keep the engine from starting it", why, after)


def release(old: ObservedContainer, restart: Restart, why: Why, *, after: Iterable[ActionId]) -> Action:
    return _policy(old, restart, "let the engine start it again", why, after)


def _policy(old: ObservedContainer, restart: Restart, says: str, why: Why, after: Iterable[ActionId]) -> Action:
    operation = UpdateContainer(id=old.id, name=old.replica, limits=Resources(), restart=restart)
    return action(action_id(f"restart-{restart.policy}", old.name), operation, says, why, after=after)


def resume(replica: str, old: ObservedContainer, why: Why, *, after: Iterable[ActionId]) -> Action:
    operation = ResumeContainer(id=old.id, name=replica, folder=old.folder)
    return action(action_id("resume", replica), operation, "let the old one run again", why, after=after)


def stop(old: ObservedContainer, why: Why, *, after: Iterable[ActionId], grace: float, downtime: str = "") -> Action:
    operation = StopContainer(id=old.id, name=old.name, grace=grace)
    made = action(action_id("stop", old.name), operation, "stop it", why, after=after)
    return replace(made, downtime=downtime)


def remove(old: ObservedContainer, why: Why, *, after: Iterable[ActionId]) -> Action:
    """Its run folder goes with it, but for one that failed: its folder may be another's by now."""
    folder = "" if old.slot == "failed" and why.change is not Change.REMOVE else old.folder
    operation = RemoveContainer(id=old.id, name=old.name, folder=folder)
    return action(action_id("remove", old.name), operation, "remove it", why, after=after)


def stop_and_remove(
    old: ObservedContainer, why: Why, *, after: Iterable[ActionId] = (), grace: float = 10.0, downtime: str = ""
) -> tuple[Action, ...]:
    """Takes a container away; its volumes stay. One that does not run is only removed."""
    waiting = tuple(after)
    why = replace(why, kind="job") if old.is_job else why
    removed = remove(old, why, after=(action_id("stop", old.name), *waiting))
    if not old.alive:
        return (removed,)
    return (stop(old, why, after=waiting, grace=grace, downtime=downtime), removed)


def action(
    identifier: ActionId,
    operation: ContainerOperation | AwaitHealthy | AwaitEnd | ForgetJob | TellContainer | PutFiles,
    says: str,
    why: Why,
    *,
    after: Iterable[ActionId] = (),
) -> Action:
    return Action(
        id=identifier,
        target=Target(kind=why.kind, name=aside.split(operation.name)[0]),
        operation=operation,
        says=says,
        change=why.change,
        cause=why.cause,
        after=tuple(dict.fromkeys(after)),
        lane=PICKED_PORTS if isinstance(operation, StartContainer) and _picks_ports(operation.container) else "",
    )


def _picks_ports(container: Container) -> bool:
    return any(one.publish is not None and not one.publish.port for one in container.provides)
