"""The builder's words, recorded from Docker 20.10, taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scs.adapters.images import transcript
from scs.adapters.images.transcript import Broken, Transcript

BEGINNING: list[Mapping[str, Any]] = [
    {"stream": "Step 1/2 : FROM bb:1"},
    {"stream": "\n"},
    {"stream": " ---> 3a287e5e4b0d\n"},
    {"stream": 'Step 2/2 : RUN ["sh"]'},
    {"stream": "\n"},
    {"stream": " ---> Running in c0e6f1d9bdab\n"},
]


def heard(*messages: Mapping[str, Any]) -> Transcript:
    told = Transcript()
    for message in (*BEGINNING, *messages):
        told.hear(message)
    return told


def test_an_instruction_begins_with_its_number() -> None:
    told = Transcript()
    assert [told.hear(message) for message in BEGINNING] == [True, False, False, True, False, False]
    assert (told.number, told.total, told.instruction) == (2, 2, 'RUN ["sh"]')


def test_the_output_is_that_of_the_instruction_at_work() -> None:
    assert heard({"stream": "one\n"}, {"stream": "two\n"}).output == "one\ntwo"


def test_the_colours_of_the_engine_are_left_out() -> None:
    assert heard({"stream": "\x1b[91mE: no\n\x1b[0m"}).output == "E: no"


def test_a_command_that_speaks_like_the_builder_is_not_believed() -> None:
    told = heard({"stream": "Step 2/2 : x\n"}, {"stream": "Step 3/9 : x\n"}, {"stream": "Step 1/2 : x\n"})
    assert told.number == 2
    assert told.output == "Step 2/2 : x\nStep 3/9 : x\nStep 1/2 : x"


def test_the_new_image_is_known_at_the_end() -> None:
    assert heard({"aux": {"ID": "sha256:abc"}}, {"stream": "Successfully built abc\n"}).image == "sha256:abc"


def test_a_failure_has_the_exit_code_of_the_command() -> None:
    told = heard({"errorDetail": {"code": 3, "message": "returned a non-zero code: 3"}, "error": "x"})
    assert told.broken == Broken(message="returned a non-zero code: 3", code=3)
    assert heard({"error": "no space left on device"}).broken == Broken(message="no space left on device", code=0)


def test_a_bare_message_is_the_engines_refusal() -> None:
    told = Transcript()
    told.hear({"message": "no such builder"})
    assert told.broken == Broken(message="no such builder", code=0)
    assert heard({"message": "x", "stream": "one\n"}).broken is None


def test_of_very_much_output_the_end_is_kept() -> None:
    line = "x" * (transcript.KEPT_CHARACTERS // 2) + "\n"
    told = heard({"stream": line}, {"stream": line}, {"stream": "end\n"})
    assert told.output.startswith("(the beginning is left out)\nxxx")
    assert told.output.endswith("\nend")
