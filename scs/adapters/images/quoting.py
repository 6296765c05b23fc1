"""Quotes texts for Dockerfiles, so that no text can end its own instruction; knows nothing of images.

Dockerfiles are lines. What cannot stand in a line (a line end in a value) is handed over as a build argument.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from scs.contract import errors

LINE_BYTES = 65_535
"""The engine reads Dockerfiles line by line, and no longer line than this."""
_LITERAL = {"\\": "[\\\\]", "*": "[*]", "?": "[?]", "[": "[[]"}
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?")


class Values:
    """Quotes the values of one Dockerfile and collects the build arguments that they need."""

    def __init__(self) -> None:
        self._arguments: dict[str, str] = {}
        self._undeclared: list[str] = []

    @property
    def arguments(self) -> Mapping[str, str]:
        return dict(self._arguments)

    def quoted(self, text: str) -> str:
        """A double-quoted word that means the text. Raises Failure for what no container can be given."""
        if "\0" in text:
            raise errors.Failure("a value holds a NUL character, which no variable, label or path can hold")
        if "\n" not in text and "\r" not in text:
            return f'"{escaped(text)}"'
        name = f"SCS_VALUE_{len(self._arguments) + 1}"
        self._arguments[name] = text
        self._undeclared.append(name)
        return f'"${{{name}}}"'

    def declarations(self) -> tuple[str, ...]:
        """`ARG` for each argument since the last call, to stand before the instruction that uses them."""
        lines = tuple(f"ARG {name}" for name in self._undeclared)
        self._undeclared.clear()
        return lines


def escaped(text: str) -> str:
    """The text with everything escaped that means something between double quotes."""
    return re.sub(r'([\\"$])', r"\\\1", text)


def words(arguments: Sequence[str]) -> str:
    """A JSON list for RUN, CMD and ENTRYPOINT, where nothing is expanded."""
    # `<` is written as JSON may write it, so that no version of the parser looks for a here-document.
    return json.dumps(list(arguments), ensure_ascii=False).replace("<", "\\u003c")


def paths(*texts: str) -> str:
    """A JSON list for COPY, where each text is expanded like a word of a shell after it was read."""
    return words([re.sub(r"""([\\"'$\s])""", r"\\\1", text) for text in texts])


def pattern(path: str) -> str:
    """A pattern, as COPY reads its sources, that matches this one path."""
    if not re.search(r"[*?\[\\]", path):
        return path
    return "".join(_LITERAL.get(one, one) for one in path)


def reference(text: str) -> str:
    """The reference of an image, unchanged. Raises Failure for what is none."""
    if not _REFERENCE.fullmatch(text):
        raise errors.Failure(f"{text!r} is not the name of an image, such as nginx:1.27")
    return text


def owner(text: str) -> str:
    """A user and a group, unchanged. Raises Failure for what is none."""
    if not _OWNER.fullmatch(text):
        raise errors.Failure(f"{text!r} is not an owner, such as www-data:www-data or 1000:1000")
    return text
