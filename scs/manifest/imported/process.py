"""What runs in an inspected container, without what its image says itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scs.manifest.imported import inspection, literal, quantities
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Notes
from scs.model import labels

_OWN = "scs."
_COMPOSE = "com.docker.compose."
_STOP_GRACE = 10
_USER = re.compile(r"[^\s-]\S*")
_HOSTNAME = re.compile(r"(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def process(seen: Seen, notes: Notes) -> dict[str, Any]:
    return {
        "image": _image(seen, notes),
        **_argv(seen),
        **{key: value for key, value in _plain(seen, notes).items() if value},
        "env": _env(seen, notes),
        "init": seen.host.get("Init") is True,
        "labels": _labels(seen, notes),
        "stop": _stop(seen),
    }


def _image(seen: Seen, notes: Notes) -> str:
    """The reference as the container was made with; the tag of the image where that was an id."""
    said, used = inspection.text(seen.config, "Image"), inspection.text(seen.container, "Image")
    tags = inspection.words(seen.image, "RepoTags") or inspection.words(seen.image, "RepoDigests")
    made = inspection.texts(seen.own.get("Labels"))
    if labels.IMAGE_NAME in made:
        name = made[labels.IMAGE_NAME]
        notes.add(
            seen.at("Config.Image"),
            f"scs built {said} from the manifest of image {name}",
            "write image: {manifest: …} with its folder",
        )
    if not seen.image:
        notes.add(seen.at("Image"), "the image is gone, so that what it said itself is written out", "pull it first")
    if re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", said) and used.partition(":")[2].startswith(said.rpartition(":")[2]):
        if not tags:
            notes.add(seen.at("Config.Image"), "the image has no name, only an id", "tag it, and name the tag")
        return tags[0] if tags else said
    full = said if ":" in said.rpartition("/")[2] or "@" in said else f"{said}:latest"
    if seen.image and full.removeprefix("docker.io/").removeprefix("library/") not in tags and "@" not in said:
        notes.add(
            seen.at("Config.Image"),
            f"{said} names another image by now than the one that runs, {used[:19]}",
            "tag that one, and name the tag, or let the container be replaced",
        )
    return said


def _argv(seen: Seen) -> dict[str, Any]:
    """An entrypoint that is given takes the image's command away as well."""
    entrypoint, command = (inspection.words(seen.config, key) for key in ("Entrypoint", "Cmd"))
    own_entrypoint, own_command = (inspection.words(seen.own, key) for key in ("Entrypoint", "Cmd"))
    if entrypoint == own_entrypoint and (command or not own_command or not entrypoint):
        return {"command": command} if command != own_command else {}
    if not entrypoint:
        return {"entrypoint": [], **({"command": command} if command != own_command else {})}
    return {"entrypoint": entrypoint, "command": command}


def _plain(seen: Seen, notes: Notes) -> dict[str, str]:
    user, folder = inspection.text(seen.config, "User"), inspection.text(seen.config, "WorkingDir")
    found = {
        "user": user if user != inspection.text(seen.own, "User") else "",
        "working_dir": folder if folder != inspection.text(seen.own, "WorkingDir") else "",
        "hostname": _hostname(seen, notes),
    }
    if found["user"] and not _USER.fullmatch(user):
        notes.add(seen.at("Config.User"), f"{user!r} is no user that a manifest can name")
        del found["user"]
    return found


def _hostname(seen: Seen, notes: Notes) -> str:
    """On the host's own network and in another's, the engine writes down their name as if it had been given."""
    found = inspection.text(seen.config, "Hostname")
    if found == seen.short_id or seen.mode == "host" or seen.mode.startswith("container:"):
        return ""
    if found and not _HOSTNAME.fullmatch(found):
        notes.add(seen.at("Config.Hostname"), f"{found!r} is no host name that a manifest can say")
        return ""
    return found


def _env(seen: Seen, notes: Notes) -> dict[str, str | int | bool | None]:
    own = set(inspection.words(seen.own, "Env"))
    secrets = labels.data(seen.labels, labels.SECRET_VARIABLES)
    found: dict[str, str | int | bool | None] = {}
    for each in inspection.words(seen.config, "Env"):
        name, separator, value = each.partition("=")
        if name in secrets:
            notes.add(
                seen.at("Config.Env"),
                f"the variable {name} holds the secret {secrets[name]}",
                f"say where it is to be had under secrets:, and let the role have it: "
                f"secrets: {{{secrets[name]}: {{env: {name}}}}}",
            )
        elif name and each not in own:
            found[name] = literal.scalar(value) if separator else None
    return found


def _labels(seen: Seen, notes: Notes) -> dict[str, str | int | bool]:
    """Without the bookkeeping of Compose and scs, by which they would take the new container for theirs."""
    identity = labels.identity(seen.labels)
    if identity is not None:
        notes.add(seen.name, f"scs made this container for {identity}", "the manifest of that says more than this one")
    own = inspection.texts(seen.own.get("Labels"))
    return {
        name: literal.scalar(value)
        for name, value in seen.labels.items()
        if own.get(name) != value and name and not name.startswith((_OWN, _COMPOSE))
    }


def _stop(seen: Seen) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    signal = inspection.text(seen.config, "StopSignal")
    if signal and signal != (inspection.text(seen.own, "StopSignal") or "SIGTERM"):
        found["signal"] = signal
    grace = seen.config.get("StopTimeout")
    if isinstance(grace, int) and grace >= 0 and grace != _STOP_GRACE:
        found["grace"] = quantities.duration(grace)
    return found
