"""What is accepted at once has no problems; what the slower validator would refuse is never accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import schemas
from scs.manifest.schema import acceptance, validation
from scs.manifest.syntax import tree
from scs.model.problem import Place, Problem
from tests.fuzz import cases
from tests.fuzz.trial import Bench

HERE = Place(file="m.yaml", line=1, column=1)
TINY = {"scs": 1, "service": "tiny", "containers": {"web": {"image": "bb:1"}}}


def test_a_sound_manifest_is_accepted() -> None:
    assert acceptance.accepts(schemas.manifest(), TINY)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 1.0),
        ({"items": {"type": "integer"}}, [1, {"a": 2.0}]),
        ({"type": ["integer", "string"], "pattern": r"\{[{%]"}, "{{ 1 }}"),
        ({"type": "string", "pattern": r"^[a-z]+$|\{[{%]"}, "{{ x }}"),
        ({"properties": {"pattern": {"type": "string", "pattern": r"^a$|\{[{%]"}}}, {"pattern": "{{ x }}"}),
        ({"type": "string", "pattern": "^a$"}, "a\n"),
        ({"type": "string", "pattern": r"^\d$"}, "\u0663"),
        ({"type": "string"}, "\ud800"),
        ({"type": "object", "pattern": "["}, {}),
        (schemas.manifest(), {**TINY, "contaners": {}}),
    ],
)
def test_what_is_not_sure_is_left_to_the_other(schema: Mapping[str, Any], value: Any) -> None:
    assert not acceptance.accepts(schema, value)


def test_nothing_that_has_problems_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    accepts, wrong, accepted = acceptance.accepts, list[Problem](), 0

    def held(schema: Mapping[str, Any], value: Any) -> bool:
        nonlocal accepted
        if not accepts(schema, value):
            return False
        accepted += 1
        with monkeypatch.context() as slow:
            slow.setattr(acceptance, "accepts", lambda *_: False)
            wrong.extend(validation.check(tree.of(value, HERE, None), schema))
        return True

    monkeypatch.setattr(acceptance, "accepts", held)
    bench = Bench()
    for name in cases.names(3, 400):
        if cases.kind_of(name) != "child":
            bench.run(cases.case(name))
    assert accepted > 100
    assert wrong == []
