"""What is said about trees that do not fit their schema, in full and once for each cause."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

import schemas
from scs.manifest.schema import validation
from scs.manifest.syntax import text, tree

TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}


def read(source: str) -> tree.Node:
    node, problems = text.parse(source.encode(), "m.yaml")
    assert node is not None
    assert not problems
    return node


def said(one: Any, source: str) -> list[str]:
    """The problems of a document, without the file's name."""
    return [str(problem).removeprefix("m.yaml:") for problem in validation.check(read(source), one)]


def said_of(one: Any, value: str) -> list[str]:
    """The problems of a value at the key `a`, without place and path."""
    found = said({"properties": {"a": one}}, f"a: {value}\n")
    assert all(": a: " in each for each in found)
    return [each.partition(": a: ")[2] for each in found]


def said_of_container(source: str) -> list[str]:
    head = "scs: 1\nservice: s\ncontainers:\n  web:\n    image: x\n    "
    return said(schemas.manifest(), head + source)


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (TEXT, "1.20", 'must be text, not the number 1.2 (put it in quotes: "1.20")'),
        (TEXT, "true", 'must be text, not true (put it in quotes: "true")'),
        (TEXT, "", "must be text, and it is empty"),
        (TEXT, "null", "must be text, not null"),
        (TEXT, "[a]", "must be text, not a list"),
        (LIST, "nginx", "must be a list, not the text 'nginx' (write it as a list: [nginx])"),
        (LIST, "'a, b'", "must be a list, not the text 'a, b'"),
        (LIST, "80", "must be a list, not the number 80 (write it as a list: [80])"),
        (LIST, "{b: c}", "must be a list, not a map"),
        ({"type": "object"}, "", "must be a map, and it is empty (write {} where there is nothing to say)"),
        ({"type": "object", "required": ["b"]}, "", "must be a map, and it is empty"),
        ({"type": "integer"}, "'80'", "must be a whole number, not the text '80' (write it without quotes: 80)"),
        ({"type": "integer"}, "'1.5'", "must be a whole number, not the text '1.5'"),
        ({"type": "integer"}, "1.0", "must be a whole number, not the number 1.0"),
        ({"type": "integer"}, "eighty", "must be a whole number, not the text 'eighty'"),
        ({"type": "number"}, "'1.5'", "must be a number, not the text '1.5' (write it without quotes: 1.5)"),
        ({"type": "boolean"}, "yes", "must be true or false, not the text 'yes' (write true)"),
        ({"type": "boolean"}, "'off'", "must be true or false, not the text 'off' (write false)"),
        ({"type": "boolean"}, "1", "must be true or false, not the number 1"),
        ({"type": ["string", "object", "null"]}, "[]", "must be text, a map or null, not a list"),
    ],
)
def test_a_value_of_another_type_is_said_to_be_what_it_is(one: Any, value: str, expected: str) -> None:
    assert said_of(one, value) == [expected]


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (
            {"enum": ["always", "missing", "never"]},
            "allways",
            "must be one of always, missing, never, not the text 'allways' (did you mean 'always'?)",
        ),
        ({"type": "string", "enum": ["1", "2"]}, "2", 'must be one of 1, 2, not the number 2 (put it in quotes: "2")'),
        ({"enum": ["a", "b c", 1, None]}, "x", "must be one of a, \"b c\", 1, null, not the text 'x'"),
        ({"const": 1}, "2", "must be 1, not the number 2"),
        ({"const": 1}, "'1'", "must be 1, not the text '1' (write it without quotes: 1)"),
        ({"const": True}, "false", "must be true, not false"),
        ({"pattern": "^[0-9]+M$"}, "32 MB", "must match the pattern ^[0-9]+M$, not the text '32 MB'"),
        ({"pattern": "^[a-z]+$"}, "Web", "must match the pattern ^[a-z]+$, not the text 'Web' (did you mean 'web'?)"),
        ({"pattern": "^[a-z]+$"}, '"a\\n"', "must match the pattern ^[a-z]+$, not the text 'a\\n' (did you mean 'a'?)"),
        ({"minimum": 1}, "0", "must be at least 1, not the number 0"),
        ({"exclusiveMinimum": 0}, "0", "must be more than 0, not the number 0"),
        ({"maximum": 65535}, "70000", "must be at most 65535, not the number 70000"),
        ({"exclusiveMaximum": 2.5}, "2.5", "must be less than 2.5, not the number 2.5"),
        ({"multipleOf": 8}, "12", "must be a multiple of 8, not the number 12"),
        ({"minLength": 1}, "''", "must not be empty"),
        ({"minLength": 8}, "secret", "must have at least 8 characters"),
        ({"maxLength": 1}, "secret", "must have at most 1 character"),
        ({"minItems": 1}, "[]", "must not be empty"),
        ({"maxItems": 2}, "[1, 2, 3]", "must have at most 2 items"),
        ({"minProperties": 2}, "{b: 1}", "must have at least 2 keys"),
        (False, "1", "is not allowed here"),
        ({"not": {"const": "root"}}, "root", "must not be root"),
        ({"not": {"pattern": "x"}}, "x", "is not allowed by its schema"),
        ({"contains": {"const": 1}}, "[2]", "does not fit the keyword contains of its schema"),
    ],
)
def test_a_value_that_breaks_a_rule_is_told_the_rule(one: Any, value: str, expected: str) -> None:
    assert said_of(one, value) == [expected]


