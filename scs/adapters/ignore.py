"""What a `.dockerignore` leaves out, as docker-py reads it; not the way through the folder."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from scs.manifest.sources import Trouble

if TYPE_CHECKING:
    from docker.utils.build import PatternMatcher

_HINT = "write [ and ] around single characters and ranges such as a-z only, or * in their place"


class Ignore:
    """Decides which paths stay out of a build."""

    def __init__(self, matcher: PatternMatcher) -> None:
        self._matcher = matcher

    def ignores(self, path: str) -> bool:
        """`path` is relative to the folder, with `/` between its parts."""
        return self._matcher.matches(path)  # type: ignore[arg-type]  # the stub is wrong: it takes a str only

    def skips(self, folder: str) -> bool:
        """Whether nothing below the folder is wanted either; the rule of `PatternMatcher.walk`."""
        kept = (one.cleaned_pattern for one in self._matcher.patterns if one.exclusion)
        return self.ignores(folder) and not any(pattern.startswith(folder) for pattern in kept)


def parsed(content: bytes) -> Ignore | Trouble:
    """The rules of a `.dockerignore`; `why` follows the name of that file."""
    from docker.utils.build import PatternMatcher  # noqa: PLC0415 - slow, and few folders have a .dockerignore

    # Names are compared as UTF-8 whatever the locale; a byte that is none must fit itself.
    lines = [line.strip() for line in content.decode("utf-8-sig", "surrogateescape").splitlines()]
    patterns = [(number, line) for number, line in enumerate(lines, start=1) if line and not line.startswith("#")]
    for number, pattern in patterns:
        try:
            with warnings.catch_warnings():
                # Of a pattern like [[a] Python says only that its meaning may change.
                warnings.simplefilter("error")
                PatternMatcher([pattern]).matches("x")  # type: ignore[arg-type]  # see above
        except Exception:  # the library promises nothing about what it raises
            shown = pattern if pattern.isprintable() else pattern.encode("unicode_escape").decode()
            return Trouble(why=f"has a pattern in line {number} that cannot be read: {shown}", hint=_HINT)
    return Ignore(PatternMatcher([pattern for _, pattern in patterns]))
