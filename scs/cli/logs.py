"""`scs logs`: what containers say, several at once."""

from __future__ import annotations

import queue
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from scs import wiring
from scs.cli import options, output
from scs.contract import errors
from scs.contract.engine import Engine
from scs.manifest.compile import units
from scs.model.observed import ObservedContainer
from scs.run import targets

Targets = Annotated[
    list[str],
    typer.Argument(metavar="TARGET", help="A role, service, service/role or container.", show_default=False),
]
Follow = Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")]
Since = Annotated[
    str, typer.Option("--since", metavar="WHEN", help="A time (2026-01-31T12:00:00) or an age (500ms, 1m30s, 2d).")
]
Tail = Annotated[int | None, typer.Option("-n", "--tail", metavar="N", min=0, help="Only the last lines of each.")]
Prefix = Annotated[bool | None, typer.Option("--prefix/--no-prefix", help="Say before each line whose it is.")]
DAYS = re.compile(r"(\d+)d")


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs logs blog/web blog/db -f --since 10m")(logs)


def logs(
    wanted: Targets,
    follow: Follow = False,
    since: Since = "",
    tail: Tail = None,
    prefix: Prefix = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
) -> None:
    """Show what containers wrote to standard output and standard error."""
    world = wiring.world(engine)
    containers = targets.named(wanted, world.engine.list())
    named = len(containers) > 1 if prefix is None else prefix
    width = max(len(one.name) for one in containers)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the way to end it, and no failure
    try:
        for container, line in _lines(containers, world.engine, follow, moment(since, time.time()), tail):
            start = f"{container.name.ljust(width)} | " if named else ""
            sys.stdout.write(start + output.printable(line) + "\n")
            if follow:
                sys.stdout.flush()
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def moment(text: str, now: float) -> float | None:
    """Seconds since the epoch of a time or an age; None for no text."""
    if not text:
        return None
    days = DAYS.fullmatch(text)
    age = int(days[1]) * 86400.0 if days else units.seconds(text)
    if age is not None:
        return max(0.0, now - age)
    try:
        return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        raise errors.Refusal(
            f"--since {text} is neither a time (2026-01-31T12:00:00) nor an age (500ms, 1m30s, 2d)"
        ) from None


def _lines(
    containers: tuple[ObservedContainer, ...], engine: Engine, follow: bool, since: float | None, tail: int | None
) -> Iterator[tuple[ObservedContainer, str]]:
    """Lines of all as they come. Without follow one container after the other, so that nothing is mixed."""

    def read(container: ObservedContainer) -> Iterator[str]:
        for line in engine.follow(container.id, follow=follow, since=since, tail=tail):
            yield line.decode(errors="replace").rstrip("\r\n")

    if follow:
        yield from _as_they_come(containers, read)
    else:
        yield from ((container, line) for container in containers for line in read(container))


def _as_they_come(
    containers: tuple[ObservedContainer, ...], read: Callable[[ObservedContainer], Iterator[str]]
) -> Iterator[tuple[ObservedContainer, str]]:
    lines: queue.Queue[tuple[ObservedContainer, str | None]] = queue.Queue()

    def pump(container: ObservedContainer) -> None:
        try:
            for line in read(container):
                lines.put((container, line))
        except errors.EffectError as error:
            output.tell(f"scs: {container.name}: {error.why}")
        lines.put((container, None))

    for container in containers:
        threading.Thread(target=pump, args=(container,), daemon=True).start()
    going = len(containers)
    while going:
        container, line = lines.get()
        if line is None:
            going -= 1
        else:
            yield container, line