def test_what_is_shown_of_a_value_is_short_and_nothing_that_a_terminal_obeys() -> None:
    assert said_of({"type": "integer"}, '"\\e[31m"') == ["must be a whole number, not the text '\\x1b[31m'"]
    (long,) = said_of({"type": "integer"}, "x" * 5000)
    assert long == f"must be a whole number, not the text '{'x' * 59}…'"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0750", 'must be octal, not the number 750 (put it in quotes: "0750")'),
        ("0o750", 'must be octal, not the number 488 (put it in quotes: "0750")'),
        ("9", "must be octal, not the number 9"),
        ("rwx", "must be octal, not the text 'rwx'"),
        ("[a]", "must be octal, not a list"),
    ],
)
def test_a_schema_may_say_itself_what_a_value_must_be(value: str, expected: str) -> None:
    mode = {"type": "string", "pattern": "^0[0-7]{3}$", "x-says": "must be octal"}
    assert said_of(mode, value) == [expected]


def test_a_repeated_item_is_refused_at_its_second_place() -> None:
    dns = {"properties": {"dns": {"uniqueItems": True}}}
    assert said(dns, "dns:\n  - 10.0.0.1\n  - 10.0.0.2\n  - 10.0.0.1\n") == [
        "4:5: dns[2]: 10.0.0.1 is repeated; it is first on line 2"
    ]
    assert said(dns, "dns: [{a: 1}, {a: 1.0}]\n") == ["1:6: dns: an item is repeated"]


MAP = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"examples": ["nginx:1.27"]}, "scs": {"const": 1}, "user": {}},
    "patternProperties": {"^x-": True},
    "additionalProperties": False,
    "x-instead": {"ports": "write 'provides'"},
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("web:\n  image: a\n  usr: b\n", ["3:3: web: unknown key 'usr' (did you mean 'user'?)"]),
        ("web:\n  image: a\n  ports: b\n", ["3:3: web: unknown key 'ports' (write 'provides')"]),
        ("web: {image: a, zzz: b, x-zzz: c}\n", ["1:17: web: unknown key 'zzz'"]),
        ("web:\n  user: a\n", ["1:1: web: the key 'image' is missing (such as image: \"nginx:1.27\")"]),
        ("web:\n  imagee: a\n", ["2:3: web: unknown key 'imagee' (did you mean 'image'?)"]),
    ],
)
def test_a_misspelt_key_is_one_problem_at_the_key(source: str, expected: list[str]) -> None:
    assert said({"properties": {"web": MAP}}, source) == expected


def test_what_a_whole_file_lacks_is_said_at_its_beginning_without_a_path() -> None:
    lacking = {"required": ["scs", "type"], "properties": {"scs": {"const": 1}, "type": {}}}
    assert said(lacking, "# a comment\nservice: blog\ntpye: x\n") == [
        "2:1: the key 'scs' is missing (write scs: 1)",
        "2:1: the key 'type' is missing (is 'tpye' meant for it?)",
    ]


