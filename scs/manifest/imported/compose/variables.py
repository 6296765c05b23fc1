"""The variables in a Compose file: `${NAME:-default}` becomes a template, so that the manifest stays as general.

While the file is taken apart, a mark stands for each variable: a short syntax is split at colons, and a variable may
hold some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scs.manifest.imported import literal

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")
_ITEM = re.compile(r"[a-z][a-z0-9_]*|[A-Z][A-Za-z0-9_]*")
_METHODS = frozenset(dir(dict))
_DEEPEST = 20


class MalformedError(ValueError):
    """What follows a `$` is no variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """`expression` is Jinja2's, `value` what it comes to here; `unset` the name that has no value here, if any."""

    expression: str
    value: str
    unset: str = ""


class Variables:
    """The variables of one import, by the order in which they were met."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._found: list[_Found] = []

    def marked(self, text: str) -> str:
        """The text with a mark for each variable. Raises MalformedError."""
        pieces = []
        for piece in self._split(text, 0):
            pieces.append(piece if isinstance(piece, str) else self._mark(piece))
        return "".join(pieces)

    def of_name(self, name: str) -> str:
        """The mark for a variable of the environment that is passed on as it is."""
        return self._mark(self._plain(name)) if _NAME.fullmatch(name) else ""

    def template(self, text: str) -> str:
        """What stands for the text in the manifest."""
        pieces = _MARK.split(text)
        if len(pieces) == 1:
            return literal.escaped(text)
        shown = [literal.before_template(each) for each in pieces[:-1:2]]
        marks = [f"{{{{ {self._found[int(each)].expression} }}}}" for each in pieces[1::2]]
        return "".join(f"{text}{mark}" for text, mark in zip(shown, marks, strict=True)) + _last(pieces[-1])

    def number(self, text: str) -> str:
        """The same for a whole number, which a template has to come to as one."""
        found = _MARK.fullmatch(text)
        return f"{{{{ ({self._found[int(found[1])].expression}) | int }}}}" if found else self.template(text)

    def resolved(self, text: str) -> str:
        """What the text comes to here and now."""
        return _MARK.sub(lambda found: self._found[int(found[1])].value, text)

    def unset(self, text: str) -> tuple[str, ...]:
        """The names in the text that have neither a value here nor a default."""
        return tuple(name for each in _MARK.findall(text) if (name := self._found[int(each)].unset))

    @staticmethod
    def has_any(text: str) -> bool:
        return _MARK.search(text) is not None

    def _mark(self, found: _Found) -> str:
        self._found.append(found)
        return f"{_OPEN}{len(self._found) - 1}{_CLOSE}"

    def _plain(self, name: str) -> _Found:
        missing = name not in self._environ
        return _Found(expression=_item(name), value=self._environ.get(name, ""), unset=name if missing else "")

    def _split(self, text: str, depth: int) -> list[str | _Found]:
        """Text and variables in turn."""
        if depth > _DEEPEST:
            raise MalformedError("variables are nested too deeply")
        pieces: list[str | _Found] = []
        at = 0
        while at < len(text):
            character = text[at]
            if character in {_OPEN, _CLOSE}:
                pieces.append(_Found(expression=_quoted(character), value=character))
                at += 1
            elif character != "$":
                end = min(
                    (found for each in ("$", _OPEN, _CLOSE) if (found := text.find(each, at)) >= 0), default=len(text)
                )
                pieces.append(text[at:end])
                at = end
            elif text.startswith("$$", at):
                pieces.append("$")
                at += 2
            else:
                variable, at = self._variable(text, at + 1, depth)
                pieces.append(variable)
        return pieces

    def _variable(self, text: str, at: int, depth: int) -> tuple[_Found, int]:
        """The variable whose `$` stands before `at`, and where the text goes on."""
        braced = text.startswith("{", at)
        name = _NAME.match(text, at + braced)
        if name is None:
            raise MalformedError("a '$' stands before what is no name of a variable")
        if not braced:
            return self._plain(name[0]), name.end()
        end = _closing(text, name.end())
        rest = text[name.end() : end]
        operator = _OPERATOR.match(rest)
        if rest and operator is None:
            raise MalformedError(f"what follows '${{{name[0]}' is none of :- - :? ? :+ +")
        if operator is None:
            return self._plain(name[0]), end + 1
        return self._with(name[0], operator[0], self._joined(rest[operator.end() :], depth)), end + 1

    def _with(self, name: str, operator: str, other: _Found) -> _Found:
        item, value = _item(name), self._environ.get(name)
        has = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("?"):
            return self._plain(name)
        if operator.endswith("+"):
            test = f"{item} | default('')" if operator.startswith(":") else f"{item} is defined"
            shown = f"({other.expression} if {test} else '')"
            return _Found(expression=shown, value=other.value if has else "", unset=other.unset if has else "")
        more = ", true" if operator.startswith(":") else ""
        shown = f"{item} | default({other.expression}{more})"
        return _Found(expression=shown, value=value or "" if has else other.value, unset="" if has else other.unset)

    def _joined(self, text: str, depth: int) -> _Found:
        """A default, which may hold variables itself."""
        pieces = self._split(text, depth + 1)
        shown = [_quoted(each) if isinstance(each, str) else f"({each.expression})" for each in pieces]
        unset = (each.unset for each in pieces if not isinstance(each, str))
        return _Found(
            expression=" ~ ".join(shown) or "''",
            value="".join(each if isinstance(each, str) else each.value for each in pieces),
            unset=next(filter(None, unset), ""),
        )


def _last(text: str) -> str:
    """Text behind a template: it is rendered with it."""
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)


def _closing(text: str, at: int) -> int:
    """Where the brace ends that was opened before `at`."""
    depth = 1
    for index in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise MalformedError("a '${' has no '}'")


def _item(name: str) -> str:
    return f"env.{name}" if _ITEM.fullmatch(name) and name not in _METHODS else f"env[{_quoted(name)}]"


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{plain}'"
