"""`scs run`: a one-off container of a role."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scs import wiring
from scs.cli import changing, console, options, progress
from scs.contract.engine import OneOff
from scs.run import one_off

Role = Annotated[
    str, typer.Argument(metavar="ROLE", help="Whose image, volumes, env and requirements to use.", show_default=False)
]
Command = Annotated[list[str], typer.Argument(metavar="COMMAND...", show_default=False)]
Manifests = Annotated[
    list[Path],
    typer.Option(
        "-f",
        "--file",
        metavar="MANIFEST",
        help="The manifest, then overlays; once for each.",
        callback=options.manifests,
    ),
]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example:  scs run -f blog.yaml web -- php -v",
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )(run)


def run(
    role: Role,
    command: Command,
    files: Manifests,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    quiet: options.Quiet = False,
) -> None:
    """Run a command in a new container of a role and remove it afterwards; its exit code becomes scs's."""
    desired = wiring.load(files, settings, var_files)
    wish = OneOff(command=console.words(command), terminal=sys.stdin.isatty() and sys.stdout.isatty(), stdin=True)
    with changing.interruptible() as stop, progress.reporter(quiet) as reporter:
        world = wiring.world(engine, stop)
        name = one_off.create(desired, role, wish, world, reporter)
    try:
        code = console.docker(engine, ("start", "--attach", "--interactive", name))
    finally:
        one_off.remove(desired, name, wiring.world(engine))
    raise typer.Exit(code)
