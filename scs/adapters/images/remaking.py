"""Whether an image of an earlier time could be built again: its sources are still what they were. Builds nothing."""

from __future__ import annotations

from scs.adapters.images import context
from scs.adapters.images.recipe import Taken
from scs.contract import errors
from scs.model.image import Buildable, BuiltImage


def missing_source(image: Buildable) -> str:
    """The first file that it is made from which is gone, or is not what it was; empty when all are there."""
    if not isinstance(image, BuiltImage):
        return ""
    for source in image.sources:
        try:
            for _ in context.stream([Taken(path=source.path, source=source)], image=image.name):
                pass
        except errors.Failure:
            return source.origin
    return ""
