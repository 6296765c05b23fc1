"""Looks whether a container's checks pass: once, or until they do."""

from __future__ import annotations

from dataclasses import dataclass

from scs.contract import errors
from scs.contract.context import Progress
from scs.contract.world import World
from scs.model import aside
from scs.model.identity import Identity
from scs.model.observed import ObservedContainer
from scs.model.operations import AwaitHealthy
from scs.model.service import Check, ExecCheck

POLL_SECONDS = 0.25
"""The first pause between two looks; it grows to the check's own interval: quick services are not waited for."""
GROWTH = 1.5
MONITOR_PAUSE = 1.0
MOST_ENDINGS = 5
"""How often a new container may be seen to wait for its next start, where an old one could run in its place."""
PATIENCE = 10.0
"""How long a container without a check may take until it runs."""
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class _Watch:
    """Since when it has been healthy, and how often the engine had started it again by then."""

    since: float
    restarts: int | None


def wait(waiting: AwaitHealthy, identity: Identity, world: World, progress: Progress) -> None:
    """Returns when every check has passed for long enough; remembers it. Raises Failure with the last reason."""
    name, checks = waiting.name, waiting.checks
    called = _called(name)
    started = world.clock.monotonic()
    allowed = waiting.monitor + max((one.start_period + one.interval * one.retries for one in checks), default=PATIENCE)
    pause = POLL_SECONDS
    watch: _Watch | None = None
    endings = 0
    while True:
        container = next((one for one in world.engine.containers() if one.name == name), None)
        if container is None:
            raise errors.Retry(f"{called} is gone while its health was waited for: somebody removed it")
        now = world.clock.monotonic()
        reason = look(container, checks, world)
        if not reason:
            watch = watch or _Watch(since=now, restarts=world.engine.restarts(container.id) if waiting.monitor else 0)
            reason = _lasting(watch, container, waiting, now, world)
            if not reason:
                world.delivery.remember_verified(identity, waiting.folder, container.id)
                return
        else:
            watch = None
        if container.state in ("exited", "dead"):
            raise errors.Failure(
                f"{called} ended before it was healthy: {container.status}", detail=last_lines(name, world)
            )
        endings += container.state == "restarting"
        if waiting.monitor and endings > MOST_ENDINGS:
            why = f"{called} ends again and again: {container.status}"
            raise errors.Failure(why, detail=last_lines(name, world))
        if now - started > allowed:
            raise errors.Failure(
                f"{called} is not healthy after {allowed:.0f} s: {reason}", detail=last_lines(name, world)
            )
        progress.say(reason)
        world.clock.sleep(pause)
        pause = min(pause * GROWTH, *(one.interval for one in checks), MONITOR_PAUSE)


def _lasting(watch: _Watch, container: ObservedContainer, waiting: AwaitHealthy, now: float, world: World) -> str:
    """What is still to be waited for once it is healthy; empty when that has lasted. Raises Failure when it did not."""
    if now - watch.since < waiting.monitor:
        return f"watched for {waiting.monitor:g} s"
    if waiting.monitor and world.engine.restarts(container.id) != watch.restarts:
        why = f"does not go on running: it ended in the {waiting.monitor:g} s that it was watched"
        raise errors.Failure(f"{_called(waiting.name)} {why}", detail=last_lines(waiting.name, world))
    return ""


def _called(name: str) -> str:
    replica, slot = aside.split(name)
    return f"the new {replica}" if slot else name


def look(container: ObservedContainer, checks: tuple[Check, ...], world: World) -> str:
    """Why it is not healthy, in one line; empty when every check passes."""
    if container.state != "running":
        return f"it is {container.state}"
    for check in checks:
        reason = _probe(container, check, world)
        if reason:
            return reason
    return ""


def last_lines(name: str, world: World, *, count: int = LOG_LINES) -> str:
    """What the container said last, as a text; empty when that cannot be had."""
    try:
        return "\n".join(world.engine.logs(name, tail=count))
    except errors.EffectError:
        return ""


def _probe(container: ObservedContainer, check: Check, world: World) -> str:
    if isinstance(check.probe, ExecCheck):
        command = check.probe.command
        try:
            result = world.engine.exec(container.id, command, timeout=check.timeout, env={})
        except (errors.Retry, errors.Uncertain) as error:
            return error.why
        said = result.output.strip().splitlines()
        return f"{' '.join(command)} exited with {result.code}{': ' + said[-1] if said else ''}" if result.code else ""
    address = "127.0.0.1" if container.network_mode == "host" else _address(container)
    return world.host.probe(address, check) if address else "it has no address yet"


def _address(container: ObservedContainer) -> str:
    return next((one.address for one in container.attachments if one.address), "")
