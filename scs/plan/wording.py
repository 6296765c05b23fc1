"""Words that several parts of a plan say alike."""

from __future__ import annotations


def listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def was(words: tuple[str, ...]) -> str:
    return "was" if len(words) == 1 else "were"
