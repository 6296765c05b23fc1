"""What is said about the schema that an image gives for its options."""

from __future__ import annotations

import pytest

from scs.manifest.schema import subschema, validation
from scs.manifest.syntax import text


def said(source: str) -> list[str]:
    node, problems = text.parse(source.encode(), "image.yaml")
    assert node is not None
    assert not problems
    found = validation.check_schema(node, ("config",))
    return [str(problem).removeprefix("image.yaml:") for problem in found]


SOUND = """\
$schema: https://json-schema.org/draft/2020-12/schema
type: object
additionalProperties: false
required: [server_id]
properties:
  server_id: {type: integer, minimum: 1, description: the number, examples: [1]}
  mode: {enum: [open, closed], default: open}
  port: {$ref: "#/$defs/port", default: 80}
  tree: {$ref: "#/$defs/tree"}
  free: true
$defs:
  port: {type: integer, maximum: 65535}
  tree: {type: object, properties: {below: {type: array, items: {$ref: "#/$defs/tree"}}}}
"""


def test_a_sound_schema_is_left_alone() -> None:
    assert said(SOUND) == []
    assert said("{}\n") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[]\n", ["1:1: config: must be a map or true or false, not a list"]),
        ("true\n", ["1:1: config: must be a map, not true or false"]),
        ("type: array\n", ["1:7: config.type: must be object: options are a map"]),
        (
            "properties:\n  title: string\n",
            ["2:10: config.properties.title: must be a map or true or false, not the text 'string'"],
        ),
        (
            "properties: {a: {type: strng}}\n",
            [
                "1:24: config.properties.a.type: must be one of array, boolean, integer, null, number, object, string, "
                "not the text 'strng' (did you mean 'string'?)"
            ],
        ),
        (
            "properties: {a: {minimum: low}}\n",
            ["1:27: config.properties.a.minimum: must be a number, not the text 'low'"],
        ),
        (
            "required: title\n",
            ["1:11: config.required: must be a list, not the text 'title' (write it as a list: [title])"],
        ),
        (
            "properties:\n  a:\n    defualt: 1\n",
            ["3:5: config.properties.a: unknown keyword 'defualt' (did you mean 'default'?)"],
        ),
        (
            "properties: {title: {}}\nrequired: [titel]\n",
            ["2:12: config.required[0]: no option is called 'titel' (did you mean 'title'?)"],
        ),
        (
            "properties: {a: {pattern: '('}}\n",
            [
                "1:27: config.properties.a.pattern: '(' is no regular expression: missing ), unterminated subpattern "
                "at position 0"
            ],
        ),
        (
            "patternProperties: {'[': true}\n",
            ["1:21: config.patternProperties: '[' is no regular expression: unterminated character set at position 0"],
        ),
        (
            "properties: {a: {type: integer, default: '5'}}\n",
            [
                "1:42: config.properties.a.default: must be a whole number, not the text '5' "
                "(write it without quotes: 5)"
            ],
        ),
        (
            'properties: {a: {$ref: "#/$defs/n", default: x}}\n$defs: {n: {type: integer}}\n',
            ["1:46: config.properties.a.default: must be a whole number, not the text 'x'"],
        ),
    ],
)
def test_a_mistake_in_a_schema_is_said_where_it_stands(source: str, expected: list[str]) -> None:
    assert said(source) == expected


@pytest.mark.parametrize(
    "reference", ["https://example.com/a.json", "manifest.schema.json", "#/$defs/b", "#a", "#/required/0", "#/$defs"]
)
def test_a_reference_that_leads_out_of_the_schema_or_to_no_schema_is_refused(reference: str) -> None:
    source = f'properties: {{a: {{$ref: "{reference}"}}}}\nrequired: [a]\n$defs: {{c: {{}}}}\n'
    assert said(source) == [
        f"1:24: config.properties.a.\"$ref\": '{reference}' is not in this schema "
        "(write it under $defs and refer to it as #/$defs/NAME)"
    ]


@pytest.mark.parametrize(
    "inside",
    ['{$ref: "#/$defs/a"}', '{anyOf: [{not: {$ref: "#/$defs/a"}}]}', '{dependentSchemas: {k: {$ref: "#/$defs/a"}}}'],
)
def test_a_reference_that_comes_back_to_itself_is_refused(inside: str) -> None:
    (problem,) = said(f"$defs: {{a: {inside}}}\n")
    assert problem.endswith("\"$ref\": '#/$defs/a' refers to itself without end")


def test_references_that_lead_into_one_another_are_refused() -> None:
    assert said('$defs:\n  a: {allOf: [{$ref: "#/$defs/b"}]}\n  b: {if: {$ref: "#/$defs/a"}}\n') == [
        '2:22: config."$defs".a.allOf[0]."$ref": \'#/$defs/b\' refers to itself without end',
        '3:18: config."$defs".b.if."$ref": \'#/$defs/a\' refers to itself without end',
    ]


def test_a_reference_may_name_what_has_a_slash_or_a_tilde() -> None:
    root = {"$defs": {"a/b~c d": {"type": "string"}}, "allOf": [{"const": 1}]}
    assert subschema.referred(root, "#/$defs/a~1b~0c%20d") == {"type": "string"}
    assert subschema.referred(root, "#/allOf/0") == {"const": 1}
    assert subschema.referred(root, "#/allOf/1") is None
    assert subschema.referred(root, "#/allOf/x") is None
    assert subschema.referred(root, "#") is root


def test_every_schema_inside_a_schema_is_found() -> None:
    root = {
        "properties": {"a": {"items": {"const": 1}}},
        "anyOf": [{"not": {"const": 2}}],
        "additionalProperties": False,
        "default": {"properties": {"no": {}}},
    }
    assert {path: one for path, one in subschema.within(root) if path} == {
        ("properties", "a"): {"items": {"const": 1}},
        ("properties", "a", "items"): {"const": 1},
        ("anyOf", 0): {"not": {"const": 2}},
        ("anyOf", 0, "not"): {"const": 2},
        ("additionalProperties",): False,
    }
