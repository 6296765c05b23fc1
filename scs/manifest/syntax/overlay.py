"""Lays one tree over another: overlay files and `--set`; not the reading of files, nor what the keys mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scs.manifest.syntax import encoding, text, tree
from scs.model.problem import Place, Problem

SET = "--set"

_STEP = re.compile(r"(?:[^\\.\[\]=\r\n]|\\[\\.\[\]=])+")
_INDEX = re.compile(r"\[([0-9]{1,6})\]")
_PROPERTIES = re.compile(r"^([!&]\S*\s+)*")
_ESCAPE = re.compile(r"\\(.)")


def merge(base: tree.Node, over: tree.Node) -> tree.Node:
    """Maps merge, other values replace, null removes the key, as RFC 7396 has it; a list replaces whole.

    Each value keeps its own place. An overlay that holds nothing changes nothing.
    """
    return base if over.value is None else _merged(base, over)


def _merged(base: tree.Node | None, over: tree.Node) -> tree.Node:
    if not isinstance(over.value, Mapping):
        return over
    if base is None or not isinstance(base.value, Mapping):
        base = replace(over, value={})
    merged = dict(base.value) if isinstance(base.value, Mapping) else {}
    for key, child in over.value.items():
        if child.value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), child)
    return replace(base, value=merged)


def assign(base: tree.Node, setting: str) -> tuple[tree.Node, tuple[Problem, ...]]:
    r"""The tree with one setting made, as in `containers.web.replicas=3`; unchanged where there are mistakes.

    `\.` is a dot in a key, `[0]` an existing item of a list, the value YAML; null removes. Maps that are not
    there are made, but not to remove something from them.
    """
    read = encoding.read(setting.encode(errors="surrogatepass"), SET)
    if isinstance(read, Problem):
        return base, (read,)
    try:
        steps, start = _steps(read)
        value, problems = _value(read, start, steps)
        if value is None or problems:
            return base, problems
        return _put(base, steps, 0, value), ()
    except _SettingError as error:
        return base, (error.problem,)


class _SettingError(Exception):
    """A setting that cannot be made."""

    def __init__(self, column: int, path: tree.Path, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(place=_place(column), path=tree.path_text(path), message=message, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A key or an index of the path, and the column where it stands."""

    name: str | int
    column: int


def _place(column: int) -> Place:
    return Place(file=SET, line=1, column=column)


def _steps(setting: str) -> tuple[tuple[_Step, ...], int]:
    """The steps of the path, and where the value begins in the setting, counted from 0."""
    steps: list[_Step] = []
    at = 0
    while True:
        key = _STEP.match(setting, at)
        if key is None:
            raise _SettingError(at + 1, _names(steps), *_no_key(setting, at))
        steps.append(_Step(name=_ESCAPE.sub(r"\1", key[0]), column=at + 1))
        at = key.end()
        while index := _INDEX.match(setting, at):
            steps.append(_Step(name=int(index[1]), column=at + 1))
            at = index.end()
        if len(steps) > text.MAX_DEPTH:
            raise _SettingError(1, (), f"the path has more than {text.MAX_DEPTH} steps")
        if setting[at : at + 1] == "=":
            return tuple(steps), at + 1
        if setting[at : at + 1] != ".":
            raise _SettingError(at + 1, _names(steps), *_no_key(setting, at))
        at += 1


def _no_key(setting: str, at: int) -> tuple[str, str]:
    """Why no step of the path can stand here."""
    char, before = setting[at : at + 1], setting[at - 1 : at]
    empty = ("a key is empty", "write keys with a dot between them, as in containers.web.replicas=3")
    if char == "[":
        says = "a key must stand before '['" if before in {"", "."} else "'[' must begin the number of an item"
        return says, "as in volumes[0]; write \\[ for a bracket in a key"
    ends = ("a line cannot end within a key", "write key=value")
    known = {
        "\n": ends,
        "\r": ends,
        "": ("there is no '='", "write key=value"),
        ".": empty,
        "=": empty,
        "\\": ("a backslash must stand before one of . [ ] = \\", "write \\\\ for a backslash in a key"),
        "]": ("']' cannot stand in a key", "write \\] for a bracket in a key"),
    }
    return known.get(char, ("only '.', '[' or '=' can follow ']'", "as in volumes[0].path=/srv"))


