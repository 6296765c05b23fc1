"""Compose files to one map of plain values, in which marks stand for variables; not what its keys mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scs.manifest.imported.compose.shape import FILE
from scs.manifest.imported.compose.variables import MalformedError, Variables
from scs.manifest.schema import validation
from scs.manifest.syntax import text, tree
from scs.model.problem import Invalid, Place, Problem

_REPLACED = {"command", "entrypoint", "test"}
"""Lists that a later file replaces; to others it adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`files` are names and contents, later ones over earlier ones; `project` is what Compose calls them together.

    `prefix` leads from the manifest's folder to that of the first file, `environ` holds the variables.
    """

    files: Sequence[tuple[str, bytes]]
    project: str
    prefix: str
    environ: Mapping[str, str]


def read(source: Source, variables: Variables) -> Mapping[str, Any]:
    """The files as one; raises Invalid with what is wrong in them."""
    parsed = [text.parse(content, name) for name, content in source.files]
    problems = [problem for _, found in parsed for problem in found]
    if problems:
        raise Invalid(problems)
    whole: tree.Node | None = None
    for node, _ in parsed:
        if node is not None:
            whole = node if whole is None else _merged(whole, node, (), problems)
    whole = whole or tree.Node(value=None, place=Place(file=source.files[0][0], line=1, column=1))
    problems += validation.check(whole, FILE)
    marked = _marked(whole, (), variables, problems)
    if not problems:
        problems += _without_image(whole)
    if problems or not isinstance(marked, dict):
        raise Invalid(problems)
    return marked


def _merged(base: tree.Node, over: tree.Node, path: tree.Path, problems: list[Problem]) -> tree.Node:
    """As Compose merges: maps by key, lists one behind the other."""
    if over.value is None:
        return base
    if isinstance(base.value, Mapping) and isinstance(over.value, Mapping):
        both = dict(base.value)
        for key, each in over.value.items():
            both[key] = _merged(both[key], each, (*path, key), problems) if key in both else each
        return replace(base, value=both)
    if isinstance(base.value, tuple) and isinstance(over.value, tuple):
        return over if path and path[-1] in _REPLACED else replace(base, value=(*base.value, *over.value))
    if {Mapping, tuple} == {Mapping if isinstance(each.value, Mapping) else type(each.value) for each in (base, over)}:
        message = f"this is {tree.kind(over.value)} here and {tree.kind(base.value)} in {base.place.file}"
        where = tree.path_text(path)
        problems.append(Problem(place=over.place, path=where, message=message, hint="write both in the same way"))
    return over


def _marked(node: tree.Node, path: tree.Path, variables: Variables, problems: list[Problem]) -> Any:
    if isinstance(node.value, Mapping):
        return {key: _marked(each, (*path, key), variables, problems) for key, each in node.value.items()}
    if isinstance(node.value, tuple):
        return [_marked(each, (*path, index), variables, problems) for index, each in enumerate(node.value)]
    if not isinstance(node.value, str):
        return node.value
    try:
        return variables.marked(node.value)
    except MalformedError as error:
        hint = "write '$$' for a '$' that is text"
        problems.append(Problem(place=node.place, path=tree.path_text(path), message=str(error), hint=hint))
        return node.value


def _without_image(whole: tree.Node) -> Iterator[Problem]:
    services = tree.at(whole, ("services",))
    for name, service in services.value.items() if isinstance(services.value, Mapping) else ():
        known = service.value if isinstance(service.value, Mapping) else {}
        given = {key for key, each in known.items() if each.value}
        if not name.startswith("x-") and not given & {"image", "build", "extends"}:
            message = "the service has neither an image nor a build"
            where = tree.path_text(("services", name))
            yield Problem(place=service.key or service.place, path=where, message=message, hint="give it one")
