"""`scs image`: images built from manifests."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from scs import wiring
from scs.cli import changing, options, output, progress
from scs.contract import errors
from scs.model import labels
from scs.model.outcome import Done
from scs.run import building

Fresh = Annotated[bool, typer.Option("--fresh", help="Build again what is there, using nothing of earlier builds.")]
Role = Annotated[list[str] | None, typer.Option("--only", metavar="ROLE", help="Only what this role needs.")]
MIB = 1024 * 1024


def register(app: typer.Typer) -> None:
    image = typer.Typer(
        help="Build and list images.",
        epilog="Example:  scs image build blog.yaml",
        rich_markup_mode=None,
    )
    image.command(epilog="Example:  scs image build blog.yaml --fresh")(build)
    image.command(name="list", epilog="Example:  scs image list --json")(list_)
    app.add_typer(image, name="image")


def build(
    files: options.Files,
    *,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    only: Role = None,
    fresh: Fresh = False,
    quiet: options.Quiet = False,
) -> None:
    """Build every image of a manifest that the engine does not have yet."""
    desired = wiring.load(files, settings, var_files)
    with changing.interruptible() as stop, progress.reporter(quiet) as reporter:
        world = wiring.world(engine, stop)
        outcomes = building.build(desired, wiring.roles(only, desired), world, reporter, fresh=fresh)
    built = [one for one in outcomes if isinstance(one, Done)]
    for outcome in outcomes:
        if not isinstance(outcome, Done):
            raise errors.Failure(f"{outcome.action.target}: {outcome.why}", detail=getattr(outcome, "detail", ""))
    if not quiet or built:
        output.say(f"{desired.identity}: {output.count(len(built), 'image') + ' built' if built else 'nothing to do'}")


def list_(engine: options.Engine = options.DEFAULT_ENGINE, json: options.Json = False) -> None:
    """List the images that scs built on this engine, and the containers that use them."""
    listing = wiring.world(engine).engine.list()
    built = [one for one in listing.images if labels.IMAGE_NAME in one.labels]
    users = {one.id: [user.name for user in listing.containers if user.image_id == one.id] for one in built}
    # What a failed build left has the labels of its base; what lost its tag to a fresh build may still be used.
    images = sorted((one for one in built if one.tags or users[one.id]), key=lambda one: (one.tags, one.id))
    if json:
        rows = [
            {
                "id": one.id,
                "name": one.labels[labels.IMAGE_NAME],
                "tags": list(one.tags),
                "digest": one.labels.get(labels.IMAGE_DIGEST, ""),
                "size": one.size,
                "created": one.created,
                "used_by": users[one.id],
            }
            for one in images
        ]
        output.say_json("images", {"images": rows})
        return
    output.say_table(
        ("IMAGE", "SIZE", "CREATED", "USED BY"),
        [
            (
                " ".join(one.tags) or one.id[7:19],
                f"{one.size / MIB:.0f} MiB",
                time.strftime("%Y-%m-%d %H:%M", time.localtime(one.created)),
                " ".join(users[one.id]),
            )
            for one in images
        ],
    )
