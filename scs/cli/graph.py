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
from scs.model.service import FromRole, Provided, Required, Static

Dot = Annotated[bool, typer.Option("--dot", help="For Graphviz: scs graph blog.yaml --dot | dot -Tsvg.")]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example:  scs graph blog.yaml --dot | dot -Tsvg > blog.svg")(graph)


def graph(
    files: options.Files,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    dot: Dot = False,
) -> None:
    """Show the roles and jobs of a manifest with what they require, mount and join."""
    desired = wiring.load(files, settings, var_files)
    for line in as_dot(desired) if dot else as_text(desired):
        output.say(line)


def as_text(desired: Desired) -> Iterator[str]:
    """A block a role or job."""
    yield str(desired.identity)
    for role in roles(desired):
        first, count = desired.called(role)[0], len(desired.called(role))
        job = "job " if first.job is not None else ""
        yield f"  {job}{role}{f' x{count}' if count > 1 else ''} ({first.image.tag})"
        yield from (f"    {words}" for words, _, _ in links(first, desired))


def as_dot(desired: Desired) -> Iterator[str]:
    """The same in Graphviz's language."""
    yield "digraph scs {"
    yield '  rankdir="LR"; node [fontname="sans-serif"]; edge [fontname="sans-serif"];'
    for network in desired.networks:
        yield f"  {quoted('network ' + network.name)} [shape=ellipse, label={quoted(network.key)}];"
    for volume in desired.volumes:
        yield f"  {quoted('volume ' + volume.name)} [shape=cylinder, label={quoted(volume.key)}];"
    for role in roles(desired):
        first = desired.called(role)[0]
        yield f"  {quoted(role)} [shape={'box' if first.job is None else 'cds'}];"
        for _, node, looks in links(first, desired):
            if node:
                yield f"  {quoted(role)} -> {quoted(node)} [{looks}];"
    yield "}"


def links(container: Container, desired: Desired) -> Iterator[tuple[str, str, str]]:
    """All that a container offers, needs and has: in words, and the node that a line of this look leads to, if any."""
    for one in container.provides:
        yield f"provides {one.name} on {one.port}/{one.protocol}{published(one)}", "", ""
    for required in container.requires:
        optional, dashed = (" (optional)", ", style=dashed") if required.optional else ("", "")
        of = source(required)
        yield f"requires {required.name} of {of}{optional}", of, f"label={quoted(required.name)}{dashed}"
    for after in container.after:
        yield f"after {after.role} ({after.condition})", after.role, f"style=dotted, label={quoted(after.condition)}"
    for mount in container.mounts:
        words = f"volume {mount.volume} at {mount.target}{' (read-only)' if mount.read_only else ''}"
        yield words, f"volume {mount.volume}", "arrowhead=none"
    modes = {network.name: network.mode for network in desired.networks}
    for attachment in container.attachments:
        name = attachment.network
        at = " and ".join(filter(None, (attachment.address, attachment.address6)))
        words = f"network {modes.get(name) or name}{f' as {at}' if at else ''}"
        yield words, f"network {name}", "arrowhead=none, style=dashed"


def published(provided: Provided) -> str:
    publish = provided.publish
    if publish is None:
        return ""
    port = publish.port or "a port that the engine picks"
    return f", published on {port}{f' of {publish.address}' if publish.address else ''}"


def roles(desired: Desired) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.role for one in desired.everything))


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
