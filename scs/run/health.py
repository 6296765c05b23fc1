"""Looks whether a container's checks pass: once, or until they do."""

from __future__ import annotations

from scs.contract import errors
from scs.contract.context import Progress
from scs.contract.world import World
from scs.model.identity import Identity
from scs.model.observed import ObservedContainer
from scs.model.service import Check, ExecCheck

POLL_SECONDS = 0.25
"""The first pause between two looks; it grows to the check's own interval: quick services are not waited for."""
GROWTH = 1.5
LOG_LINES = 20


def wait(name: str, checks: tuple[Check, ...], identity: Identity, world: World, progress: Progress) -> None:
    """Returns when every check has passed; remembers it. Raises Failure with the last reason and log lines."""
    started = world.clock.monotonic()
    allowed = max(one.start_period + one.interval * one.retries for one in checks)
    pause = POLL_SECONDS
    while True:
        container = next((one for one in world.engine.containers() if one.name == name), None)
        if container is None:
            raise errors.Retry(f"{name} is gone while its health was waited for: somebody removed it")
        reason = look(container, checks, world)
        if not reason:
            world.delivery.remember_verified(identity, name, container.id)
            return
        if container.state in ("exited", "dead"):
            raise errors.Failure(
                f"{name} ended before it was healthy: {container.status}", detail=last_lines(name, world)
            )
        if world.clock.monotonic() - started > allowed:
            raise errors.Failure(
                f"{name} is not healthy after {allowed:.0f} s: {reason}", detail=last_lines(name, world)
            )
        progress.say(reason)
        world.clock.sleep(pause)
        pause = min(pause * GROWTH, *(one.interval for one in checks))


def look(container: ObservedContainer, checks: tuple[Check, ...], world: World) -> str:
    """Why it is not healthy, in one line; empty when every check passes."""
    if container.state != "running":
        return f"it is {container.state}"
    for check in checks:
        reason = _probe(container, check, world)
        if reason:
            return reason
    return ""


def last_lines(name: str, world: World) -> str:
    """What the container said last, as a text; empty when that cannot be had."""
    try:
        return "\n".join(world.engine.logs(name, tail=LOG_LINES))
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
