"""What a role provides, requires and comes after, over what its image says; not whether the others exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from scs.manifest.compile import checks
from scs.manifest.reader import Part
from scs.manifest.syntax import tree
from scs.model.container import CONDITIONS, After, Condition
from scs.model.identity import Identity
from scs.model.image import BuiltImage, Image
from scs.model.service import Endpoint, ExecCheck, FromRole, Protocol, Provided, Publish, Required, Static

_ENDPOINT = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^\s\[\]:/]+)):(?P<port>[0-9]{1,5})")
_LAST_PORT = 65535


def provides(role: Part, image: Image | None) -> tuple[Provided, ...]:
    """The services of the role, sorted by name: those of the image, and what the manifest says on top."""
    found = {one.name: one for one in image.provides} if isinstance(image, BuiltImage) else {}
    for name, part in role.entries_of("provides"):
        provided = _provided(name, part, found.get(name), image)
        if provided is not None:
            found[name] = provided
    return tuple(found[name] for name in sorted(found))


def provided_by_image(manifest: Part) -> tuple[Provided, ...]:
    """`provides` of an image manifest."""
    found = (_provided(name, part, None, None) for name, part in manifest.entries_of("provides"))
    return tuple(one for one in found if one is not None)


def _provided(name: str, part: Part, base: Provided | None, image: Image | None) -> Provided | None:
    said = part.get("port")
    if said is None and base is None:
        if image is not None:
            part.problem(
                f"the image does not say on which port it provides {tree.shown(name)}",
                _offered(image) or "add port: and the container's port",
            )
        return None
    port = base.port if said is None and base is not None else said.number if said is not None else 0
    protocol = cast(Protocol, part.text_of("protocol", "tcp" if base is None else base.protocol))
    probe = None if base is None else base.check
    if probe is not None and not isinstance(probe.probe, ExecCheck):
        probe = replace(probe, port=port)
    written = part.node.value.get("check") if isinstance(part.node.value, Mapping) else None
    if written is not None:
        checked = part.get("check")
        probe = None if checked is None else checks.check(checked, port)
    if probe is not None and protocol != "tcp" and not isinstance(probe.probe, ExecCheck):
        message = f"a service on {protocol} cannot be checked by http or tcp"
        (part.enter("check") or part).problem(message, "use exec: with a command")
    return Provided(name=name, port=port, protocol=protocol, publish=_publish(part), check=probe)


def _offered(image: Image) -> str:
    names = [one.name for one in image.provides] if isinstance(image, BuiltImage) else []
    return f"it provides {', '.join(sorted(names))}; for another service add port:" if names else ""


def _publish(part: Part) -> Publish | None:
    said = part.get("publish")
    if said is None:
        return None
    port = said.get("port") if said.is_map else said
    fixed = port is not None and port.text != "auto"
    return Publish(
        port=port.number if port is not None and fixed else 0,
        address=said.text_of("address") if said.is_map else "",
    )


def requires(role: Part, image: Image | None, identity: Identity) -> tuple[Required, ...]:
    """The requirements of the role, sorted by name; without optional ones of the image that nothing meets."""
    wanted = {one.name: one for one in image.requires} if isinstance(image, BuiltImage) else {}
    said = role.enter("requires")
    for name in sorted(wanted):
        if not wanted[name].optional and (said is None or said.enter(name) is None):
            (said or role).problem(
                f"the image requires {tree.shown(name)}, which is not connected",
                f"add requires: {{{name}: {{role: …}}}}, or its endpoints, or optional: true",
            )
    found = (_required(name, part, wanted.get(name), identity) for name, part in role.entries_of("requires"))
    return tuple(one for one in found if one is not None)


def required_by_image(manifest: Part) -> tuple[Required, ...]:
    """`requires` of an image manifest, sources still open."""
    return tuple(
        Required(name=name, on_change=_argv(part, "on_change"), optional=part.flag_of("optional"))
        for name, part in manifest.entries_of("requires")
    )


def _required(name: str, part: Part, base: Required | None, identity: Identity) -> Required | None:
    optional = part.get("optional")
    base = Required(name=name) if base is None else base
    base = replace(base, on_change=_argv(part, "on_change") or base.on_change)
    base = replace(base, optional=base.optional if optional is None else optional.flag)
    role, endpoints = part.get("role"), part.get("endpoints")
    if role is not None:
        service, _, local = role.text.rpartition("/")
        foreign = service if service and service != identity.service else None
        source = FromRole(role=local, provided=part.text_of("provided", name), service=foreign)
        return replace(base, source=source)
    if endpoints is not None:
        read = [_endpoint(one) for one in endpoints.items()]
        return replace(base, source=Static(endpoints=tuple(one for one in read if one is not None)))
    if not base.optional:
        hint = "add role: or endpoints:, or optional: true"
        part.problem(f"nothing is connected to {tree.shown(name)}", hint)
    return None


def _endpoint(part: Part) -> Endpoint | None:
    found = _ENDPOINT.fullmatch(part.text)
    port = int(found["port"]) if found else 0
    if found is None or not 0 < port <= _LAST_PORT:
        hint = "write it like 10.0.0.5:3306, db.example.org:3306 or [::1]:80"
        part.problem(f"{tree.shown(part.text)} is not an endpoint", hint)
        return None
    return Endpoint(host=found["v6"] or found["host"], port=port)


def _argv(part: Part, key: str) -> tuple[str, ...] | None:
    return part.strings_of(key) or None


def after(role: Part) -> tuple[After, ...]:
    """The roles and jobs that come first, sorted; named twice, the stronger condition counts."""
    found: dict[str, After] = {}
    for part in role.items_of("after"):
        name = part.text_of("role") if part.is_map else part.text
        # The schema has seen to it that it is one of these words.
        said = cast(Condition, part.text_of("condition", "started") if part.is_map else "started")
        if name not in found or CONDITIONS.index(said) > CONDITIONS.index(found[name].condition):
            found[name] = After(role=name, condition=said)
    return tuple(found[name] for name in sorted(found))
