"""Names that the manifest itself must know: an unknown one is a problem with a hint."""

from __future__ import annotations

from collections.abc import Collection

from scs.manifest.reader import Part
from scs.manifest.syntax import tree


def known(part: Part, kind: str, names: Collection[str]) -> bool:
    """Whether the name that the part holds is one of the manifest's; takes down a problem when it is not."""
    if part.text in names:
        return True
    part.problem(f"there is no {kind} {tree.shown(part.text)} in this manifest", hint(part.text, kind, names))
    return False


def known_type(part: Part, kind: str, types: Collection[str]) -> bool:
    if part.text in types:
        return True
    listed = f"known: {', '.join(sorted(types))}"
    near = tree.near(part.text, types)
    part.problem(f"there is no {kind} type {tree.shown(part.text)}", f"{near} {listed}" if near else listed)
    return False


def hint(name: str, kind: str, names: Collection[str]) -> str:
    near = tree.near(name, names)
    if near:
        return near
    return f"known: {', '.join(sorted(names))}" if names else f"it has no {kind}s"
