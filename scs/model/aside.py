"""The names of containers that stand beside the one that has the replica's name, and of run folders beside its own."""

from __future__ import annotations

from typing import Literal, get_args

Slot = Literal["", "next", "previous", "failed"]
"""`next` is to take the name, `previous` had it and may get it back, `failed` is the last that could not keep it.

Empty for the container that has the name. Roles hold no dot, so that nobody else is called like this.
"""
SLOTS: tuple[Slot, ...] = get_args(Slot)
OTHER = ".b"
"""How the name of every second run folder of a replica ends."""


def beside(name: str, slot: Slot) -> str:
    """The name in that slot: `dev-blog-web-1.previous`."""
    return f"{name}.{slot}" if slot else name


def split(name: str) -> tuple[str, Slot]:
    """The replica's own name and the slot."""
    own, _, suffix = name.rpartition(".")
    return next(((own, slot) for slot in SLOTS if slot and slot == suffix), (name, ""))


def other_folder(name: str, taken: str) -> str:
    """The name of the run folder of a replica's new container, while the old one uses `taken`."""
    return f"{name}{OTHER}" if taken == name else name


def of_folder(folder: str) -> str:
    """The replica's own name, from that of a run folder."""
    return split(folder.removesuffix(OTHER))[0]
