"""The regular expressions of JSON Schemas, as JSON Schema means them; not those that scs itself uses."""

from __future__ import annotations

import re
from functools import cache

TEMPLATE = r"\{[{%]"
"""The alternative that lets an editor accept a template where, once rendered, only something else will do."""

_DOLLAR = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(\$)", re.DOTALL)


def strict(pattern: str) -> str:
    """The pattern without the alternative for templates; empty when it is nothing else."""
    return "" if pattern == TEMPLATE else pattern.removesuffix(f"|{TEMPLATE}")


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is somewhere in the text. Raises re.error."""
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # In Python, `$` also matches before a last line's end, and `\d` digits of every script.
    return re.compile(_DOLLAR.sub(lambda seen: r"\Z" if seen[1] else seen[0], pattern), re.ASCII)
