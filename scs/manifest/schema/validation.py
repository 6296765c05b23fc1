"""Holds trees to JSON Schemas, and schemas to what a schema is; not what the values mean to each other.

Schemas are taken as they are written, with three things of our own: `x-says`, the sentence for a value that
does not fit; `x-instead`, what to write for keys known from elsewhere; and in a `pattern` the alternative
`pattern.TEMPLATE`, which editors need and which a tree whose templates are rendered may not use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from scs.manifest.schema import acceptance, complaint, evaluated, fault, pattern, subschema
from scs.manifest.syntax import tree
from scs.model.problem import Problem, in_order

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

Schema = Mapping[str, Any]


def check(node: tree.Node, schema: Schema, path: tree.Path = ()) -> tuple[Problem, ...]:
    """What the schema has against the tree, each cause once, in the order of the file.

    `path` leads from the top of the file to the node. The schema holds all that it refers to, and is sound:
    see `check_schema`.
    """
    return () if acceptance.accepts(schema, tree.plain(node)) else in_order(_problems(_validator(schema), node, path))


def check_schema(node: tree.Node, path: tree.Path = ()) -> tuple[Problem, ...]:
    """What is wrong with the schema of an image's options.

    It describes a map, holds all that it refers to, and its defaults are valid.
    """
    schema: Any = tree.plain(node)
    return (
        in_order(_problems(_validator_of_schemas(), node, path))
        or in_order(subschema.problems(node, path))
        or in_order(_in_defaults(node, schema, path))
    )


def _in_defaults(node: tree.Node, schema: Schema, path: tree.Path) -> Iterator[Problem]:
    validator = _validator(schema)
    for below, one in subschema.within(schema):
        if _has_default(one):
            steps = (*below, "default")
            yield from _problems(validator.evolve(schema=one), tree.at(node, steps), (*path, *steps))


def defaults(schema: Schema, value: tree.JSON) -> Any:
    """The value with the schema's defaults filled in, also within its maps and lists.

    Schema and value stay as they are.
    """
    return _filled(schema, schema, value, ())


def _filled(root: Schema, schema: Any, value: Any, seen: tuple[str, ...]) -> Any:
    """`seen` are the references followed since the last step into the value."""
    if not isinstance(schema, Mapping):
        return value
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        value = _filled(root, subschema.referred(root, reference), value, (*seen, reference))
    for each in schema.get("allOf", ()):
        value = _filled(root, each, value, seen)
    if isinstance(value, Mapping):
        options = schema.get("properties", {})
        added = {key: one["default"] for key, one in options.items() if key not in value and _has_default(one)}
        both = {**value, **added}
        return {key: _filled(root, options.get(key), item, ()) for key, item in both.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_filled(root, schema.get("items"), item, ()) for item in value]
    return value


def _has_default(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "default" in schema


def _problems(validator: Validator, node: tree.Node, path: tree.Path) -> Iterator[Problem]:
    faults = map(fault.of, validator.iter_errors(tree.plain(node)))
    return complaint.problems(faults, node, path)


def _validator(schema: Schema) -> Validator:
    from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY  # noqa: PLC0415 - slow, as jsonschema

    # Where a schema names its dialect, the validator would become one of that, without what ours has changed.
    unnamed = {key: value for key, value in schema.items() if key != "$schema"}
    whole = DRAFT202012.create_resource(unnamed)
    # Crawled once here, or else again by every reference that is followed.
    registry = EMPTY_REGISTRY.with_resource(whole.id() or "", whole).crawl()
    made: Validator = _dialect()(unnamed, registry=registry)
    return made


def _validator_of_schemas() -> Validator:
    made: Validator = _dialect()(_dialect().META_SCHEMA)
    return made


@cache
def _dialect() -> Any:
    """Draft 2020-12, but that 1.0 is no whole number, and that patterns are those of `pattern`."""
    import jsonschema  # noqa: PLC0415 - slow, and some commands need none

    draft = jsonschema.Draft202012Validator
    types = draft.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    extend: Any = jsonschema.validators.extend
    ours = {
        "type": _type,
        "pattern": _pattern,
        "properties": _properties,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "unevaluatedProperties": _unevaluated,
    }
    return extend(draft, ours, type_checker=types)


def _type(validator: Validator, types: Any, value: Any, schema: Schema) -> Iterator[ValidationError]:
    wanted = [types] if isinstance(types, str) else list(types)
    if schema.get("pattern") == pattern.TEMPLATE and len(wanted) > 1:
        wanted.remove("string")
    if not any(validator.is_type(value, one) for one in wanted):
        yield _error(wanted)


def _pattern(validator: Validator, rule: str, value: Any, _schema: Schema) -> Iterator[ValidationError]:
    rule = pattern.strict(rule)
    if rule and validator.is_type(value, "string") and not pattern.found(rule, value):
        yield _error(rule)


def _properties(validator: Any, options: Any, value: Any, _schema: Schema) -> Iterator[ValidationError]:
    for key, one in options.items() if validator.is_type(value, "object") else ():
        if key in value:
            yield from _below(validator, key, value, one)


def _pattern_properties(validator: Any, rules: Any, value: Any, _schema: Schema) -> Iterator[ValidationError]:
    for key in value if validator.is_type(value, "object") else ():
        for rule in rules:
            if pattern.found(rule, key):
                yield from _below(validator, key, value, rules[rule])


def _additional(validator: Any, rest: Any, value: Any, schema: Schema) -> Iterator[ValidationError]:
    if validator.is_type(value, "object"):
        yield from _rest(validator, rest, value, [key for key in value if not evaluated.is_named(key, schema)])


def _unevaluated(validator: Any, rest: Any, value: Any, schema: Schema) -> Iterator[ValidationError]:
    if validator.is_type(value, "object"):
        others = {keyword: one for keyword, one in schema.items() if keyword != "unevaluatedProperties"}
        known = evaluated.keys(validator, others, value)
        yield from _rest(validator, rest, value, [key for key in value if key not in known])


def _rest(validator: Any, rest: Any, value: Any, keys: Sequence[str]) -> Iterator[ValidationError]:
    if rest is False and keys:
        yield _error(keys)
    for key in () if rest is False else keys:
        yield from _below(validator, key, value, rest)


def _below(validator: Any, key: str, value: Any, one: Any) -> Iterator[ValidationError]:
    if one is False:
        # The validator's own error for it does not say which key it is about.
        yield _error(False, validator="false", path=[key], instance=value[key])
    else:
        yield from validator.descend(value[key], one, path=key, schema_path=key)


def _error(wanted: object, **given: Any) -> ValidationError:
    import jsonschema  # noqa: PLC0415 - slow, and some commands need none

    return jsonschema.ValidationError("", validator_value=wanted, **given)
