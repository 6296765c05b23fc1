"""What every part of the compiler is given besides the part of the manifest that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scs.manifest import paths
from scs.manifest.reader import Part
from scs.manifest.sources import Sources
from scs.manifest.syntax import overlay
from scs.manifest.syntax.template import Renderer
from scs.manifest.types import Types
from scs.model.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the compiler reads through, renders with, and knows of types."""

    sources: Sources
    renderer: Renderer
    types: Types

    def read(self, at: str, part: Part, counts_from: str) -> bytes | None:
        """The content of the file that the part names; None with a problem there, which says from where paths count."""
        content = self.sources.read(at)
        if isinstance(content, bytes):
            return content
        if content is None:
            part.problem(f"there is no {at}", f"write a path that counts from {counts_from}")
        else:
            part.problem(f"{at} {content.why}", content.hint)
        return None

    def text(self, at: str, part: Part, counts_from: str, instead: str) -> str | None:
        """The same as text; `instead` says where content goes that is none."""
        content = self.read(at, part, counts_from)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            part.problem(f"{at} is not text in UTF-8", instead)
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`folder` is that of the first manifest file, as it was given on the command line.

    `names` are those that templates of files know.
    """

    identity: Identity
    tools: Tools
    folder: str
    names: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def folder_of(self, part: Part) -> str:
        """The folder against which a relative path in this part counts: that of the file which says it."""
        file = part.node.place.file
        return self.folder if file == overlay.SET else paths.folder(file)
