"""Puppet's own language for the one declaration that a build applies; pure, and runs no Puppet."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scs.contract import errors

_CLASS = re.compile(r"(::)?[a-z][a-z0-9_]*(::[a-z][a-z0-9_]*)*")
_PARAMETER = re.compile(r"[a-z_][a-zA-Z0-9_]*")


def declaration(class_name: str, parameters: Mapping[str, object]) -> str:
    """A manifest that declares the class. Raises Failure for names that Puppet cannot have."""
    if not _CLASS.fullmatch(class_name):
        raise errors.Failure(f"{class_name!r} is not the name of a Puppet class, such as scs or site::web")
    for name in sorted(parameters):
        if not _PARAMETER.fullmatch(name):
            raise errors.Failure(
                f"the option {name!r} cannot be a parameter of the Puppet class {class_name}: "
                f"give it a name of lower case letters, digits and _"
            )
    rows = "".join(f"  {name} => {literal(parameters[name])},\n" for name in sorted(parameters))
    return f"class {{ '{class_name}':\n{rows}}}\n"


def literal(value: object) -> str:
    """A JSON value as Puppet writes it. In single quotes nothing but `\\` and `'` means anything."""
    match value:
        case None:
            return "undef"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return "'" + re.sub(r"([\\'])", r"\\\1", value) + "'"
        case Mapping():
            pairs = (f"{literal(str(key))} => {literal(value[key])}" for key in sorted(value, key=str))
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(literal, value)) + "]"
        case _:
            raise errors.Failure(f"{value!r} cannot be given to Puppet: it is not JSON data")
