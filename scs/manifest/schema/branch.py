"""Which of several schemas (`anyOf`, `oneOf`) was meant by a value that fits none; not what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scs.manifest.schema import wording
from scs.manifest.schema.fault import Fault
from scs.manifest.syntax import tree

_FIXED = {"enum", "const"}
_ABOUT_KEYS = {"required", "additionalProperties", "unevaluatedProperties"}


def meant(choice: Fault) -> Sequence[Fault]:
    """The faults by the schema that the value comes closest to; none where several are equally close."""
    closest = _closest(choice)
    if len(closest) == 1 or (closest and isinstance(choice.value, (dict, list)) and not _fixed(closest)):
        return closest[0]
    return ()


def lacked(choice: Fault) -> tuple[str, ...]:
    """The keys of which one would do, where each schema lacks nothing but its own."""
    closest = _closest(choice)
    alone = [faults[0] for faults in closest if len(faults) == 1]
    keys = [one.missing for one in alone if one.keyword == "required" and not one.below]
    if len(closest) > 1 and len(keys) == len(closest) and all(len(each) == 1 for each in keys):
        return tuple(dict.fromkeys(each[0] for each in keys))
    return ()


def wanted(choice: Fault) -> tuple[tree.Path, str, Sequence[str]]:
    """What any of the schemas would take: where below the value, in words, and the words it may be."""
    closest = _closest(choice) or _branches(choice)
    fixed = _fixed(closest)
    if fixed:
        options = {wording.option_text(option): option for one in fixed for option in one.options}
        words = [one for one in options.values() if isinstance(one, str)]
        return fixed[0].below, wording.one_of(list(options.values())), words
    own = [one for faults in closest for one in faults if not one.below]
    told = list(dict.fromkeys(wording.requirement(one).removeprefix("must be ") for one in own))
    return (), f"must be {wording.joined(told, 'or')}" if told else "does not fit its schema", ()


def _branches(choice: Fault) -> list[list[Fault]]:
    found: dict[int, list[Fault]] = {}
    for one in choice.inner:
        found.setdefault(one.branch, []).append(one)
    return list(found.values())


def _closest(choice: Fault) -> list[list[Fault]]:
    """The faults by each of the closest schemas, among those that take a value of this kind."""
    fitting = [faults for faults in _branches(choice) if not any(map(_is_other_kind, faults))]
    least = min(map(_distance, fitting), default=None)
    return [faults for faults in fitting if _distance(faults) == least]


def _is_other_kind(fault: Fault) -> bool:
    if fault.below or fault.keyword not in {*_FIXED, "type"}:
        return False
    kinds = [] if fault.keyword == "type" else [tree.kind(option) for option in fault.options]
    return tree.kind(fault.value) not in kinds


def _distance(faults: Sequence[Fault]) -> tuple[int, int, int]:
    """A key such as `type` that says another thing weighs most, then keys that are missing or unknown."""
    fixed = sum(one.keyword in _FIXED and len(one.below) == 1 for one in faults)
    keys = sum(one.keyword in _ABOUT_KEYS and not one.below for one in faults)
    return fixed, keys, len(faults)


def _fixed(branches: Sequence[Sequence[Fault]]) -> list[Fault]:
    """The fault of the one value that tells the schemas apart, for each of them; none where nothing does."""
    found = [[one for one in faults if one.keyword in _FIXED] for faults in branches]
    first = [faults[0] for faults in found if faults]
    is_shared = len(first) == len(branches) and len({one.below for one in first}) == 1
    return first if is_shared else []


def required_only(schema: object) -> tuple[str, ...]:
    """The keys that a schema asks for which asks for nothing else."""
    is_that = isinstance(schema, Mapping) and set(schema) == {"required"}
    return tuple(schema["required"]) if is_that and isinstance(schema, Mapping) else ()
