"""The short form of script/fuzz, and that it would see what it looks for."""

from __future__ import annotations

import pytest

from scs.manifest import load
from scs.model.problem import Invalid, Place, Problem
from tests.fuzz import cases, corpus, main, trial
from tests.fuzz.cases import Case

EVERYTHING = Case(
    name="tree-0-0",
    files={**corpus.files(), "hello/doc.yaml": corpus.EVERYTHING.read_bytes()},
    named=("hello/doc.yaml",),
)


def test_every_fuzzed_manifest_ends_in_a_value_or_in_problems_with_their_places() -> None:
    figures = main.fuzz(cases.names(0, 2000), workers=2)
    assert [str(one) for one in figures.findings] == []
    assert figures.cases.total() == 2000
    assert set(figures.values) == set(cases.KINDS), "each kind got something through"
    assert 150 < figures.values.total() < 1000


def test_the_manifest_that_fuzzing_begins_with_is_right() -> None:
    assert trial.Bench().run(EVERYTHING).values.total() == 1


def test_a_case_is_the_same_each_time() -> None:
    for kind in cases.KINDS:
        assert cases.case(f"{kind}-3-1") == cases.case(f"{kind}-3-1")


@pytest.mark.parametrize(
    ("problem", "wrong"),
    [
        (Problem(place=Place(file="hello/doc.yaml", line=1, column=1), path="", message="a"), []),
        (Problem(place=Place(file="--set", line=1, column=1), path="", message="a"), ["no place"]),
        (Problem(place=Place(file="other.yaml", line=1, column=1), path="", message="a"), ["no place"]),
        (Problem(place=Place(file="hello/doc.yaml", line=0, column=1), path="", message="a"), ["no place"]),
        (Problem(place=Place(file="hello/doc.yaml", line=999, column=1), path="", message="a"), ["no place"]),
        (Problem(place=Place(file="hello/doc.yaml", line=1, column=999), path="", message="a"), ["no place"]),
        (Problem(place=Place(file="hello/doc.yaml", line=1, column=1), path="", message=" "), ["message"]),
    ],
)
def test_a_problem_without_place_or_words_is_a_finding(
    problem: Problem, wrong: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise Invalid([problem])

    monkeypatch.setattr(load, "load", refused)
    assert [one.wrong for one in trial.Bench().run(EVERYTHING).findings] == wrong


def test_an_exception_and_a_dead_process_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(load, "load", broken)
    (finding,) = main.fuzz(["tree-0-0"], workers=1).findings
    assert (finding.wrong, "a bug" in finding.shown) == ("traceback", True)
    assert str(finding).endswith("script/fuzz --replay tree-0-0")
    monkeypatch.setattr(load, "load", lambda *_: __import__("os")._exit(9))
    found = main.fuzz(["tree-0-0", "tree-0-1"], workers=1)
    assert [(one.wrong, one.shown) for one in found.findings] == [("died", "exit code 9")] * 2
    assert found.cases.total() == 2