def _names(steps: tuple[_Step, ...] | list[_Step]) -> tree.Path:
    return tuple(step.name for step in steps)


def _value(setting: str, start: int, steps: tuple[_Step, ...]) -> tuple[tree.Node | None, tuple[Problem, ...]]:
    path = _names(steps)
    written = setting[start:].strip()
    if not written:
        hint = "write null to remove the key, or '\"\"' for empty text"
        raise _SettingError(start + 1, path, "the value is empty", hint)
    node, problems = text.parse(setting[start:].encode(), SET)
    if node is None or problems:
        return None, tuple(_moved_problem(each, start, path) for each in problems)
    if node.text is not None and node.text != _PROPERTIES.sub("", written, count=1):
        hint = "put the value in quotes that the shell leaves, as in 'key=\"a #b\"'"
        raise _SettingError(start + 1, path, f"YAML reads this value as {tree.shown(node.text)}", hint)
    return replace(_moved(node, start), key=_place(steps[-1].column)), ()


def _moved_problem(problem: Problem, by: int, path: tree.Path) -> Problem:
    # The path that the parser knows begins at the value.
    below = problem.path if not problem.path or problem.path.startswith("[") else f".{problem.path}"
    return replace(problem, place=_moved_place(problem.place, by), path=tree.path_text(path) + below)


def _moved_place(place: Place, by: int) -> Place:
    return replace(place, column=place.column + by) if place.line == 1 else place


def _moved(node: tree.Node, by: int) -> tree.Node:
    key = None if node.key is None else _moved_place(node.key, by)
    value = node.value
    if isinstance(value, Mapping):
        value = {name: _moved(child, by) for name, child in value.items()}
    elif isinstance(value, tuple):
        value = tuple(_moved(child, by) for child in value)
    return replace(node, value=value, place=_moved_place(node.place, by), key=key)


def _put(node: tree.Node, steps: tuple[_Step, ...], depth: int, value: tree.Node) -> tree.Node:
    """The node with the value at the steps from `depth` on; a value of null takes away what is there."""
    step = steps[depth]
    is_last = depth + 1 == len(steps)
    if isinstance(step.name, int):
        items = _items(node, steps, depth, step.name)
        if is_last:
            below = () if value.value is None else (replace(_merged(None, value), key=None),)
        else:
            below = (_put(items[step.name], steps, depth + 1, value),)
        return replace(node, value=(*items[: step.name], *below, *items[step.name + 1 :]))
    entries = _entries(node, steps, depth)
    if is_last:
        return replace(node, value=_with(entries, step.name, value))
    child = entries.get(step.name)
    if child is None and value.value is None:
        return node
    if child is None:
        child = tree.Node(value=None, place=_place(step.column), key=_place(step.column))
    return replace(node, value={**entries, step.name: _put(child, steps, depth + 1, value)})


def _with(entries: Mapping[str, tree.Node], name: str, value: tree.Node) -> dict[str, tree.Node]:
    if value.value is None:
        return {key: child for key, child in entries.items() if key != name}
    return {**entries, name: _merged(None, value)}


def _items(node: tree.Node, steps: tuple[_Step, ...], depth: int, index: int) -> tuple[tree.Node, ...]:
    path = _names(steps[:depth])
    column = steps[depth].column
    if not isinstance(node.value, tuple):
        raise _SettingError(column, path, f"this is {_what(node)}, not a list")
    if index >= len(node.value):
        message = f"there is no item {index}: the list has {len(node.value)}, counted from 0"
        raise _SettingError(column, path, message)
    return node.value


def _entries(node: tree.Node, steps: tuple[_Step, ...], depth: int) -> Mapping[str, tree.Node]:
    if isinstance(node.value, Mapping):
        return node.value
    if node.value is None:
        return {}
    path = _names(steps[:depth])
    hint = f"name an item of it, as in {tree.path_text(path)}[0]" if isinstance(node.value, tuple) else ""
    message = f"this is {_what(node)}, so it has no key {tree.shown(str(steps[depth].name))}"
    raise _SettingError(steps[depth].column, path, message, hint)


def _what(node: tree.Node) -> str:
    return f"{tree.kind(node.value)} ({node.place})"
