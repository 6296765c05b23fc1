"""What messages and lookups get out of a tree."""

from __future__ import annotations

import pytest

from scs.manifest.syntax import tree
from scs.model.problem import Place


def place(line: int) -> Place:
    return Place(file="blog.yaml", line=line, column=1)


LEAF = tree.Node(value="x", place=place(3), text="x")
LIST = tree.Node(value=(LEAF,), place=place(2))
ROOT = tree.Node(value={"volumes": LIST}, place=place(1))


def test_a_plain_value_is_made_of_dicts_and_lists() -> None:
    assert tree.plain(ROOT) == {"volumes": ["x"]}


def test_the_tree_of_a_plain_value_stands_at_one_place() -> None:
    node = tree.of({"a": [1, (None,)]}, place(7), place(6))
    assert tree.plain(node) == {"a": [1, [None]]}
    assert (node.place, node.key) == (place(7), place(6))
    assert tree.at(node, ["a"]).key == place(7)
    assert tree.at(node, ["a", 1, 0]).place == place(7)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ([], ROOT),
        (["volumes"], LIST),
        (["volumes", 0], LEAF),
        (["volumes", 1], LIST),
        (["volumes", -1], LIST),
        (["volumes", "0"], LIST),
        (["volumes", 0, "path"], LEAF),
        (["networks", "blog"], ROOT),
        ([0], ROOT),
    ],
)
def test_a_path_leads_to_its_node_or_the_nearest_ancestor(path: tree.Path, found: tree.Node) -> None:
    assert tree.at(ROOT, path) is found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([], ""),
        ([0], "[0]"),
        (["containers", "web", "volumes", 0, "path"], "containers.web.volumes[0].path"),
        (["containers", "web", "files", "/etc/x.conf"], 'containers.web.files."/etc/x.conf"'),
        (["a.b", 1, ""], '"a.b"[1].""'),
        (["x-y_z", "é b"], 'x-y_z."é b"'),
        (["\x1b[2J", "\u202e"], '"\\u001b[2J"."\\u202e"'),
    ],
)
def test_a_path_is_shown_dotted_with_keys_quoted_that_are_not_words(path: tree.Path, text: str) -> None:
    assert tree.path_text(path) == text


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("network", ["volumes", "networks"], "did you mean 'networks'?"),
        ("IMAGE", ["image", "images"], "did you mean 'image'?"),
        ("image", ["Image"], "did you mean 'Image'?"),
        ("xyz", ["networks", "volumes"], ""),
        ("", ["networks"], ""),
        ("networks", [], ""),
        ("networks" * 1000, ["networks"], ""),
    ],
)
def test_a_near_miss_is_hinted_at(word: str, known: list[str], hint: str) -> None:
    assert tree.near(word, known) == hint
    assert tree.near(word, reversed(known)) == hint


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1", "text"),
        (1, "a whole number"),
        (1.0, "a number"),
        (True, "true or false"),
        (None, "null"),
        ({}, "a map"),
        ((), "a list"),
        ([], "a list"),
    ],
)
def test_kinds_have_plain_words(value: object, words: str) -> None:
    assert tree.kind(value) == words


def test_shown_text_is_short_and_cannot_steer_a_terminal() -> None:
    assert tree.shown("web") == "'web'"
    assert tree.shown("\x1b[2J\u202e") == "'\\x1b[2J\\u202e'"
    assert tree.shown("x" * 61) == "'" + "x" * 59 + "…'"


def test_all_scalars_of_a_value_are_found_keys_too() -> None:
    assert list(tree.scalars({"a": ["b", 1, {"c": "d"}], "e": None})) == ["a", "e", "b", 1, "c", "d", None]


def test_the_size_of_a_value_counts_each_node_of_it() -> None:
    assert tree.size("é") == 1
    assert tree.size([]) == 1
    assert tree.size({"k": [None, {"l": 1}]}) == 5


def test_nothing_is_hinted_at_among_very_many_words() -> None:
    assert tree.near("volumf7", [f"volume{number}" for number in range(200)]) == "did you mean 'volume7'?"
    assert tree.near("volumf7", [f"volume{number}" for number in range(201)]) == ""
