"""A folder that is memory, from the options of a mount."""

from __future__ import annotations

from scs.manifest.imported import quantities
from scs.manifest.imported.notes import Notes

_USUAL = {"", "rw", "noexec", "nosuid", "nodev"}
"""What the engine gives by itself."""


def options(said: str, at: str, notes: Notes) -> dict[str, str | int]:
    """From `size=16m,mode=1777`."""
    found: dict[str, str | int] = {}
    for each in said.split(","):
        key, _, value = each.partition("=")
        size = quantities.bytes_of(value) if key == "size" else None
        mode = quantities.mode(value) if key == "mode" else None
        if size:
            found["size"] = quantities.size(size)
        elif mode:
            found["mode"] = mode
        elif each not in _USUAL:
            notes.add(at, f"the option {each!r} cannot be said")
    return found
