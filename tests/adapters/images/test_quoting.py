"""Texts in Dockerfiles mean themselves, whatever they hold."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.adapters.images import quoting
from scs.contract import errors

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(word: str) -> str:
    """What the engine reads of a double-quoted word, by the rules of its shell words."""
    assert word[0] == word[-1] == '"'
    assert not re.search(r'(?<!\\)(\\\\)*["$]', word[1:-1])
    return re.sub(r'\\([\\"$])', r"\1", word[1:-1])


@given(TEXTS)
def test_a_quoted_text_is_read_back_as_it_was(text: str) -> None:
    values = quoting.Values()
    word = values.quoted(text)
    if values.arguments:
        assert (word, values.arguments) == ('"${SCS_VALUE_1}"', {"SCS_VALUE_1": text})
    else:
        assert read(word) == text


@given(TEXTS)
def test_a_quoted_text_never_ends_its_line(text: str) -> None:
    assert not re.search(r"[\n\r]", quoting.Values().quoted(text))
    assert not re.search(r"[\n\r]", quoting.words([text]))
    assert not re.search(r"[\n\r]", quoting.paths(text))


@given(st.lists(TEXTS))
def test_an_argument_list_is_json_without_a_here_document(arguments: list[str]) -> None:
    written = quoting.words(arguments)
    assert json.loads(written) == arguments
    assert "<" not in written


def test_a_text_of_several_lines_becomes_a_build_argument_that_is_declared_once() -> None:
    values = quoting.Values()
    assert values.quoted("a\nb") == '"${SCS_VALUE_1}"'
    assert values.quoted("c\r") == '"${SCS_VALUE_2}"'
    assert values.declarations() == ("ARG SCS_VALUE_1", "ARG SCS_VALUE_2")
    assert values.declarations() == ()
    assert values.arguments == {"SCS_VALUE_1": "a\nb", "SCS_VALUE_2": "c\r"}


def test_a_nul_character_is_refused() -> None:
    with pytest.raises(errors.Failure) as caught:
        quoting.Values().quoted("a\0b")
    assert caught.value.why == "a value holds a NUL character, which no variable, label or path can hold"


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("files/a b", "files/a b"), ("a*b", "a[*]b"), ("[x]?", "[[]x][?]"), ("a\\b", "a[\\\\]b")],
)
def test_a_source_is_matched_by_its_name_and_by_no_other(path: str, pattern: str) -> None:
    assert quoting.pattern(path) == pattern


@pytest.mark.parametrize("text", ["a b", "a\nRUN x", "-x", "$X", "", "a AS b"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(errors.Failure) as caught:
        quoting.reference(text)
    assert caught.value.why == f"{text!r} is not the name of an image, such as nginx:1.27"


@pytest.mark.parametrize("text", ["a b:c", "root\n", "$X", "a:b:c", ""])
def test_what_is_no_owner_is_refused(text: str) -> None:
    with pytest.raises(errors.Failure) as caught:
        quoting.owner(text)
    assert caught.value.why == f"{text!r} is not an owner, such as www-data:www-data or 1000:1000"
