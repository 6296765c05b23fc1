"""Filters: tests on attributes, all of which have to hold; parsed from JSON, told apart by value. Knows no registry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from scs.disco import problems
from scs.disco.registry import patterns
from scs.disco.settings import Limits
from scs.disco.values import Json, Provision, Scalar


@dataclass(frozen=True, slots=True)
class In:
    """The attribute is there and one of these."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ne:
    """The attribute is another, or not there."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Prefix:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Exists:
    name: str
    there: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """The pattern is found somewhere in the attribute."""

    name: str
    pattern: patterns.Pattern


Test = In | Ne | Prefix | Exists | Matches
Filter = tuple[Test, ...]


def text_of(value: Scalar) -> str:
    """As JavaScript writes it: old peers compare numbers and truth as text."""
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        case _:
            return str(value)


def holds(tests: Filter, one: Provision) -> bool:
    """Whether all tests hold. `zone` and `dc` mean the provision's own, unless it has attributes of that name."""
    if not tests:
        return True
    attributes: dict[str, Scalar] = {"zone": one.zone, "dc": one.dc, **dict(one.attributes)}
    return all(_test(test, attributes) for test in tests)


def _test(test: Test, attributes: Mapping[str, Scalar]) -> bool:
    there = test.name in attributes
    value = text_of(attributes[test.name]) if there else ""
    match test:
        case In(values=values):
            return there and value in values
        case Ne(value=other):
            return not there or value != other
        case Prefix(text=text):
            return there and value.startswith(text)
        case Exists(there=wanted):
            return there is wanted
        case Matches(pattern=pattern):
            return there and pattern.search(value)
        case _ as never:
            assert_never(never)


def from_patterns(given: Json, limits: Limits) -> Filter:
    """v0: each attribute has to be there and to match its pattern."""
    _few(given, limits)
    tests: list[Test] = []
    for name in given:
        tests.append(Matches(name, patterns.compiled(_text(name, given[name]), most=limits.pattern)))
        _few_patterns(tests, limits)
    return _sorted(tests)


def parse(given: Json, limits: Limits) -> Filter:
    """v1: `{"zone":{"in":["a","b"]},"tier":"gold","ver":{"prefix":"1."},…}`."""
    _few(given, limits)
    tests: list[Test] = []
    for name, wanted in given.items():
        if not isinstance(wanted, dict):
            tests.append(In(name, (_text(name, wanted),)))
            continue
        if not wanted:
            raise problems.syntax(f'Filter "{name}" says nothing.')
        for word, value in wanted.items():
            tests.append(_parsed(name, word, value, limits))
            _few_patterns(tests, limits)
    return _sorted(tests)


def _parsed(name: str, word: str, value: object, limits: Limits) -> Test:
    match word, value:
        case "in", [*values] if values and len(values) <= limits.filter_values:
            return In(name, tuple(sorted({_text(name, one) for one in values})))
        case "in", _:
            raise problems.syntax(f'Filter "{name}": "in" needs a list of 1 to {limits.filter_values} values.')
        case "ne", _:
            return Ne(name, _text(name, value))
        case "prefix", str():
            return Prefix(name, _text(name, value))
        case "exists", bool():
            return Exists(name, value)
        case "re", str():
            return Matches(name, patterns.compiled(value, most=limits.pattern))
        case (("prefix" | "re"), _):
            raise problems.syntax(f'Filter "{name}": "{word}" needs text.')
        case "exists", _:
            raise problems.syntax(f'Filter "{name}": "exists" needs true or false.')
        case _:
            raise problems.syntax(f'Filter "{name}": there is no "{word[:64]}"; there are in, ne, prefix, exists, re.')


def _text(name: str, value: object) -> str:
    if value is None or isinstance(value, dict | list):
        raise problems.syntax(f'Filter "{name}" must be text, a number, true or false.')
    assert isinstance(value, str | int | float)
    said = text_of(value)
    if len(said) > 256:
        raise problems.limit(f'Filter "{name}" has more than 256 characters.')
    return said


def _few(given: Json, limits: Limits) -> None:
    if len(given) > limits.attributes:
        raise problems.limit(f"The filter has {len(given)} attributes; at most {limits.attributes} are allowed.")
    for name in given:
        if not 0 < len(name) <= limits.attribute_name:
            raise problems.limit(f"An attribute's name must have 1 to {limits.attribute_name} characters.")


def sizes(tests: Iterable[Test]) -> Mapping[str, int]:
    """The patterns that have to be run, and how large their programs are."""
    return {test.pattern.text: test.pattern.size for test in tests if isinstance(test, Matches) and test.pattern.size}


def _few_patterns(tests: Iterable[Test], limits: Limits) -> None:
    if sum(isinstance(test, Matches) and test.pattern.size > 0 for test in tests) > limits.filter_patterns:
        raise problems.limit(f"The filter has more than {limits.filter_patterns} patterns that are no plain texts.")


def _sorted(tests: Iterable[Test]) -> Filter:
    return tuple(sorted(tests, key=said))


def said(test: Test) -> str:
    """One test as text, the same for equal ones: what a group's id is made of."""
    match test:
        case In(name=name, values=values):
            return json.dumps([name, "in", *values])
        case Ne(name=name, value=value):
            return json.dumps([name, "ne", value])
        case Prefix(name=name, text=text):
            return json.dumps([name, "prefix", text])
        case Exists(name=name, there=there):
            return json.dumps([name, "exists", there])
        case Matches(name=name, pattern=pattern):
            return json.dumps([name, "re", pattern.text])
        case _ as never:
            assert_never(never)
