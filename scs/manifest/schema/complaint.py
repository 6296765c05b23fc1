"""From the faults of values to problems, one for each cause; the words for values are in `wording`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from scs.manifest.schema import branch, wording
from scs.manifest.schema.fault import Fault
from scs.manifest.syntax import tree
from scs.model.problem import Place, Problem

Kind = Literal["value", "missing", "unknown", "name", "none", "many", "beside"]
_RANKS = {"enum": 0, "const": 0, "type": 1}
_LATER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about the value at `path`. `keys` are those it is about, one that stands there first."""

    path: tree.Path
    kind: Kind
    message: str
    hint: str = ""
    keys: tuple[str, ...] = ()
    rank: int = _LATER

    def means(self, keys: Sequence[str]) -> bool:
        """Whether it says that one of these keys was meant."""
        return any(self.hint == f"did you mean {tree.shown(key)}?" for key in keys)


def problems(faults: Iterable[Fault], node: tree.Node, path: tree.Path) -> Iterator[Problem]:
    """The problems of a node to which `path` leads from the top of its file."""
    for finding in _causes(one for fault in faults for one in _findings(fault, node)):
        where = tree.path_text((*path, *finding.path))
        place = _place(node, finding)
        yield Problem(place=place, path=where, message=finding.message, hint=finding.hint)


def _place(node: tree.Node, finding: Finding) -> Place:
    """Where a person looks for it: what is about a key at the key, and so a map; anything else at itself."""
    found = tree.at(node, finding.path)
    if finding.kind in {"unknown", "name", "beside"} and isinstance(found.value, Mapping):
        found = found.value[finding.keys[0]]
        return found.key or found.place
    return (found.key or found.place) if isinstance(found.value, Mapping) else found.place


