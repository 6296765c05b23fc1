"""The patterns of a `.dockerignore`, as the Docker command line reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    pattern: re.Pattern[str]
    excepts: bool


class Ignore:
    """Decides which paths stay out of a build: the last pattern that fits a path, or a folder above it."""

    def __init__(self, text: str) -> None:
        lines = text.removeprefix("\ufeff").splitlines()
        self._rules = tuple(rule for line in lines if (rule := _rule(line)))

    @property
    def excepts(self) -> bool:
        """Whether something in an ignored folder may still be wanted."""
        return any(rule.excepts for rule in self._rules)

    def ignores(self, path: str) -> bool:
        """`path` is relative to the folder, with `/` between its parts."""
        parts = path.split("/")
        above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        ignored = False
        for rule in self._rules:
            if rule.excepts == ignored and any(rule.pattern.fullmatch(one) for one in above):
                ignored = not rule.excepts
        return ignored


def _rule(line: str) -> _Rule | None:
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    excepts = line.startswith("!")
    kept: list[str] = []
    for part in line.removeprefix("!").strip().split("/"):
        if part == ".." and kept:
            kept.pop()
        elif part not in {"", ".", ".."}:
            kept.append(part)
    if not kept:
        return None
    return _Rule(pattern=re.compile(_regex("/".join(kept)), re.DOTALL), excepts=excepts)


_TOKEN = re.compile(r"\*\*/?|\*|\?|\[\^?[^\]]+\]|\\.|.", re.DOTALL)


def _regex(pattern: str) -> str:
    return "".join(map(_token, _TOKEN.findall(pattern)))


def _token(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if len(token) > 1 and token.startswith("["):
        return token
    return re.escape(token[-1] if token.startswith("\\") else token)
