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
