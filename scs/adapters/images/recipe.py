"""What the engine's builder is given: instructions, each of a step, and their files; builds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs.adapters.images import quoting
from scs.contract import errors
from scs.model.image import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file of the context whose content is read from the image's folder."""

    path: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file of the context whose content is known."""

    path: str
    content: bytes
    mode: int = 0o644


Entry = Taken | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One line of a Dockerfile. `step` counts the manifest's steps from 1; 0 is what stands around them."""

    text: str
    step: int = 0

    def __post_init__(self) -> None:
        if len(self.text.encode()) > quoting.LINE_BYTES:
            raise errors.Failure(
                f"a build step is longer than the engine can read ({quoting.LINE_BYTES} bytes): put the text "
                f"into a file of the image's folder and copy it ({self.text[:60]}…)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A build: `steps` are the manifest's own words for each step, `arguments` the build arguments."""

    image: str
    steps: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    entries: tuple[Entry, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def dockerfile(self) -> str:
        return "".join(f"{instruction.text}\n" for instruction in self.instructions)