def test_a_key_that_may_not_be_called_that_is_refused_at_the_key() -> None:
    names = {"properties": {"nets": {"propertyNames": {"pattern": "^[a-z]+$", "x-says": "must be small letters"}}}}
    assert said(names, "nets:\n  Blog: 1\n  a1: 2\n") == [
        "2:3: nets: the key 'Blog' must be small letters (did you mean 'blog'?)",
        "3:3: nets: the key 'a1' must be small letters",
    ]


def test_keys_of_which_one_is_needed_are_one_problem() -> None:
    base = {
        "oneOf": [{"required": ["debian"]}, {"required": ["image"]}, {"required": ["manifest"]}],
        "dependentRequired": {"pull": ["image"]},
        "properties": {key: {} for key in ("debian", "image", "manifest", "pull")},
        "additionalProperties": False,
    }
    assert said(base, "{}\n") == ["1:1: one of the keys 'debian', 'image' and 'manifest' is missing"]
    assert said(base, "pull: always\n") == ["1:1: one of the keys 'debian', 'image' and 'manifest' is missing"]
    assert said(base, "debain: x\n") == ["1:1: unknown key 'debain' (did you mean 'debian'?)"]
    assert said(base, "debian: x\nimage: y\npull: z\n") == ["1:1: 'debian' and 'image' cannot stand together"]
    assert said(base, "debian: x\npull: z\n") == ["2:1: 'pull' goes only with 'image', which is not there"]


def test_keys_that_exclude_each_other_are_one_problem() -> None:
    assert said({"not": {"required": ["role", "endpoints"]}}, "role: a\nendpoints: []\n") == [
        "1:1: 'role' and 'endpoints' cannot stand together"
    ]


RESTART = {"anyOf": [{"enum": ["no", "always"]}, {"type": "object", "required": ["policy"]}]}
TYPED = {
    "oneOf": [
        {"properties": {"type": {"const": "nfs"}, "server": TEXT}, "required": ["type", "server"]},
        {"properties": {"type": {"const": "ebs"}, "size": {"type": "integer"}}, "required": ["type", "size"]},
    ]
}


@pytest.mark.parametrize(
    ("one", "source", "expected"),
    [
        (RESTART, "a: alway\n", "1:4: a: must be one of no, always, not the text 'alway' (did you mean 'always'?)"),
        (RESTART, "a: {b: 1}\n", "1:1: a: the key 'policy' is missing"),
        (RESTART, "a: 5\n", "1:4: a: must be one of no, always or a map, not the number 5"),
        (TYPED, "a: {type: ebs, size: x}\n", "1:22: a.size: must be a whole number, not the text 'x'"),
        (TYPED, "a: {type: nfs, size: 5}\n", "1:1: a: the key 'server' is missing"),
        (
            TYPED,
            "a: {type: nsf, server: b, size: 5}\n",
            "1:11: a.type: must be one of nfs, ebs, not the text 'nsf' (did you mean 'nfs'?)",
        ),
        (
            {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]},
            "a: {}\n",
            "1:1: a: one of the keys 'b' and 'c' is missing",
        ),
        (
            {"anyOf": [{"type": "object", "required": ["b"]}, {"type": "object", "required": ["c"]}]},
            "a: {}\n",
            "1:1: a: one of the keys 'b' and 'c' is missing",
        ),
        (
            {"anyOf": [{"type": "integer", "minimum": 5}, {"const": 1}], "x-says": "must be 1, or 5 and more"},
            "a: 3\n",
            "1:4: a: must be 1, or 5 and more, not the number 3",
        ),
        (
            {"oneOf": [{"type": "integer"}, {"minimum": 5}]},
            "a: 6\n",
            "1:4: a: fits more than one of the forms that it may have, and must fit exactly one",
        ),
    ],
)
def test_of_several_schemas_the_one_that_was_meant_speaks(one: Any, source: str, expected: str) -> None:
    assert said({"properties": {"a": one}}, source) == [expected]


def test_a_value_is_one_problem_however_many_keywords_it_breaks() -> None:
    one = {"type": "string", "enum": ["ab"], "pattern": "^a", "minLength": 2, "allOf": [{"type": "string"}]}
    assert said_of(one, "5") == ["must be ab, not the number 5"]
    assert said_of(one, "b") == ["must be ab, not the text 'b' (did you mean 'ab'?)"]


def test_keys_that_no_part_of_a_schema_knows_are_found() -> None:
    one = {"allOf": [{"properties": {"b": {}}}], "unevaluatedProperties": False}
    assert said(one, "b: 1\nc: 2\n") == ["2:1: unknown key 'c'"]


