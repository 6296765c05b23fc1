"""`scs import`: a manifest from running containers, or from a Compose file."""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import schemas
from scs import wiring
from scs.cli import options, output
from scs.contract import errors
from scs.contract.engine import Engine
from scs.manifest.imported import running, writing
from scs.manifest.imported.compose import services
from scs.manifest.imported.compose.source import Source
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Imported
from scs.manifest.syntax import encoding, tree
from scs.model.identity import NAME

Containers = Annotated[list[str] | None, typer.Argument(metavar="CONTAINER", help="Containers, by name or id.")]
Compose = Annotated[
    list[Path] | None,
    typer.Option("--compose", metavar="FILE", help="Read this Compose file instead; more are merged over it."),
]
Environment = Annotated[str, typer.Option("--environment", metavar="NAME", help="The manifest's environment.")]
Service = Annotated[
    str | None,
    typer.Option("--service", metavar="NAME", help="The manifest's service. Without it: Compose project or container."),
]
Target = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write there; a file that exists is refused.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 when something could not be expressed.")]


def register(app: typer.Typer) -> None:
    app.command(name="import", epilog="Example:  scs import blog-db blog-web --service blog -o blog.yaml")(import_)


def import_(
    containers: Containers = None,
    *,
    compose_files: Compose = None,
    environment: Environment = "default",
    service: Service = None,
    target: Target = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    strict: Strict = False,
) -> None:
    """Write a manifest from containers as they are, or from a Compose file, and say what it could not express."""
    if bool(containers) == bool(compose_files):
        raise errors.Refusal("name containers, or Compose files, each after --compose, and not both")
    _named(environment, "--environment")
    _named(service, "--service")
    if compose_files:
        found = _from_compose(compose_files, (environment, service), target)
    else:
        found = _from_containers(containers or [], (environment, service), wiring.world(engine).engine)
    text = writing.text(found.manifest, str(Path(schemas.__file__).parent / "manifest.schema.json"))
    _write(text, target)
    for note in found.notes:
        output.tell(str(note))
    if found.notes:
        count = output.count(len(found.notes), "thing")
        output.tell(f"{count} could not be expressed{'' if strict else '; the rest is in the manifest'}")
    if found.notes and strict:
        raise typer.Exit(1)


def _from_containers(names: Sequence[str], identity: tuple[str, str | None], engine: Engine) -> Imported:
    seen: dict[str, Seen] = {}
    there = engine.containers()
    for name in names:
        if not any(name == one.name or one.id.startswith(name) for one in there):
            hint = tree.near(name, {one.name for one in there}) or "see 'docker ps --all'"
            raise errors.Refusal(f"there is no container {tree.shown(name)}: {hint}")
        container = engine.inspect(name)
        seen[str(container.get("Id"))] = Seen(
            container=container, image=engine.inspect_image(str(container.get("Image")))
        )
    service = identity[1] or running.service(tuple(seen.values()))
    if service is None:
        raise errors.Refusal("these containers are of no one Compose project: say --service NAME")
    return running.manifest(tuple(seen.values()), (identity[0], service), wiring.types())


def _from_compose(files: Sequence[Path], identity: tuple[str, str | None], target: Path | None) -> Imported:
    """Relative paths count from the first file's folder in Compose, from the manifest's in scs."""
    folder = files[0].parent
    source = Source(
        files=tuple((str(file), _read(file)) for file in files),
        project=os.environ.get("COMPOSE_PROJECT_NAME") or folder.resolve().name,
        prefix=posixpath.normpath(os.path.relpath(folder, (target or files[0]).parent)),
        environ=dict(os.environ),
    )
    return services.manifest(source, identity, wiring.types())


def _read(file: Path) -> bytes:
    """As much of it as shows that it is too large."""
    try:
        with file.open("rb") as opened:
            return opened.read(encoding.MAX_BYTES + 1)
    except OSError as error:
        raise errors.Refusal(f"cannot read {file}: {(error.strerror or str(error)).lower()}") from None


def _named(name: str | None, flag: str) -> None:
    if name is not None and not (NAME.fullmatch(name) and len(name) <= 63):
        raise errors.Refusal(f"{flag} must be small letters, digits, '-' and '_', 63 at most, not {name!r}")


def _write(text: str, target: Path | None) -> None:
    if target is None:
        # Bytes, because standard output would encode as the locale has it.
        sys.stdout.buffer.write(text.encode())
        return
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise errors.Refusal(f"{target} is there already: name another file, or move that one away") from None
    except OSError as error:
        raise errors.Refusal(f"cannot write {target}: {(error.strerror or str(error)).lower()}") from None
