"""`scs doctor`: what this host lacks, and how to get it."""

from __future__ import annotations

import dataclasses

import typer

from scs import wiring
from scs.cli import options, output
from scs.run import diagnosis


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs doctor")(doctor)


def doctor(engine: options.Engine = options.DEFAULT_ENGINE, json: options.Json = False) -> None:
    """Look whether this host has all that scs needs. Exits with 1 when something is missing."""
    world = wiring.world(engine)
    findings = diagnosis.diagnose(world.engine, world.host, wiring.folders(engine))
    missing = [one for one in findings if one.remedy]
    if json:
        output.say_json("doctor", {"findings": [dataclasses.asdict(one) for one in findings]})
    else:
        for one in findings:
            output.say(f"{'missing' if one.remedy else 'good':<8} {one.subject}: {one.state} (for {one.needed_for})")
            if one.remedy:
                output.say(f"         {one.remedy}")
    raise typer.Exit(1 if missing else 0)