def test_only_the_keys_that_nothing_knows_are_found_whatever_their_names_look_like() -> None:
    one = {"allOf": [{"properties": {"b": {}}}], "unevaluatedProperties": False}
    assert said(one, "b: 1\nan 'b': 2\n") == ["2:1: unknown key \"an 'b'\""]
    referring = {"$ref": "#/$defs/b", "unevaluatedProperties": False, "$defs": {"b": B}}
    assert said(referring, "b: 1\nd: 2\n") == []


B = {
    "anyOf": [{"properties": {"b": {"type": "integer"}}, "required": ["b"]}, {"properties": {"c": {"type": "null"}}}],
    "if": {"required": ["a"]},
    "then": {"patternProperties": {"^B": {}}},
    "else": {"properties": {"d": {}}},
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{a: 1, b: 2, B1: 3}", []),
        ("{a: 1, b: 2, c: 3}", ["1:14: unknown key 'c'"]),
        ("{b: 2, d: 3}", []),
        ("{a: 2, d: 3}", ["1:8: unknown key 'd'"]),
        ("{b: 2, B1: 3}", ["1:8: unknown key 'B1'"]),
    ],
)
def test_a_key_is_known_by_the_schemas_that_apply(source: str, expected: list[str]) -> None:
    one = {"properties": {"a": {}}, "allOf": [B], "unevaluatedProperties": False}
    assert said(one, source) == expected


def test_keys_that_no_part_knows_may_have_a_schema_of_their_own() -> None:
    one = {"allOf": [{"properties": {"b": {}}}], "unevaluatedProperties": {"type": "integer"}}
    assert said(one, "b: x\nc: 2\n") == []
    assert said(one, "b: x\nc: x\n") == ["2:4: c: must be a whole number, not the text 'x'"]


def test_the_end_of_a_keys_pattern_is_the_end_of_the_key() -> None:
    one = {"patternProperties": {"^a$": {"type": "integer"}, "^never$": False}, "additionalProperties": False}
    assert said(one, '"a": 1\n') == []
    assert said(one, '"a\\n": 1\n') == ["1:1: unknown key 'a\\n'"]
    assert said(one, "a: x\n") == ["1:4: a: must be a whole number, not the text 'x'"]
    assert said(one, "never: x\n") == ["1:8: never: is not allowed here"]


def test_paths_and_places_are_those_of_the_whole_file() -> None:
    root = read("containers:\n  web: {user: [1]}\n")
    node = tree.at(root, ("containers", "web"))
    (problem,) = validation.check(node, {"properties": {"user": TEXT}}, ("containers", "web"))
    assert str(problem) == "m.yaml:2:15: containers.web.user: must be text, not a list"


def test_a_template_that_was_not_rendered_is_no_number() -> None:
    port = {"type": ["integer", "string"], "pattern": r"\{[{%]"}
    assert said_of(port, '"{{ x }}"') == ["must be a whole number, not the text '{{ x }}'"]
    assert said_of(port, '"80"') == ["must be a whole number, not the text '80' (write it without quotes: 80)"]
    assert said_of({"pattern": r"^a$|\{[{%]"}, '"{{"') == ["must match the pattern ^a$, not the text '{{'"]
    assert said_of({**port, "maximum": 5}, "6") == ["must be at most 5, not the number 6"]


