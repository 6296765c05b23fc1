"""`scs exec`: a command, or a console, inside a running container."""

from __future__ import annotations

from typing import Annotated

import typer

from scs import wiring
from scs.cli import console, options
from scs.contract import errors
from scs.run import targets

Target = Annotated[str, typer.Argument(metavar="TARGET", help="A role, service/role or container.", show_default=False)]
Command = Annotated[list[str] | None, typer.Argument(metavar="COMMAND...", help="Without one: a shell.")]
User = Annotated[str, typer.Option("--user", "-u", help="Run as this user of the container.")]


def register(app: typer.Typer) -> None:
    app.command(
        name="exec",
        epilog="Example:  scs exec blog/db mariadb -e 'show databases'",
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )(exec_)


def exec_(
    target: Target,
    command: Command = None,
    user: User = "",
    engine: options.Engine = options.DEFAULT_ENGINE,
) -> None:
    """Run a command inside a container; its exit code becomes scs's."""
    container = targets.single(target, wiring.world(engine).engine.list())
    if container.state != "running":
        raise errors.Refusal(
            f"{container.name} does not run ({container.status or container.state}): start it with 'scs apply'"
        )
    as_user = ("--user", user) if user else ()
    words = console.words(command) or ("/bin/sh",)
    raise typer.Exit(console.docker(engine, ("exec", *console.terminal_flags(), *as_user, container.name, *words)))
