"""Image folders and compiled images for these tests; builds nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from scs.model.image import BuiltImage, ReferencedImage, Source

BUSYBOX = ReferencedImage(reference="bb:1")


def source(root: Path, path: str, content: str = "", mode: int = 0o644) -> Source:
    """Writes a file of an image's folder, as it is when the manifest is compiled."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Source(path=path, mode=mode, sha256=digest, origin=str(file))


def link(root: Path, path: str, target: str) -> Source:
    """Makes a symbolic link there."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target)
    digest = hashlib.sha256(target.encode()).hexdigest()
    return Source(path=path, mode=0o777, sha256=digest, link=target, origin=str(root / path))


def image(**options: Any) -> BuiltImage:
    """An image named `x` on busybox, unless the options say otherwise."""
    return BuiltImage(**{"name": "x", "base": BUSYBOX, **options})


class Said:
    """A contract.context.Progress that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)
