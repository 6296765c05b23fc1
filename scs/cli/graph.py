"""`scs graph`: who needs what, as text or for Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from scs import wiring
from scs.cli import options, output
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.service import FromRole, Required, Static

Dot = Annotated[bool, typer.Option("--dot", help="For Graphviz: scs graph blog.yaml --dot | dot -Tsvg.")]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs graph blog.yaml --dot | dot -Tsvg > blog.svg")(graph)


def graph(
    files: options.Files,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    dot: Dot = False,
) -> None:
    """Show the roles of a manifest with what they require, mount and join."""
    desired = wiring.load(files, settings, var_files)
    for line in as_dot(desired) if dot else as_text(desired):
        output.say(line)


def as_text(desired: Desired) -> Iterator[str]:
    """A block a role."""
    yield str(desired.identity)
    for role in roles(desired):
        first = desired.role(role)[0]
        count = len(desired.role(role))
        yield f"  {role}{f' x{count}' if count > 1 else ''} ({first.image.tag})"
        for provided in first.provides:
            published = ""
            if provided.publish is not None:
                published = f", published on {provided.publish.port or 'a port that the engine picks'}"
            yield f"    provides {provided.name} on {provided.port}/{provided.protocol}{published}"
        for required in first.requires:
            yield f"    requires {required.name} of {source(required)}{' (optional)' if required.optional else ''}"
        for after in first.after:
            yield f"    after {after.role} ({after.condition})"
        for mount in first.mounts:
            yield f"    volume {mount.volume} at {mount.target}{' (read-only)' if mount.read_only else ''}"
        for attachment in first.attachments:
            yield f"    network {attachment.network}{' as ' + attachment.address if attachment.address else ''}"


def as_dot(desired: Desired) -> Iterator[str]:
    """The same in Graphviz's language."""
    yield "digraph scs {"
    yield '  rankdir="LR"; node [fontname="sans-serif"]; edge [fontname="sans-serif"];'
    for network in desired.networks:
        yield f"  {quoted('network ' + network.name)} [shape=ellipse, label={quoted(network.key)}];"
    for volume in desired.volumes:
        yield f"  {quoted('volume ' + volume.name)} [shape=cylinder, label={quoted(volume.key)}];"
    for role in roles(desired):
        first = desired.role(role)[0]
        yield f"  {quoted(role)} [shape=box];"
        yield from _edges(role, first)
    yield "}"


def _edges(role: str, container: Container) -> Iterator[str]:
    for required in container.requires:
        style = ", style=dashed" if required.optional else ""
        yield f"  {quoted(role)} -> {quoted(source(required))} [label={quoted(required.name)}{style}];"
    for after in container.after:
        yield f"  {quoted(role)} -> {quoted(after.role)} [style=dotted, label={quoted(after.condition)}];"
    for mount in container.mounts:
        yield f"  {quoted(role)} -> {quoted('volume ' + mount.volume)} [arrowhead=none];"
    for attachment in container.attachments:
        yield f"  {quoted(role)} -> {quoted('network ' + attachment.network)} [arrowhead=none, style=dashed];"


def roles(desired: Desired) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.role for one in desired.containers))


def source(required: Required) -> str:
    match required.source:
        case FromRole(role=role, service=service):
            return role if service is None else f"{service}/{role}"
        case Static(endpoints=endpoints):
            return ", ".join(one.address for one in endpoints)
        case None:
            return "nothing"


def quoted(text: str) -> str:
    """A string of Graphviz, which escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False)
