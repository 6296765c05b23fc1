"""Waits until the container of a job has ended, and says how; whether that is needed is decided elsewhere."""

from __future__ import annotations

from scs.contract import errors
from scs.contract.context import Progress
from scs.contract.world import World
from scs.model import labels
from scs.model.identity import Digest, Identity
from scs.model.observed import ObservedContainer
from scs.model.operations import AwaitEnd
from scs.run import health

LONGEST_PAUSE = 1.0
LOG_LINES = 50


def wait(waiting: AwaitEnd, identity: Identity, world: World, progress: Progress) -> None:
    """Returns when it has ended well, and that is noted. Raises Failure with its last output when it did not."""
    name = waiting.name
    until = world.clock.monotonic() + waiting.timeout
    pause = health.POLL_SECONDS
    said = ""
    while True:
        container = next((one for one in world.engine.containers() if one.name == name), None)
        if container is None:
            raise errors.Failure(f"{name} is gone while its end was waited for: somebody removed it")
        if container.state == "created":
            raise errors.Retry(f"{name} does not run although it was started")
        if container.state in ("exited", "dead"):
            return _note(container, waiting, identity, world)
        if world.clock.monotonic() >= until:
            _stop(container, waiting, world)
        line = health.last_lines(container.id, world, count=1)
        if line != said:
            progress.say(line)
            said = line
        world.clock.sleep(pause)
        pause = min(pause * health.GROWTH, LONGEST_PAUSE)


def _note(ended: ObservedContainer, waiting: AwaitEnd, identity: Identity, world: World) -> None:
    if ended.exit_code == 0:
        digest = Digest(ended.labels.get(labels.DIGEST, ""))
        return world.jobs.remember(identity, ended.role, digest, ended.image_id)
    if waiting.earlier:
        return None
    how = f"exited with {ended.exit_code}" if ended.exit_code is not None else "ended, and the engine did not see how"
    raise errors.Failure(f"{ended.name} {how}", detail=_output(ended, world))


def _stop(container: ObservedContainer, waiting: AwaitEnd, world: World) -> None:
    """A process that is told to stop may end with 0. Nobody must take that for its work, so that its container goes."""
    world.engine.stop(container.id, waiting.grace)
    output = _output(container, world)
    stopped = next((one for one in world.engine.containers() if one.id == container.id), container)
    if stopped.exit_code == 0:
        world.engine.remove_container(container.id)
    raise errors.Failure(f"{container.name} did not end within {waiting.timeout:g} s and was stopped", detail=output)


def _output(container: ObservedContainer, world: World) -> str:
    return health.last_lines(container.id, world, count=LOG_LINES)
