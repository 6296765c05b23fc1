"""The options that several commands share, each described once, and what to write where a path is no manifest."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Annotated

import typer

from scs.contract import errors

SERVICE = re.compile(rb"^service[ \t]*:", re.MULTILINE)
"""What a manifest must have, and overlays and image manifests do not."""
STATUS = "; without one, scs status shows every manifest on this engine"


def manifests(context: typer.Context, files: list[Path] | None) -> list[Path] | None:
    """The files as they are; a folder or a bare name that is none is refused, and told what to write instead."""
    for file in files or ():
        with contextlib.suppress(OSError):  # of what cannot be looked at, reading it says more
            _refuse(file, context)
    return files


def _refuse(file: Path, context: typer.Context) -> None:
    if file.is_dir():
        raise errors.Refusal(f"{file} is a folder: {_in(file)}")
    if file.name == str(file) and not file.suffix and not file.exists():
        near = [name for name in (f"{file}.yaml", f"{file}.yml") if Path(name).is_file()]
        status = STATUS if context.info_name == "status" else ""
        instead = f"name the file of a manifest, such as {file}.yaml{status}"
        raise errors.Refusal(f"'{file}' is no file: {f'did you mean {near[0]}?' if near else instead}")


def _in(folder: Path) -> str:
    found = [one for one in sorted(folder.glob("*.yaml")) if one.is_file() and SERVICE.search(one.read_bytes())]
    if len(found) == 1:
        return f"did you mean {found[0]}?"
    if not found and (folder / "image.yaml").is_file():
        return f"name the manifest whose container is made from it, as in image: {{manifest: {folder}}}"
    return "name the file of a manifest in it" if found else "it holds no manifest"


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="MANIFEST",
        help="The manifest, then overlays that are merged over it.",
        show_default=False,
        callback=manifests,
    ),
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
Deep = Annotated[
    bool,
    typer.Option(
        "--deep", help="Look at each container too, for limits, other settings and files that were changed by hand."
    ),
]
LockWait = Annotated[
    float, typer.Option("--lock-wait", metavar="SECONDS", min=0, help="How long to wait for another run to end.")
]
RequireHistory = Annotated[
    bool, typer.Option("--require-history", help="Change nothing where the history cannot be written.")
]
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
