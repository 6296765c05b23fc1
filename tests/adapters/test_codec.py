"""Values come back from text exactly as they were, digests and all."""

from __future__ import annotations

import builtins
import collections.abc
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs import wiring
from scs.adapters import codec
from scs.manifest import static
from scs.model.container import Resources
from scs.model.desired import Desired
from scs.model.plan import Goals
from tests.examples.state import MANIFESTS
from tests.run import manifests

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
"""Where a field says float, manifests may hold either."""
OTHERS: Mapping[Any, st.SearchStrategy[Any]] = {Any: JSON, object: JSON, float: NUMBERS}


def drawn(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the model, with each of its fields drawn, those with a default too."""
    inner = get_args(kind)
    match get_origin(kind):
        case collections.abc.Mapping:
            return st.dictionaries(drawn(inner[0]), drawn(inner[1]), max_size=2)
        case builtins.tuple if inner[1:] == (...,):
            return st.lists(drawn(inner[0]), max_size=2).map(tuple)
        case builtins.tuple:
            return st.tuples(*map(drawn, inner))
        case types.UnionType | typing.Union:
            return st.one_of(*map(drawn, inner))
        case _ if isinstance(kind, type) and is_dataclass(kind):
            return st.deferred(lambda: fully(kind))
        case _:
            return OTHERS[kind] if kind in OTHERS else st.from_type(kind)


@cache
def fully(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: drawn(hints[one.name]) for one in fields(kind) if one.init})


EXAMPLES = [
    *sorted((MANIFESTS / name / f"{name}.yaml",) for name in ("hello", "blog", "site")),
    (MANIFESTS / "blog/blog.yaml", MANIFESTS / "blog/dev.yaml"),
    (MANIFESTS / "blog/blog.yaml", MANIFESTS / "blog/vagrant.yaml"),
    (MANIFESTS / "site/site.yaml", MANIFESTS / "site/dev.yaml"),
]


def held(value: Desired) -> None:
    """It comes back equal, with equal digests, and as the same static form."""
    again = codec.decode(codec.encode(value), Desired)
    assert again == value
    assert [one.digest for one in again.containers] == [one.digest for one in value.containers]
    assert static.static(again) == static.static(value)
    assert codec.encode(again) == codec.encode(value)


@pytest.mark.parametrize("files", EXAMPLES, ids=lambda files: "+".join(file.stem for file in files))
def test_every_manifest_of_the_examples_comes_back(files: tuple[Path, ...]) -> None:
    held(wiring.load(files, ["vars.tls=images"] if files[0].stem == "site" else None, None))


@given(drawn(Desired))
def test_whatever_may_be_asked_for_comes_back(value: Desired) -> None:
    held(value)


@given(drawn(Goals))
def test_goals_come_back(goals: Goals) -> None:
    assert codec.decode(codec.encode(goals), Goals) == goals


def test_the_form_has_its_version_in_front_and_no_place_of_a_text() -> None:
    text = codec.encode(manifests.blog())
    assert json.loads(text)["format"] == codec.FORMAT
    assert "place" not in text


def test_numbers_stay_the_kind_that_they_were_because_digests_tell_them_apart() -> None:
    value = manifests.blog(resources=Resources(cpus=2))
    again = codec.decode(codec.encode(value), Desired)
    assert type(again.containers[0].resources.cpus) is int


def changed(change: Mapping[str, Any]) -> str:
    data = json.loads(codec.encode(manifests.blog()))
    data.update({key: one for key, one in change.items() if key == "format"})
    data["value"].update({key: one for key, one in change.items() if key != "format"})
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        changed({"a_field_of_a_later_release": 1}),
        changed({"containers": [{"role": "web"}]}),
        changed({"containers": 7}),
        changed({"identity": {"environment": 1, "service": "x"}}),
        "{}",
        "null",
        "",
        "[[",
        "[" * 100_000,
    ],
)
def test_what_this_release_does_not_know_is_said_to_be_unreadable(text: str) -> None:
    with pytest.raises(codec.Unreadable, match=r"^it is no Desired as this release has it$"):
        codec.decode(text, Desired)


def test_what_is_no_json_is_said_to_be_unwritable() -> None:
    volume = replace(manifests.volume(), options={"path": object()})
    with pytest.raises(codec.Unwritable, match=r"^Object of type object is not JSON serializable$"):
        codec.encode(replace(manifests.blog(), volumes=(volume,)))


def test_another_format_is_named() -> None:
    with pytest.raises(codec.Unreadable, match=r"^it was written in format 7, and this release reads format 1$"):
        codec.decode(changed({"format": 7}), Desired)
