"""Filters and patterns: what they find, and what they refuse."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.disco.problems import Refused
from scs.disco.registry import filters, patterns
from scs.disco.settings import Limits
from scs.disco.values import Address, Json, Key, Provision, ProvisionId, Scalar, SessionId

LIMITS = Limits()


def provision(**attributes: Scalar) -> Provision:
    return Provision(
        id=ProvisionId("p"),
        uid="u",
        owner="",
        session=SessionId("s"),
        key=Key(environment="e", service="s", role="r", endpoint="p"),
        address=Address(host="h", port=1),
        attributes=tuple(attributes.items()),
        dc="fra",
        zone="a",
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, True),
        ({"tier": "gold"}, True),
        ({"tier": "silver"}, False),
        ({"none": "gold"}, False),
        ({"n": 1}, True),
        ({"n": "1"}, True),
        ({"yes": True}, True),
        ({"tier": {"in": ["silver", "gold"]}}, True),
        ({"tier": {"in": ["silver"]}}, False),
        ({"tier": {"ne": "gold"}}, False),
        ({"tier": {"ne": "silver"}}, True),
        ({"none": {"ne": "x"}}, True),
        ({"tier": {"prefix": "go"}}, True),
        ({"tier": {"prefix": "old"}}, False),
        ({"none": {"prefix": ""}}, False),
        ({"tier": {"exists": True}}, True),
        ({"none": {"exists": True}}, False),
        ({"none": {"exists": False}}, True),
        ({"tier": {"re": "o[lm]"}}, True),
        ({"tier": {"re": "^o"}}, False),
        ({"tier": {"prefix": "g", "ne": "gold"}}, False),
        ({"zone": "a", "dc": {"ne": "ams"}}, True),
        ({"tier": "gold", "n": "2"}, False),
    ],
)
def test_a_filter_finds_what_it_says(given: Json, found: bool) -> None:
    assert filters.holds(filters.parse(given, LIMITS), provision(tier="gold", n=1, yes=True)) is found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": {}}, 'Filter "x" says nothing.'),
        ({"x": {"in": []}}, 'Filter "x": "in" needs a list of 1 to 64 values.'),
        ({"x": {"in": "a"}}, 'Filter "x": "in" needs a list of 1 to 64 values.'),
        ({"x": {"prefix": 1}}, 'Filter "x": "prefix" needs text.'),
        ({"x": {"exists": "yes"}}, 'Filter "x": "exists" needs true or false.'),
        ({"x": {"like": "y"}}, 'Filter "x": there is no "like"; there are in, ne, prefix, exists, re.'),
        ({"x": None}, 'Filter "x" must be text, a number, true or false.'),
        ({"": "x"}, "An attribute's name must have 1 to 64 characters."),
        ({"x": {"re": "a" * 257}}, "The pattern has 257 characters; at most 256 are allowed."),
        ({str(one): "x" for one in range(33)}, "The filter has 33 attributes; at most 32 are allowed."),
    ],
)
def test_a_filter_with_a_mistake_is_refused(given: Json, message: str) -> None:
    with pytest.raises(Refused) as refused:
        filters.parse(given, LIMITS)
    assert refused.value.message == message


@given(
    st.lists(st.tuples(st.booleans(), st.text("ab.|", max_size=3), st.booleans()), min_size=1, max_size=3),
    st.text("ab.", max_size=5),
)
def test_a_plain_pattern_finds_what_a_pattern_finds(alternatives: list[tuple[bool, str, bool]], value: str) -> None:
    texts = [
        f"{'^' * start}{re.escape(text)}{'$' * end}"
        for start, text, end in alternatives
        if text or not end  # a lone $ is for the engine
    ]
    pattern = "|".join(texts)
    if not texts:
        return
    assert patterns.compiled(pattern).search(value) is (re.search(pattern, value) is not None)


def test_equal_patterns_are_equal_tests() -> None:
    assert filters.parse({"x": {"re": "a.c"}}, LIMITS) == filters.parse({"x": {"re": "a.c"}}, LIMITS)


@pytest.mark.parametrize("text", ["a{1000}{1000}", "(?=a)", "(a)\\1", "("])
def test_what_cannot_run_in_linear_time_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="cannot be used"):
        patterns.compiled(text)


@pytest.mark.parametrize("text", [r"\pL{5}", r"((\pL|\pN){12}){4}", "((a|b|x)?){72}y$"])
def test_what_compiles_to_a_large_program_is_refused(text: str) -> None:
    started = time.perf_counter()
    for number in range(50):
        with pytest.raises(Refused, match="too large"):
            patterns.compiled(f"{text}{number}")
    assert time.perf_counter() - started < 0.5


def test_a_pattern_is_compiled_once() -> None:
    one = patterns.compiled("once[ab]{2}")
    assert patterns.compiled("once[ab]{2}") is one
    assert one.size


def test_a_filter_has_few_patterns_besides_plain_texts() -> None:
    plain: Json = {f"p{number}": {"re": f"^a|b{number}$"} for number in range(20)}
    given: Json = {**plain, **{f"x{number}": {"re": f"a+{number}"} for number in range(5)}}
    with pytest.raises(Refused) as refused:
        filters.parse(given, LIMITS)
    assert refused.value.message == "The filter has more than 4 patterns that are no plain texts."
    del given["x0"]
    assert len(filters.parse(given, LIMITS)) == 24
    with pytest.raises(Refused, match="more than 4 patterns"):
        filters.from_patterns({f"x{number}": f"a+{number}" for number in range(5)}, LIMITS)