def test_nothing_is_said_of_what_fits() -> None:
    assert said(schemas.manifest(), "scs: 1\nservice: s\ncontainers: {web: {image: nginx, x-note: [1]}}\n") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "ports: ['80:80']",
            "6:5: containers.web: unknown key 'ports' (write 'provides: {http: {port: 80, publish: 8080}}')",
        ),
        (
            "stop: {grace: ten}",
            "6:19: containers.web.stop.grace: must be a duration such as 5s or 1m30s, or a number of seconds, "
            "not the text 'ten'",
        ),
        (
            "resources: {memory: 512M}",
            "6:25: containers.web.resources.memory: must be a size such as 512MiB or 2GB, or a number of bytes, "
            "not the text '512M'",
        ),
        (
            "tmpfs: {/run: {mode: 0755}}",
            '6:26: containers.web.tmpfs."/run".mode: must be permission bits in octal digits, such as "0750", '
            'not the number 755 (put it in quotes: "0755")',
        ),
        (
            "provides: {http: {publish: '8080'}}",
            "6:32: containers.web.provides.http.publish: must be a port from 1 to 65535, auto, or a map with port and "
            "address, not the text '8080' (write it without quotes: 8080)",
        ),
        ("volumes: {data: {}}", "6:15: containers.web.volumes.data: one of the keys 'volume' and 'type' is missing"),
        (
            "volumes: {data: {type: local, pth: /x}}",
            "6:35: containers.web.volumes.data: unknown key 'pth' (did you mean 'path'?)",
        ),
        (
            "volumes: {data: {volume: db, type: local}}",
            "6:15: containers.web.volumes.data: 'volume' and 'type' cannot stand together",
        ),
        (
            "restart: {policy: always, attempts: 5}",
            "6:41: containers.web.restart.attempts: goes only with 'policy: on-failure'",
        ),
        (
            "labels: {scs.a: b}",
            "6:14: containers.web.labels: the key 'scs.a' must not begin with 'scs.', which scs keeps for its own",
        ),
        ("health: {http: /}", "6:14: containers.web.health: 'http' goes only with 'port', which is not there"),
        ("init: yes", "6:11: containers.web.init: must be true or false, not the text 'yes' (write true)"),
    ],
)
def test_what_people_get_wrong_in_containers_is_said_in_full(source: str, expected: str) -> None:
    assert said_of_container(source) == [expected]


def test_a_volume_of_a_known_type_is_held_to_its_schema_and_one_of_another_is_not() -> None:
    head = "scs: 1\nservice: s\ncontainers: {}\nvolumes:\n"
    assert said(
        schemas.manifest(), f"{head}  db: {{type: local, path: srv, foo: 1}}\n  m: {{type: nfs, foo: 1}}\n"
    ) == [
        "5:27: volumes.db.path: must be an absolute path such as /srv/data, without '..', '//', ':' or a '/' at its "
        "end, not the text 'srv'",
        "5:32: volumes.db: unknown key 'foo'",
    ]


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        ({"properties": {"a": {"default": 1}}}, {}, {"a": 1}),
        ({"properties": {"a": {"default": 1}}}, {"a": None}, {"a": None}),
        ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {}, {}),
        ({"properties": {"a": {"properties": {"b": {"default": 1}}}}}, {"a": {}}, {"a": {"b": 1}}),
        ({"properties": {"a": {"default": {}, "properties": {"b": {"default": 1}}}}}, {}, {"a": {"b": 1}}),
        ({"properties": {"a": {"items": {"properties": {"b": {"default": 1}}}}}}, {"a": [{}]}, {"a": [{"b": 1}]}),
        (
            {"properties": {"a": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"properties": {"b": {"default": 1}}}}},
            {"a": {}},
            {"a": {"b": 1}},
        ),
        ({"allOf": [{"properties": {"a": {"default": 1}}}]}, {}, {"a": 1}),
        ({"properties": {"a": True}}, {"a": "text"}, {"a": "text"}),
    ],
)
def test_defaults_are_filled_in(one: Any, value: Any, expected: Any) -> None:
    assert validation.defaults(one, value) == expected


def test_filling_in_defaults_changes_neither_value_nor_schema() -> None:
    one: Any = {"properties": {"a": {"default": {}, "properties": {"b": {"default": []}}}}}
    value: dict[str, Any] = {}
    validation.defaults(one, value)
    assert value == {}
    assert one["properties"]["a"]["default"] == {}


def test_a_schema_that_contains_itself_has_an_end_to_its_defaults() -> None:
    one = {"properties": {"next": {"$ref": "#"}, "a": {"default": 1}}}
    assert validation.defaults(one, {"next": {"next": {}}}) == {"a": 1, "next": {"a": 1, "next": {"a": 1}}}


def test_importing_the_checks_does_not_import_the_validator() -> None:
    program = "import sys; from scs.manifest.schema import validation; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_very_many_unknown_keys_are_told_in_time() -> None:
    source = "".join(f"k{number}: 1\n" for number in range(10_000))
    began = time.process_time()
    assert len(said({"properties": {"a": TEXT}, "additionalProperties": False}, source)) == 10_000
    assert time.process_time() - began < 3
