"""`scs exec`: a command, or a console, inside a running container."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import Annotated

import typer

from scs import wiring
from scs.cli import console, options, output
from scs.contract import errors
from scs.run import targets

Target = Annotated[str, typer.Argument(metavar="TARGET", help="A role, service/role or container.", show_default=False)]
Command = Annotated[list[str] | None, typer.Argument(metavar="COMMAND...", help="Without one: a shell.")]
User = Annotated[str, typer.Option("--user", "-u", help="Run as this user of the container.")]

LOOK = """\
case $1 in
    */*) [ -e "$1" ] || exec echo missing; [ -x "$1" ] && [ ! -d "$1" ] || exec echo barred ;;
    *) command -v -- "$1" >/dev/null || exec echo missing ;;
esac"""
"""Says what keeps a program from being run, if anything does."""
SHELL = "/bin/sh"
MISSING, BARRED = 127, 126
"""Exit codes, as shells have them."""


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
    words = console.words(command) or (SHELL,)
    code = _unusable(engine, (*as_user, container.name), words[0])
    if code:
        why = "has no program" if code == MISSING else "cannot execute"
        output.tell(f"scs: {container.name} {why} {words[0]!r}")
        raise typer.Exit(code)
    raise typer.Exit(console.docker(engine, ("exec", *console.terminal_flags(), *as_user, container.name, *words)))


def _unusable(engine: str, where: Sequence[str], program: str) -> int:
    """The exit code for a program that cannot be run there; 0 where it can, or where there is no shell to look.

    The engine would say it in words of its runtime, amid what the program writes.
    """
    docker = shutil.which("docker")
    if docker is None:
        return 0
    look = [docker, "--host", engine, "exec", *where, SHELL, "-c", LOOK, SHELL, program]
    done = subprocess.run(
        look, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if program == SHELL and f'exec: "{SHELL}"' in done.stdout + done.stderr:
        return MISSING
    return {"missing\n": MISSING, "barred\n": BARRED}.get(done.stdout, 0)
