"""What reaches a terminal or a pipe holds no value of a secret."""

from __future__ import annotations

import json

import pytest

from scs.cli import output
from scs.contract import masking

CANARY = 'kanarien"vogel'


@pytest.fixture(autouse=True)
def mask(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = masking.Mask()
    mask.hide(CANARY.encode())
    monkeypatch.setattr(masking, "MASK", mask)


def test_text_of_every_kind_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    output.say(f"a {CANARY}")
    output.tell(f"b {CANARY}")
    output.tell_detail(f"first\n{CANARY}\x1b")
    output.warn([f"c {CANARY}"], quiet=False)
    output.say_table(("HEAD",), [(f"d {CANARY}",)])
    said = capsys.readouterr()
    assert said.out == "a ***\nHEAD\nd ***\n"
    assert said.err == "b ***\n  | first\n  | ***\\x1b\nwarning: c ***\n"


def test_json_is_masked_in_its_values_and_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_json("plan", {"why": f"x {CANARY}", "deep": [{CANARY: (CANARY, 1, None, True)}]})
    assert json.loads(capsys.readouterr().out) == {
        "scs": 1,
        "kind": "plan",
        "why": "x ***",
        "deep": [{"***": ["***", 1, None, True]}],
    }


def test_a_warning_is_not_given_to_who_asked_for_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    output.warn(["x"], quiet=True)
    assert capsys.readouterr().err == ""
