"""Text becomes a tree by the core rules of YAML 1.2; each trap ends in one line that says where and why."""

from __future__ import annotations

import json
import string
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.syntax import text, tree
from scs.model.problem import Place

FITS = "(check its indentation, and put a value that holds ': ', '#' or quotes in quotes)"
TAGS = "(known: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq)"


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers, since the one in C is not on every machine."""
    monkeypatch.setattr(text, "_LOADER", getattr(yaml, request.param))


def read(source: str | bytes) -> tree.JSON:
    node, problems = text.parse(source if isinstance(source, bytes) else source.encode(), "blog.yaml")
    assert node is not None
    assert problems == ()
    return tree.plain(node)


def said(source: str | bytes) -> list[str]:
    _, problems = text.parse(source if isinstance(source, bytes) else source.encode(), "f")
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("22:22", "22:22"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("2024-01-31", "2024-01-31"),
        ("1_000", "1_000"),
        ("0755", 755),
        ("0o755", 0o755),
        ("0xFF", 255),
        ("0b1", "0b1"),
        ("-7", -7),
        ("+7", 7),
        ("1.20", 1.2),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("1.2.3", "1.2.3"),
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ('"1"', "1"),
        ("'true'", "true"),
        ('""', ""),
        ("=", "="),
        ("18446744073709551615", 2**64 - 1),
        ("!!str 1.20", "1.20"),
        ("!!int '5'", 5),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!map {}", {}),
        ("!!seq []", []),
        ('"\\u202E\\e"', "\u202e\x1b"),
    ],
)
@pytest.mark.usefixtures("loader")
def test_scalars_are_read_by_the_core_schema(written: str, value: tree.JSON) -> None:
    found = read(f"key: {written}\n")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize(("written", "kept"), [("1.20", "1.20"), ("0755", "0755"), ("x", "x"), ("'1'", None)])
def test_an_unquoted_scalar_keeps_how_it_was_written(written: str, kept: str | None) -> None:
    node, _ = text.parse(f"key: {written}".encode(), "f")
    assert node is not None
    assert tree.at(node, ["key"]).text == kept


@pytest.mark.usefixtures("loader")
def test_every_node_knows_its_place_and_that_of_its_key() -> None:
    node, _ = text.parse("é: ü\nlist:\n  - {a: [b]}\n".encode(), "f")
    assert node is not None
    assert node.place == Place(file="f", line=1, column=1)
    assert node.key is None
    assert tree.at(node, ["é"]).place == Place(file="f", line=1, column=4)
    assert tree.at(node, ["list"]).key == Place(file="f", line=2, column=1)
    assert tree.at(node, ["list"]).place == Place(file="f", line=3, column=3)
    assert tree.at(node, ["list", 0, "a"]).key == Place(file="f", line=3, column=6)
    assert tree.at(node, ["list", 0, "a", 0]).place == Place(file="f", line=3, column=10)
    assert tree.at(node, ["list", 0]).key is None


@pytest.mark.parametrize("source", ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "\ufeff", "\ufeff# x\n"])
def test_an_empty_document_is_null(source: str) -> None:
    assert read(source) is None


def test_a_byte_order_mark_is_accepted_and_moves_nothing() -> None:
    node, _ = text.parse("\ufeffkey: 1".encode(), "f")
    assert node is not None
    assert tree.at(node, ["key"]).key == Place(file="f", line=1, column=1)


def test_an_alias_is_the_value_it_names_at_its_own_place() -> None:
    node, problems = text.parse(b"x-a: &a {k: [1]}\nb: *a\n", "f")
    assert problems == ()
    assert node is not None
    assert tree.plain(node) == {"x-a": {"k": [1]}, "b": {"k": [1]}}
    assert tree.at(node, ["b"]).place == Place(file="f", line=2, column=4)
    assert tree.at(node, ["b"]).key == Place(file="f", line=2, column=1)
    assert tree.at(node, ["b", "k"]).place == Place(file="f", line=1, column=13)


def test_an_anchor_may_be_given_again_and_stand_on_a_key() -> None:
    assert read("- &a 1\n- &a [&a 2, *a]\n- *a\n- {&b k: *b}\n") == [1, [2, 2], [2, 2], {"k": "k"}]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a: &x [*x]", "f:1:8: a[0]: the alias 'x' stands inside the value that it names"),
        (
            "data: &data 1\nb: *date",
            "f:2:4: b: no value before this one has the anchor 'date' (did you mean 'data'?)",
        ),
        ("a: *x", "f:1:4: a: no value before this one has the anchor 'x'"),
        ("a: 1\nb: 2\na: 3", "f:3:1: a: the key 'a' is repeated; it is first on line 1"),
        ("a:\n  b.c: 1\n  'b.c': 1", "f:3:3: a.\"b.c\": the key 'b.c' is repeated; it is first on line 2"),
        (
            "1: x",
            'f:1:1: the key 1 is read as a whole number, and a key must be text (put it in quotes: "1")',
        ),
        (
            "1.5: x",
            'f:1:1: the key 1.5 is read as a number, and a key must be text (put it in quotes: "1.5")',
        ),
        (
            "a: {true: x}",
            'f:1:5: a: the key true is read as true or false, and a key must be text (put it in quotes: "true")',
        ),
        ("null: x", 'f:1:1: the key null is read as null, and a key must be text (put it in quotes: "null")'),
        ("? \n: x", "f:1:2: a key is missing before this ':'"),
        (
            "<<: {a: 1}",
            "f:1:1: the merge key '<<' is not part of YAML 1.2 (use an overlay file, or an alias of an x- key)",
        ),
        ("[a]: x", "f:1:1: a key must be text, and this is a list (quote it if it is text)"),
        ("{a: 1}: x", "f:1:1: a key must be text, and this is a map (quote it if it is text)"),
        (
            "a: {{ x }}",
            'f:1:5: a: a key must be text, and this is a map (put a template in quotes: "{{ … }}")',
        ),
        ("x: &x a\n*x : b", "f:2:1: a key cannot be an alias (write the key out)"),
        ("a: .inf", "f:1:4: a: '.inf' is no number in JSON (quote it if it is text)"),
        ("a: -.INF", "f:1:4: a: '-.INF' is no number in JSON (quote it if it is text)"),
        ("a: .nan", "f:1:4: a: '.nan' is no number in JSON (quote it if it is text)"),
        ("a: 1e999", "f:1:4: a: '1e999' is too large for a number (quote it if it is text)"),
        (
            "a: 18446744073709551616",
            "f:1:4: a: '18446744073709551616' is too large for a number (quote it if it is text)",
        ),
        ("a: !!int x", "f:1:4: a: 'x' is not what the tag !!int says"),
        ("a: !!bool 1", "f:1:4: a: '1' is not what the tag !!bool says"),
        ("a: !!float true", "f:1:4: a: 'true' is not what the tag !!float says"),
        ("a: !!seq {}", "f:1:4: a: the tag !!seq does not fit a map"),
        ("a: !!map []", "f:1:4: a: the tag !!map does not fit a list"),
        ("a: !!map x", "f:1:4: a: the tag !!map does not fit a single value"),
        ("a: !!binary x", f"f:1:4: a: the tag '!!binary' is not known {TAGS}"),
        ("a: !vault x", f"f:1:4: a: the tag '!vault' is not known {TAGS}"),
        ("a: !!python/name:os.system x", f"f:1:4: a: the tag '!!python/name:os.system' is not known {TAGS}"),
        ("a: !e!x 1", f"f:1:4: the tag is not known {TAGS}"),
        ('a: "\\0"', "f:1:4: a: the escape of U+0000 is not allowed: it is not text"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document begins here (put it in a file of its own)"),
        ("a: b: c", f"f:1:5: ':' cannot stand here {FITS}"),
        ("a: - b", f"f:1:4: '-' cannot stand here {FITS}"),
        ("a: @x", "f:1:4: a value cannot begin with '@' (put it in quotes)"),
        ("a: {% if x %}", "f:1:5: a value cannot begin with '%' (put it in quotes)"),
        ("a:\n\t- b", "f:2:1: a tab cannot indent (indent with spaces)"),
        ("a: |\n x\n\ty\n", "f:3:1: a tab cannot indent (indent with spaces)"),
        ("a: [1, 2\nb: 3", "f:2:2: the list begun on line 1 lacks a ',' or a ']' before this"),
        ("a: {b: 1", "f:1:9: the map begun on line 1 lacks a ',' or a '}' before this"),
        ("a:\n  b: 1\n c: 2", f"f:3:2: this does not fit into the map begun on line 1 {FITS}"),
        ("a: 'it's'", f"f:1:8: this does not fit into the map begun on line 1 {FITS}"),
        (
            "- a\nb: 1",
            "f:2:1: this does not fit into the list begun on line 1 (an item begins with '- ', where the others begin)",
        ),
        ('a: "x\n', "f:2:1: the quote opened on line 1 is never closed"),
        ("a: 'x\n---\n", "f:2:1: the quote opened on line 1 is never closed"),
        ("a: 1\nb\nc: 2", "f:3:1: line 2 lacks a ':' after its key"),
        ('a: "\\x"', "f:1:7: there is no such escape (write '\\\\' for a backslash, or use single quotes)"),
        ("a: [b,,c]", "f:1:7: a value is missing here"),
        ("%YAML 1.1\na: 1", f"f:2:1: the document ends before this {FITS}"),
    ],
)
@pytest.mark.usefixtures("loader")
def test_a_mistake_is_said_in_one_line_at_its_place(source: str, problem: str) -> None:
    assert said(source) == [problem]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('a: "\\q"', "f:1:5: there is no such escape (write '\\\\' for a backslash, or use single quotes)"),
        ('a: "\\ud83d"', "f:1:7: the escape is no character (write the character itself)"),
        ("a: >9x\n", "f:1:6: this is not YAML: did not find expected comment or line break"),
        ("[", "f:1:2: a value is missing here"),
    ],
)
def test_what_only_the_parser_in_c_says(source: str, problem: str) -> None:
    assert said(source) == [problem]


def test_the_slow_parser_cannot_let_half_a_character_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_LOADER", yaml.SafeLoader)
    node, problems = text.parse(b'a: "\\ud83d"', "f")
    assert [str(problem) for problem in problems] == ["f:1:4: a: the escape of U+D83D is not allowed: it is not text"]
    assert node is not None
    assert tree.plain(node) == {"a": "\N{REPLACEMENT CHARACTER}"}
    assert said(b'"\\UFFFFFFFF"')[0].startswith("f:1:1: this is not YAML: ")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: \xff\n", "f:1:4: the byte 0xFF is not UTF-8 (write it in UTF-8)"),
        ("é: 1\r\nü: ".encode() + b"\xc3", "f:2:4: the byte 0xC3 is not UTF-8 (write it in UTF-8)"),
        (b"\xed\xa0\x80", "f:1:1: the byte 0xED is not UTF-8 (write it in UTF-8)"),
        ("a: 1".encode("utf-16"), "f:1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        ("a: 1".encode("utf-32"), "f:1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        ("\ufeffa: 1".encode("utf-32-be"), "f:1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        (
            "a: 1".encode("utf-16-le"),
            "f:1:2: the control character U+0000 is not allowed (is this a text file in UTF-8?)",
        ),
        (
            b"a: 1\nb: \x07",
            'f:2:4: the control character U+0007 is not allowed (write it as "\\u0007" inside double quotes)',
        ),
        (
            b"a: \x7f",
            'f:1:4: the control character U+007F is not allowed (write it as "\\u007F" inside double quotes)',
        ),
        (
            "a: \x9b".encode(),
            'f:1:4: the control character U+009B is not allowed (write it as "\\u009B" inside double quotes)',
        ),
        (
            "a: \u202e".encode(),
            "f:1:4: the character U+202E is not allowed: it makes text read other than it is"
            ' (write it as "\\u202E" inside double quotes)',
        ),
        (
            "a: \u2066".encode(),
            "f:1:4: the character U+2066 is not allowed: it makes text read other than it is"
            ' (write it as "\\u2066" inside double quotes)',
        ),
        (
            "# a\u0085b: 1".encode(),
            "f:1:4: the line separator U+0085 is not allowed: not every tool ends the line there"
            ' (write it as "\\u0085" inside double quotes)',
        ),
        (
            "a: \u2028".encode(),
            "f:1:4: the line separator U+2028 is not allowed: not every tool ends the line there"
            ' (write it as "\\u2028" inside double quotes)',
        ),
        (
            "a: \ufeff".encode(),
            'f:1:4: the character U+FEFF is not allowed: it is not text (write it as "\\uFEFF" inside double quotes)',
        ),
        (
            b"#" * (1024 * 1024 + 1),
            "f:1:1: the file is larger than 1 MiB (keep large content in files of its own)",
        ),
    ],
)
def test_bytes_that_are_not_plain_text_are_refused(data: bytes, problem: str) -> None:
    assert said(data) == [problem]


def test_a_file_of_one_mebibyte_is_read() -> None:
    assert read(b"#" * (1024 * 1024)) is None


def test_all_mistakes_that_do_not_stop_the_reading_are_found_at_once() -> None:
    node, problems = text.parse(b"1: a\nb: {c: 1, c: .nan}\n<<: x\nd: !x y\ne: [\n", "f")
    assert node is None
    assert [problem.place.line for problem in problems] == [1, 2, 2, 3, 4, 6]


def test_what_is_readable_beside_a_mistake_is_kept_for_further_checks() -> None:
    node, problems = text.parse(b"8080: a\nb: 1\nb: 2\n[x]: y\n", "f")
    assert len(problems) == 3
    assert node is not None
    assert tree.plain(node) == {"8080": "a", "b": 1}


DEEP = "maps and lists are nested deeper than 64 levels"
MANY = "there are more than 100,000 values, each alias counted in full"


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "[{a: "])
def test_endless_nesting_is_a_problem_at_once(opened: str) -> None:
    begun = time.process_time()
    (problem,) = said(opened * 100_000)
    assert problem.endswith(f": {DEEP}")
    assert time.process_time() - begun < 1


def test_endless_nesting_in_keys_stops_too() -> None:
    assert said("? " * 100_000)[-1] == f"f:1:129: {DEEP}"


def test_sixty_four_levels_are_read_and_one_more_is_not() -> None:
    assert said("[" * 64 + "]" * 64) == []
    assert said("[" * 65 + "]" * 65) == [f"f:1:65: {'[0]' * 64}: {DEEP}"]


def test_an_alias_counts_with_the_levels_of_its_value() -> None:
    half = "[" * 32 + "]" * 32
    assert said(f"- &a {half}\n- {'[' * 31}*a{']' * 31}\n") == []
    assert said(f"- &a {half}\n- {'[' * 32}*a{']' * 32}\n") == [f"f:2:35: [1]{'[0]' * 32}: {DEEP}"]


def test_an_alias_bomb_is_refused_before_it_is_laid_out() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"{n}: &{n} [{','.join([f'*{m}'] * 10)}]" for m, n in zip("abcdefgh", "bcdefghi", strict=True)]
    assert said("\n".join(lines)) == [f"f:5:29: e[7]: {MANY}"]


def test_a_hundred_thousand_values_are_read_and_one_more_is_not() -> None:
    assert said("[" + "a," * 99_999 + "]") == []
    assert said("[" + "a," * 100_000 + "]") == [f"f:1:200000: [99999]: {MANY}"]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    node, problems = text.parse(data, "f")
    assert node is not None or problems


PIECES = st.sampled_from(
    (
        *"[]{},:-?!&*#|>'\"%@`~\\ \n\t\r.01<x",
        *("\n  ", ": ", "- ", "? ", "<<: ", "&a ", "*a ", "!!", "---\n", "...\n", "%YAML 1.2\n"),
        *("\\u", "{{ ", "}}", "null", "true", "0x", "1e", ".inf", "é", "\u2028", "\ufeff"),
    )
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_no_text_makes_it_raise(source: str) -> None:
    node, problems = text.parse(source.encode(errors="surrogatepass"), "f")
    assert node is not None or problems
    if node is not None and not problems:
        json.dumps(tree.plain(node), allow_nan=False)
    last = len(source.splitlines()) + 1
    assert all(1 <= problem.place.line <= last and "\n" not in str(problem) for problem in problems)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_both_parsers_read_the_same_where_both_read(source: str) -> None:
    fast, problems = text.parse(source.encode(), "f")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_LOADER", yaml.SafeLoader)
        slow, others = text.parse(source.encode(), "f")
    if fast is not None and slow is not None:
        assert repr(tree.plain(fast)) == repr(tree.plain(slow))
        assert [str(problem) for problem in problems] == [str(problem) for problem in others]


CHARS = st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff\ufffe\uffff")
WORDS = st.text(CHARS | st.sampled_from(string.printable), max_size=12).filter(
    lambda word: not set(word) & {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64) + 1, 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(WORDS, below, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 2]))
def test_json_is_read_as_what_it_says(value: tree.JSON, indent: int | None) -> None:
    found = read(json.dumps(value, ensure_ascii=False, indent=indent))
    assert found == value
    assert repr(found) == repr(value)
