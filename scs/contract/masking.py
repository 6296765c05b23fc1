"""What must not be shown: the values of secrets that this process knows, as all its output goes the same way."""

from __future__ import annotations

import json
from collections.abc import Iterable

STARS = "***"
SHORTEST = 4
"""Shorter values would hide half of every text, and are no secrets."""
SHORTEST_LINE = 8
"""Of a value of many lines, each is hidden by itself, as texts are shown line by line."""


class Mask:
    """Hides values in texts. More are added while it is in use, by several threads."""

    def __init__(self) -> None:
        self._hidden: tuple[str, ...] = ()

    def hide(self, value: bytes) -> None:
        text = value.decode(errors="ignore")
        forms = {one for one in _forms(text) if len(one) >= SHORTEST}
        # The longest first: one value may be the beginning of another.
        self._hidden = tuple(sorted({*self._hidden, *forms}, key=lambda one: (-len(one), one)))

    def masked(self, text: str) -> str:
        for value in self._hidden:
            text = text.replace(value, STARS)
        return text


def _forms(text: str) -> Iterable[str]:
    """The value as texts may hold it: as it is, without the space around it, as JSON has it, line by line."""
    yield from (text, text.strip())
    yield json.dumps(text)[1:-1]
    yield json.dumps(text.strip(), ensure_ascii=False)[1:-1]
    lines = [line.strip() for line in text.splitlines()]
    yield from (line for line in lines if len(line) >= SHORTEST_LINE)


MASK = Mask()
"""That of this process."""
