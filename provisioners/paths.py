"""Which paths a manifest may name, by their text alone; no look at the disk."""

from __future__ import annotations

import posixpath
import unicodedata
from pathlib import PurePosixPath

from scs.model.problem import InvalidSpec

SYSTEM = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr",
    "/run/containerd", "/run/docker", "/run/docker.sock", "/run/scs",
    "/var/lib/containerd", "/var/lib/docker", "/var/lib/scs",
    "/var/run/docker", "/var/run/docker.sock",
)  # fmt: skip
"""Folders of the system, the engine and scs. What holds one of them counts as well: `/`, `/var`, `/run`."""
LONGEST_COMPONENT = 200
"""In bytes. The kernel allows 255; scs makes a folder under a longer name before it gets its own."""


def absolute(text: str, option: str) -> str:
    """The path as it is written, when it is absolute, in its shortest form, and of harmless characters."""
    if text.startswith("~"):
        raise InvalidSpec(f"{text!r}: '~' is not expanded", option=option, hint="write '{{ env.HOME }}'")
    if not text.startswith("/"):
        raise InvalidSpec(f"{text!r} is not an absolute path", option=option, hint="begin it with /")
    _characters(text, option)
    shortest = normal(text)
    if text != shortest:
        raise _longer(text, shortest, option)
    return text


def joined(folder: str, text: str, option: str) -> str:
    """An absolute path, or one that counts from `folder`, in its shortest form."""
    if text.startswith(("/", "~")):
        return absolute(text, option)
    _characters(text, option)
    return normal(posixpath.join(folder, text))


def inside(text: str, option: str) -> str:
    """A path below some folder: relative, in its shortest form, and never out of it."""
    if text.startswith("/") or ".." in PurePosixPath(text).parts:
        raise InvalidSpec(
            f"{text!r} does not stay inside the volume",
            option=option,
            hint="name a folder below it, such as 'data'",
        )
    _characters(text, option)
    shortest = posixpath.normpath(text)
    if shortest == ".":
        raise InvalidSpec(
            f"{text!r} is the whole volume",
            option=option,
            hint="use the volume itself, or name a folder below it",
        )
    if text != shortest:
        raise _longer(text, shortest, option)
    return text


def permitted(path: str, option: str, *, allowed: bool) -> None:
    """Refuses what belongs to the system or to the engine, unless the manifest says that it is meant."""
    why = "" if allowed else system(path)
    if why:
        raise InvalidSpec(
            f"{path} {why}", option=option, hint="say 'allow_system_path: true' beside it if that is meant"
        )


def system(path: str) -> str:
    """Why the path is the system's own; empty when it is not."""
    for one in SYSTEM:
        if path == one:
            return "belongs to the system or to the engine"
        if holds(one, path):
            return f"lies in {one}, which belongs to the system or to the engine"
        if holds(path, one):
            return f"holds {one}, which belongs to the system or to the engine"
    return ""


def holds(folder: str, path: str) -> bool:
    """Whether the path is the folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def normal(path: str) -> str:
    """The shortest form of an absolute path. POSIX lets a leading `//` mean more; Linux does not."""
    return "/" + posixpath.normpath(path).lstrip("/")


def _characters(text: str, option: str) -> None:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidSpec(f"{text!r} holds a control character", option=option, hint="choose another path")
    if ":" in text:
        raise InvalidSpec(
            f"{text!r} holds a colon, with which the engine parts paths",
            option=option,
            hint="choose another path",
        )
    if any(len(part.encode()) > LONGEST_COMPONENT for part in text.split("/")):
        raise InvalidSpec(
            f"{text!r} has a part of more than {LONGEST_COMPONENT} bytes",
            option=option,
            hint="choose another path",
        )


def _longer(text: str, shortest: str, option: str) -> InvalidSpec:
    message = f"{text!r} is not the shortest form of the path"
    return InvalidSpec(message, option=option, hint=f"write {shortest}")
