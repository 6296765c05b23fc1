"""`scs compile`: the static form of a manifest."""

from __future__ import annotations

import sys

import typer

from scs import wiring
from scs.cli import options
from scs.manifest import static


def register(app: typer.Typer) -> None:
    app.command(name="compile", epilog="Example:  scs compile blog.yaml --set vars.domain=example.org")(compile_)


def compile_(
    files: options.Files,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    json: options.Json = False,
) -> None:
    """Print what a manifest asks for, complete and with digests. The same input gives the same bytes everywhere."""
    # Bytes, because standard output would encode as the locale has it.
    sys.stdout.buffer.write(static.text(wiring.load(files, settings, var_files), as_json=json).encode())
