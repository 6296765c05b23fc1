"""What a role may do to the host: privileges, capabilities, devices, security options."""

from __future__ import annotations

import json

from scs.manifest import paths
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.model.container import Device, Security

SECCOMP = ("seccomp=", "seccomp:")
BUILT_IN = ("unconfined", "builtin")


def security(role: Part, given: Given) -> Security:
    capabilities, devices, options = role.get("capabilities"), role.get("devices"), role.get("security")
    return Security(
        privileged=role.flag_of("privileged"),
        read_only=role.flag_of("read_only"),
        cap_add=() if capabilities is None else _capabilities(capabilities, "add"),
        cap_drop=() if capabilities is None else _capabilities(capabilities, "drop"),
        devices=() if devices is None else _devices(devices),
        options=() if options is None else tuple(_option(one, given) for one in options.items()),
        sysctls=role.texts_of("sysctls"),
    )


def _option(part: Part, given: Given) -> str:
    """A security option; the engine wants the content of a seccomp profile where a person names its file."""
    file = part.text[len(SECCOMP[0]) :]
    if not part.text.startswith(SECCOMP) or file in BUILT_IN:
        return part.text
    at = paths.joined(given.folder_of(part), file)
    content = given.tools.read(at, part, "the manifest's folder")
    if content is None:
        return part.text
    try:
        return SECCOMP[0] + json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"))
    except ValueError:
        part.problem(f"{at} is not JSON", "a seccomp profile is a JSON file")
        return part.text


def _capabilities(part: Part, key: str) -> tuple[str, ...]:
    return tuple(sorted({name.upper().removeprefix("CAP_") for name in part.strings_of(key)}))


def _devices(part: Part) -> tuple[Device, ...]:
    return tuple(sorted(map(_device, part.items()), key=lambda device: device.target))


def _device(part: Part) -> Device:
    if not part.is_map:
        return Device(source=part.text, target=part.text)
    source = part.text_of("source")
    permissions = "".join(sorted(set(part.text_of("permissions", "rwm")), key="rwm".find))
    return Device(source=source, target=part.text_of("target", source), permissions=permissions)
