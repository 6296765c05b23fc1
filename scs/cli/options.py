"""The options that several commands share, each described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Argument(metavar="MANIFEST", help="The manifest, then overlays that are merged over it.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a value: containers.web.replicas=3, vars.domain=example.org."),
]
VarFiles = Annotated[
    list[Path] | None,
    typer.Option("--vars", metavar="FILE", help="A YAML file of variables, over those in the manifest."),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", envvar="DOCKER_HOST", metavar="ADDRESS", help="The engine, such as unix:///run/docker.sock."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON of a documented shape.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing when nothing changed, and no progress.")]
DetailedExitCode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Exit with 2 when changes are pending (plan) or were made (apply).")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ROLE", help="Nothing but this role, and what it mounts and joins."),
]
NoPrune = Annotated[bool, typer.Option("--no-prune", help="Keep what is no longer in the manifest.")]
AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="Let a manifest without containers remove those that run.")
]
LockWait = Annotated[
    float, typer.Option("--lock-wait", metavar="SECONDS", min=0, help="How long to wait for another run to end.")
]
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
