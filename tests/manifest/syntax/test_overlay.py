"""One tree laid over another, and single settings made in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.syntax import overlay, text, tree
from scs.model.problem import Place


def node(source: str, file: str = "f") -> tree.Node:
    found, problems = text.parse(source.encode(), file)
    assert problems == ()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{a: 1, b: 2}", "{b: 3, c: 4}", {"a": 1, "b": 3, "c": 4}),
        ("{a: {b: 1, c: 2}}", "{a: {c: 3}}", {"a": {"b": 1, "c": 3}}),
        ("{a: {b: 1, c: 2}}", "{a: {c: null}}", {"a": {"b": 1}}),
        ("{a: 1}", "{b: null}", {"a": 1}),
        ("{a: 1}", "{b: {c: null, d: {e: null}}}", {"a": 1, "b": {"d": {}}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: [1]}", "{a: [null, {b: null}]}", {"a": [None, {"b": None}]}),
        ("{a: 1}", "{a: {b: 1, c: null}}", {"a": {"b": 1}}),
        ("{a: {b: 1}}", "{a: 1}", {"a": 1}),
        ("{a: null}", "{a: {b: 1}}", {"a": {"b": 1}}),
        ("{a: null}", "{}", {"a": None}),
        ("{a: 1}", "", {"a": 1}),
        ("", "{a: 1}", {"a": 1}),
        ("{a: 1}", "[1]", [1]),
    ],
)
def test_maps_merge_other_values_replace_and_null_removes(base: str, over: str, merged: tree.JSON) -> None:
    assert tree.plain(overlay.merge(node(base), node(over))) == merged


def test_each_value_keeps_its_own_place() -> None:
    base = node("web:\n  image: a\n  replicas: 1\n", "base.yaml")
    over = node("x: 1\nweb: {replicas: 0002, env: {A: b}}\n", "over.yaml")
    merged = overlay.merge(base, over)
    assert tree.at(merged, ["web"]).place == Place(file="base.yaml", line=2, column=3)
    assert tree.at(merged, ["web", "image"]).place == Place(file="base.yaml", line=2, column=10)
    replicas = tree.at(merged, ["web", "replicas"])
    assert (replicas.place, replicas.text) == (Place(file="over.yaml", line=2, column=17), "0002")
    assert replicas.key == Place(file="over.yaml", line=2, column=7)
    assert tree.at(merged, ["web", "env"]).place == Place(file="over.yaml", line=2, column=28)


def test_neither_tree_is_changed() -> None:
    base, over = node("{a: {b: 1}}"), node("{a: {b: null, c: 2}}")
    overlay.merge(base, over)
    assert (tree.plain(base), tree.plain(over)) == ({"a": {"b": 1}}, {"a": {"b": None, "c": 2}})


# A key is a map in every tree or in none: laying a scalar between two maps hides the first from the second.
LEAVES = st.dictionaries(st.sampled_from("abc"), st.integers() | st.lists(st.integers(), max_size=2))
TREES: st.SearchStrategy[dict[str, object]] = st.recursive(
    LEAVES.map(dict),
    lambda below: st.tuples(LEAVES, st.dictionaries(st.sampled_from("XYZ"), below)).map(
        lambda pair: {**pair[0], **pair[1]}
    ),
    max_leaves=8,
)
NODES = TREES.map(lambda value: tree.of(value, Place(file="f", line=1, column=1)))  # type: ignore[arg-type] # JSON


@given(NODES, NODES, NODES)
def test_it_does_not_matter_which_overlays_are_merged_first(one: tree.Node, two: tree.Node, three: tree.Node) -> None:
    left = overlay.merge(overlay.merge(one, two), three)
    right = overlay.merge(one, overlay.merge(two, three))
    assert left == right
    assert repr(left) == repr(right)


@given(NODES)
def test_a_tree_laid_over_itself_is_itself(one: tree.Node) -> None:
    assert overlay.merge(one, one) == one


BASE = node("a: {b: [1, {c: 2}], d: x}\ne:\n", "f")


def assigned(setting: str) -> tree.JSON:
    found, problems = overlay.assign(BASE, setting)
    assert problems == ()
    return tree.plain(found)


def with_d(value: tree.JSON) -> tree.JSON:
    return {"a": {"b": [1, {"c": 2}], "d": value}, "e": None}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("a.d=3", 3),
        ("a.d='3'", "3"),
        ("a.d=22:22", "22:22"),
        ("a.d= y ", "y"),
        ("a.d=a=b", "a=b"),
        ("a.d=!!str 1", "1"),
        ("a.d='#fff'", "#fff"),
        ("a.d=''", ""),
        ("a.d=[1, {p: null}]", [1, {"p": None}]),
        ("a.d={p: 1, q: null}", {"p": 1}),
        ("a.d=p: 1\nq: 2", {"p": 1, "q": 2}),
    ],
)
def test_a_value_is_set_as_yaml_reads_it(setting: str, value: tree.JSON) -> None:
    assert assigned(setting) == with_d(value)


@pytest.mark.parametrize(
    ("setting", "result"),
    [
        ("a.b[1].c=3", {"a": {"b": [1, {"c": 3}], "d": "x"}, "e": None}),
        ("a.b[0]=[5]", {"a": {"b": [[5], {"c": 2}], "d": "x"}, "e": None}),
        ("a.b[0]=null", {"a": {"b": [{"c": 2}], "d": "x"}, "e": None}),
        ("a.b[1].c=null", {"a": {"b": [1, {}], "d": "x"}, "e": None}),
        ("a=null", {"e": None}),
        ("a=~", {"e": None}),
        ("e.f.g=1", {"a": {"b": [1, {"c": 2}], "d": "x"}, "e": {"f": {"g": 1}}}),
        ("x.y=1", {"a": {"b": [1, {"c": 2}], "d": "x"}, "e": None, "x": {"y": 1}}),
        (r"a\.b\[0\]\=\\=1", {"a": {"b": [1, {"c": 2}], "d": "x"}, "e": None, "a.b[0]=\\": 1}),
    ],
)
def test_a_path_leads_into_maps_and_lists_and_makes_the_maps_that_lack(setting: str, result: tree.JSON) -> None:
    assert assigned(setting) == result


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert overlay.assign(BASE, "x.y.z=null") == (BASE, ())


def test_what_was_set_knows_its_column_in_the_setting() -> None:
    found, _ = overlay.assign(BASE, "x.yy= {z: [1]}")
    made = tree.at(found, ["x"])
    assert made.key == Place(file="--set", line=1, column=1)
    value = tree.at(found, ["x", "yy"])
    assert (value.key, value.place) == (
        Place(file="--set", line=1, column=3),
        Place(file="--set", line=1, column=7),
    )
    assert tree.at(found, ["x", "yy", "z"]).key == Place(file="--set", line=1, column=8)
    assert tree.at(found, ["x", "yy", "z", 0]).place == Place(file="--set", line=1, column=12)
    assert tree.at(found, ["a"]).place.file == "f"


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("", "--set:1:1: there is no '=' (write key=value)"),
        ("a.d", "--set:1:4: a.d: there is no '=' (write key=value)"),
        ("a.", "--set:1:3: a: there is no '=' (write key=value)"),
        (
            "=1",
            "--set:1:1: a key is empty (write keys with a dot between them, as in containers.web.replicas=3)",
        ),
        (
            "a..b=1",
            "--set:1:3: a: a key is empty (write keys with a dot between them, as in containers.web.replicas=3)",
        ),
        (
            "a.=1",
            "--set:1:3: a: a key is empty (write keys with a dot between them, as in containers.web.replicas=3)",
        ),
        (
            "[0]=1",
            "--set:1:1: a key must stand before '[' (as in volumes[0]; write \\[ for a bracket in a key)",
        ),
        (
            "a.b[x]=1",
            "--set:1:4: a.b: '[' must begin the number of an item (as in volumes[0]; write \\[ for a bracket in a key)",
        ),
        ("a.b[0]c=1", "--set:1:7: a.b[0]: only '.', '[' or '=' can follow ']' (as in volumes[0].path=/srv)"),
        ("a]=1", "--set:1:2: a: ']' cannot stand in a key (write \\] for a bracket in a key)"),
        (
            "a\\b=1",
            "--set:1:2: a: a backslash must stand before one of . [ ] = \\ (write \\\\ for a backslash in a key)",
        ),
        ("a.d.x=1", "--set:1:5: a.d: this is text (f:1:24), so it has no key 'x'"),
        (
            "a.b.c=1",
            "--set:1:5: a.b: this is a list (f:1:8), so it has no key 'c' (name an item of it, as in a.b[0])",
        ),
        ("a.d[0]=1", "--set:1:4: a.d: this is text (f:1:24), not a list"),
        ("x[0]=1", "--set:1:2: x: this is null (--set:1:1), not a list"),
        ("a.b[2]=1", "--set:1:4: a.b: there is no item 2: the list has 2, counted from 0"),
        ("a.d\nb=1", "--set:1:4: a.d: a line cannot end within a key (write key=value)"),
        ("a.\rb=1", "--set:1:3: a: a line cannot end within a key (write key=value)"),
        (".".join("a" * 65) + "=1", "--set:1:1: the path has more than 64 steps"),
        (
            "a.d=",
            "--set:1:5: a.d: the value is empty (write null to remove the key, or '\"\"' for empty text)",
        ),
        (
            "a.d=x #1",
            "--set:1:5: a.d: YAML reads this value as 'x'"
            " (put the value in quotes that the shell leaves, as in 'key=\"a #b\"')",
        ),
        (
            "a.d=#fff",
            "--set:1:5: a.d: YAML reads this value as ''"
            " (put the value in quotes that the shell leaves, as in 'key=\"a #b\"')",
        ),
        ("a.d=[1,", "--set:1:8: a.d: a value is missing here"),
        ("a.d={x: 1, x: 2}", "--set:1:12: a.d.x: the key 'x' is repeated; it is first on line 1"),
        ("a.d=[{x: 1, x: 2}]", "--set:1:13: a.d[0].x: the key 'x' is repeated; it is first on line 1"),
        ("a.d=*x", "--set:1:5: a.d: no value before this one has the anchor 'x'"),
        ("a.\udcff=1", "--set:1:3: the byte 0xED is not UTF-8 (write it in UTF-8)"),
        (
            "a.d=\u202e",
            "--set:1:5: the character U+202E is not allowed: it makes text read other than it is"
            ' (write it as "\\u202E" inside double quotes)',
        ),
    ],
)
def test_a_setting_that_cannot_be_made_is_a_problem_and_changes_nothing(setting: str, problem: str) -> None:
    found, problems = overlay.assign(BASE, setting)
    assert [str(each) for each in problems] == [problem]
    assert found is BASE


@given(st.lists(st.sampled_from([*"abde.=[]01\\ {}:,#\n", "null", "a.b[1].c=", "\udc80"])).map("".join))
def test_no_setting_makes_it_raise(setting: str) -> None:
    found, problems = overlay.assign(BASE, setting)
    assert not problems or found is BASE
