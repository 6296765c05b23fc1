"""Makes images exist that a manifest describes."""

from __future__ import annotations

from typing import Protocol

from scs.contract.context import Progress
from scs.model.image import Buildable


class ImageBuilder(Protocol):
    def build(self, image: Buildable, progress: Progress, *, fresh: bool = False) -> None:
        """Builds and tags it; its parents are there. Building what is there again gives the same tag.

        `fresh` uses no layer of earlier builds. Raises Failure whose `detail` is the whole output of the failed step.
        """
        ...
