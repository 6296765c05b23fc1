"""Tokens, the expiry budget, buckets, and time that stands still."""

from __future__ import annotations

import hashlib
import json

import pytest

from scs.disco.sessions import tokens
from scs.disco.sessions.budget import Bucket, Budget
from scs.disco.sessions.pauses import Pauses
from scs.disco.sessions.timers import Kind, Timers
from scs.disco.settings import Expiry
from scs.disco.values import Key

DIGEST = hashlib.sha256(b"secret").hexdigest()
KEY = Key(environment="prod", service="blog", role="db", endpoint="mysql")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("provide:*", True),
        ("provide:prod/*", True),
        ("provide:prod/blog/*", True),
        ("provide:prod/blog/db/mysql", True),
        ("provide:prod/blog", True),
        ("provide:dev/*", False),
        ("provide:prod/blo", False),
        ("require:prod/*", False),
        ("admin", True),
    ],
)
def test_a_scope_allows_what_lies_under_its_names(scope: str, allowed: bool) -> None:
    assert tokens.allows((scope,), "provide", KEY) is allowed


def test_two_secrets_of_one_owner_are_valid_while_they_are_changed() -> None:
    old = tokens.Token(id="web", sha256=DIGEST, scopes=("provide:*",), expires=100)
    new = tokens.Token(id="web", sha256=hashlib.sha256(b"new").hexdigest(), scopes=("require:*",))
    both = tokens.Tokens(tokens=(old, new))
    assert both.find("secret", 99) == old
    assert both.find("new", 99) == new
    assert both.find("secret", 100) is None
    assert both.find("other", 0) is None
    assert both.still("web", DIGEST, 99) == old
    assert both.still("web", DIGEST, 100) is None
    assert both.still("other", DIGEST, 0) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{", "the tokens file is no JSON"),
        ("[]", 'the tokens file needs a list under "tokens"'),
        ('{"tokens":[{}]}', 'token 1 needs "id", "sha256" and a list of "scopes"'),
        (
            {"id": "a", "sha256": "XYZ", "scopes": []},
            "token 1 (a): sha256 must be 64 lower-case hexadecimal digits of the secret",
        ),
        ({"id": "a", "sha256": DIGEST, "scopes": [], "expires": "x"}, "token 1 (a): expires must be a Unix time"),
        ({"id": "a", "sha256": DIGEST, "scopes": [], "expire": 1}, 'token 1 (a) has an unknown "expire"'),
    ],
)
def test_a_tokens_file_with_a_mistake_is_refused(given: object, message: str) -> None:
    text = given if isinstance(given, str) else json.dumps({"tokens": [given]})
    with pytest.raises(tokens.Invalid) as refused:
        tokens.parse(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "scope", ["root", "provide", "provide:", "provide:a//b", "provide:*/b", "drop:*", 7, "provide:a*"]
)
def test_a_scope_that_says_nothing_is_refused(scope: object) -> None:
    with pytest.raises(tokens.Invalid, match="a scope is admin, or provide: or require:"):
        tokens.parse(json.dumps({"tokens": [{"id": "a", "sha256": DIGEST, "scopes": [scope]}]}))


def test_the_budget_is_the_larger_of_a_share_and_a_least_number_in_a_window() -> None:
    budget = Budget(Expiry())
    assert budget.left("x", 20, 0) == 10
    assert budget.left("x", 1_000, 0) == 150
    for _ in range(10):
        budget.spend("x", 5)
    assert budget.left("x", 10, 5) == 0
    assert budget.left("y", 10, 5) == 10
    assert budget.again_at("x", 30) == 65
    assert budget.left("x", 10, 65) == 10


def test_a_bucket_gives_so_many_at_once_and_then_so_many_a_second() -> None:
    bucket = Bucket(2, 10, 0)
    assert [bucket.take(0), bucket.take(0)] == [0, 0]
    assert bucket.take(0) == pytest.approx(0.1)
    assert bucket.take(0.1) == 0


def test_timers_that_are_called_off_neither_come_nor_stay() -> None:
    timers = Timers()
    kept = timers.set(5, Kind.WAIT, "kept")
    for number in range(1_000):
        timers.cancel(timers.set(number, Kind.WAIT, number))
    assert timers.next() == 5
    assert len(timers) < 200
    assert timers.due(10) == kept
    assert timers.due(10) is None
    assert timers.next() is None
    assert len(timers) == 0


def test_a_pause_does_not_count() -> None:
    pauses = Pauses(100, 1)
    assert pauses.read(100.5) == (100.5, 0)
    assert pauses.read(130.5) == (100.5, 30)
    assert pauses.read(131) == (101, 0)
    assert pauses.outside(102) == 132
    assert pauses.count == 1


def test_time_that_goes_back_stands_still() -> None:
    pauses = Pauses(100, 1)
    assert pauses.read(90) == (100, 0)
    assert pauses.read(100.5) == (100.5, 0)
