"""What PyYAML has against a text, in plain words; nothing that scs itself has against it."""

from __future__ import annotations

import re

from scs.manifest.syntax import encoding
from scs.model.problem import Place, Problem

TAGS = ("str", "int", "float", "bool", "null", "map", "seq")
KNOWN_TAGS = f"known: {', '.join('!!' + each for each in TAGS)}"

_FITS = "check its indentation, and put a value that holds ': ', '#' or quotes in quotes"
_ITEM = "an item begins with '- ', where the others begin"
_BACKSLASH = "write '\\\\' for a backslash, or use single quotes"
_SAID = (
    ("mapping values are not allowed|sequence entries", "", "'{char}' cannot stand here", _FITS),
    ("cannot start any token", "\t", "a tab cannot indent", "indent with spaces"),
    ("tab character", "", "a tab cannot indent", "indent with spaces"),
    ("cannot start any token", "", "a value cannot begin with '{char}'", "put it in quotes"),
    ("quoted scalar: found unexpected end", "", "the quote opened on line {begun} is never closed", ""),
    ("quoted scalar: found unexpected document", "", "the quote opened on line {begun} is never closed", ""),
    ("flow sequence", "", "the list begun on line {begun} lacks a ',' or a ']' before this", ""),
    ("flow mapping", "", "the map begun on line {begun} lacks a ',' or a '}}' before this", ""),
    ("block mapping", "", "this does not fit into the map begun on line {begun}", _FITS),
    ("block collection", "", "this does not fit into the list begun on line {begun}", _ITEM),
    ("simple key", "", "line {begun} lacks a ':' after its key", ""),
    ("unknown escape|hexdecimal|hexadecimal", "", "there is no such escape", _BACKSLASH),
    ("Unicode character escape", "", "the escape is no character", "write the character itself"),
    ("node content", "", "a value is missing here", ""),
    ("document start", "", "the document ends before this", _FITS),
    ("tag handle", "", "the tag is not known", KNOWN_TAGS),
)


def problem(error: Exception, source: str, file: str) -> Problem:
    """The problem that stopped PyYAML, or Python on its behalf, at its place."""
    why = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or context
    if mark is None:
        place = Place(file=file, line=1, column=1)
        return Problem(place=place, path="", message=f"this is not YAML: {why}")
    is_inside = mark.index < len(source)
    place = Place(file=file, line=mark.line + 1, column=mark.column + 1) if is_inside else encoding.end(source, file)
    begun = (context or mark).line + 1
    said = f"{getattr(error, 'context', '')}: {why}"
    char = source[mark.index : mark.index + 1]
    for pattern, needed, plainly, hint in _SAID:
        if re.search(pattern, said) and (not needed or needed == char):
            message = plainly.format(char=char, begun=begun)
            return Problem(place=place, path="", message=message, hint=hint)
    return Problem(place=place, path="", message=f"this is not YAML: {why}")
