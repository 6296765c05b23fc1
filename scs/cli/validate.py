"""`scs validate`: all mistakes of a manifest at once."""

from __future__ import annotations

import typer

from scs import wiring
from scs.cli import options, output


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs validate blog.yaml vagrant.yaml")(validate)


def validate(
    files: options.Files,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    quiet: options.Quiet = False,
) -> None:
    """Check a manifest and print every mistake with its place. Touches nothing, needs no engine."""
    desired = wiring.load(files, settings, var_files)
    output.warn(wiring.warnings(desired), quiet=quiet)
    parts = [output.count(len(desired.containers), "container")]
    parts += [output.count(len(desired.jobs), "job")] if desired.jobs else []
    if not quiet:
        output.say(f"{desired.identity}: valid ({', '.join(parts)})")