def _causes(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings without those that only follow from another one at the same place."""
    first: dict[object, Finding] = {}
    for finding in sorted(findings, key=lambda one: (one.rank, one.message, one.hint)):
        first.setdefault((finding.path, finding.kind, finding.keys), finding)
    together: dict[tree.Path, list[Finding]] = {}
    for finding in first.values():
        together.setdefault(finding.path, []).append(finding)
    for group in together.values():
        choices = [key for one in group if one.kind == "none" for key in one.keys]
        hinted = [_hinted(one, choices) for one in group]
        company = _Company(
            unknown=tuple(one for one in hinted if one.kind == "unknown"),
            many=tuple(one for one in hinted if one.kind == "many"),
            is_choice=any(one.kind in {"none", "many"} for one in hinted),
        )
        yield from (one for one in hinted if not _follows(one, company))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Company:
    """What else there is about the same value."""

    unknown: tuple[Finding, ...]
    many: tuple[Finding, ...]
    is_choice: bool


def _hinted(finding: Finding, choices: Sequence[str]) -> Finding:
    if finding.kind == "unknown" and not finding.hint:
        return replace(finding, hint=tree.near(finding.keys[0], choices))
    return finding


def _follows(finding: Finding, company: _Company) -> bool:
    match finding.kind:
        case "none":
            return any(one.means(finding.keys) for one in company.unknown)
        case "missing":
            return bool(company.many) or any(one.means(finding.keys) for one in company.unknown)
        case "beside":
            return company.is_choice or any(one.means(finding.keys[1:]) for one in company.unknown)
        case "unknown":
            return any(finding.keys[0] in one.keys for one in company.many)
        case _:
            return False


def _findings(fault: Fault, node: tree.Node) -> Iterator[Finding]:
    at = tree.at(node, fault.path)
    if isinstance(at.value, Mapping) and isinstance(fault.value, str):
        yield _name(fault)
    elif fault.keyword in {"anyOf", "oneOf"}:
        yield from _choice(fault, node)
    elif fault.keyword in _ABOUT_KEYS:
        yield from _ABOUT_KEYS[fault.keyword](fault)
    elif fault.keyword == "uniqueItems":
        yield _repeated(fault, at)
    elif fault.keyword == "not":
        yield _refused(fault)
    else:
        rank = _RANKS.get(fault.keyword, _LATER)
        message, hint = wording.sentence(fault, at), wording.hint(fault, at.text)
        yield Finding(path=fault.path, kind="value", message=message, hint=hint, rank=rank)


def _name(fault: Fault) -> Finding:
    message = f"the key {tree.shown(fault.value)} {wording.requirement(fault)}"
    hint = wording.hint(fault, None)
    return Finding(path=fault.path, kind="name", message=message, hint=hint, keys=(fault.value,))


def _missing(fault: Fault) -> Iterator[Finding]:
    known = fault.schema.get("properties", {})
    for key in fault.missing:
        astray = [other for other in fault.value if other not in known and tree.near(other, (key,))]
        hint = f"is {tree.shown(astray[0])} meant for it?" if astray else _example(key, known.get(key))
        message = f"the key {tree.shown(key)} is missing"
        yield Finding(path=fault.path, kind="missing", message=message, hint=hint, keys=(key,))


def _example(key: str, schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return ""
    if "const" in schema:
        return f"write {key}: {wording.option_text(schema['const'])}"
    examples = [one for one in schema.get("examples", ()) if isinstance(one, (str, int))]
    return f"such as {key}: {wording.option_text(examples[0])}" if examples else ""


def _unknown(fault: Fault) -> Iterator[Finding]:
    known = fault.schema.get("properties", {})
    instead = fault.schema.get("x-instead", {})
    free = [key for key in known if key not in fault.value]
    for key in fault.wanted:
        hint = instead.get(key) or tree.near(key, free)
        message = f"unknown key {tree.shown(key)}"
        yield Finding(path=fault.path, kind="unknown", message=message, hint=hint, keys=(key,))


def _beside(fault: Fault) -> Iterator[Finding]:
    for key, needed in fault.wanted.items():
        for other in needed if key in fault.value else ():
            if other not in fault.value:
                message = f"{tree.shown(key)} goes only with {tree.shown(other)}, which is not there"
                yield Finding(path=fault.path, kind="beside", message=message, keys=(key, other))


_ABOUT_KEYS = {
    "required": _missing,
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
    "dependentRequired": _beside,
}


def _repeated(fault: Fault, at: tree.Node) -> Finding:
    seen: dict[str, int] = {}
    for index, item in enumerate(fault.value):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            line = tree.at(at, (seen[text],)).place.line
            message = f"{wording.option_text(item)} is repeated; it is first on line {line}"
            return Finding(path=(*fault.path, index), kind="value", message=message)
        seen[text] = index
    return Finding(path=fault.path, kind="value", message="an item is repeated")


def _refused(fault: Fault) -> Finding:
    keys = branch.required_only(fault.wanted)
    if keys:
        return _together(fault, keys)
    is_const = isinstance(fault.wanted, Mapping) and "const" in fault.wanted
    message = f"must not be {wording.option_text(fault.value)}" if is_const else "is not allowed by its schema"
    return Finding(path=fault.path, kind="value", message=fault.says or message)


def _choice(fault: Fault, node: tree.Node) -> Iterator[Finding]:
    """What is said about a value that fits none of several schemas: the faults by the one that was meant."""
    keys = [branch.required_only(each) for each in fault.wanted]
    if isinstance(fault.value, Mapping) and all(len(each) == 1 for each in keys):
        yield _pick(fault, tuple(each[0] for each in keys))
    elif not fault.inner:
        message = fault.says or "fits more than one of the forms that it may have, and must fit exactly one"
        yield Finding(path=fault.path, kind="value", message=message)
    elif lacked := branch.lacked(fault):
        yield _pick(fault, lacked)
    elif meant := branch.meant(fault):
        yield from (one for each in meant for one in _findings(each, node))
    else:
        below, wanted, options = branch.wanted(fault)
        at = tree.at(node, (*fault.path, *below))
        message = (fault.says or wanted) + wording.written(tree.plain(at), at)
        hint = tree.near(at.value, options) if isinstance(at.value, str) else ""
        yield Finding(path=(*fault.path, *below), kind="value", message=message, hint=hint)


def _pick(fault: Fault, keys: tuple[str, ...]) -> Finding:
    present = tuple(key for key in keys if key in fault.value)
    if present:
        return _together(fault, present)
    shown = wording.joined([tree.shown(key) for key in keys], "and")
    return Finding(path=fault.path, kind="none", message=f"one of the keys {shown} is missing", keys=keys)


def _together(fault: Fault, keys: tuple[str, ...]) -> Finding:
    message = f"{wording.joined([tree.shown(key) for key in keys], 'and')} cannot stand together"
    return Finding(path=fault.path, kind="many", message=message, keys=keys)
