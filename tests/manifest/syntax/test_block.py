"""YAML text that every reader of YAML takes for the same data."""

from __future__ import annotations

import string

import yaml
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.syntax import block, text, tree

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=20) | st.text(
    string.digits + string.ascii_letters + ":-#~. \n\t'\"{}[]&*!|>%@`,?="
)
SCALARS = TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()
DATA = st.dictionaries(
    TEXTS,
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)),
    max_size=6,
)


@given(DATA)
def test_both_versions_of_yaml_read_back_what_was_written(data: dict[str, object]) -> None:
    written = block.text(data)
    node, problems = text.parse(written.encode() or b"{}", "static.yaml")
    assert problems == ()
    assert node is not None
    assert tree.plain(node) == data
    assert (yaml.safe_load(written) or {}) == data


def test_text_of_lines_is_a_block_and_other_text_plain_or_quoted() -> None:
    data = {
        "plain": "scs/debian:bookworm",
        "quoted": ["no", "22:22", "0755", "", "a: b", "- x", "ü\x1b"],
        "lines": "one\n\n  two\n",
        "odd": "no end\nhere",
        "empty": {"map": {}, "list": []},
        "nested": [{"a": 1, "b": [True, None]}, [1.5]],
    }
    assert block.text(data) == (
        "plain: scs/debian:bookworm\n"
        "quoted:\n"
        '  - "no"\n'
        '  - "22:22"\n'
        '  - "0755"\n'
        '  - ""\n'
        '  - "a: b"\n'
        '  - "- x"\n'
        '  - "ü\\u001b"\n'
        "lines: |\n"
        "  one\n"
        "\n"
        "    two\n"
        'odd: "no end\\nhere"\n'
        "empty:\n"
        "  map: {}\n"
        "  list: []\n"
        "nested:\n"
        "  - a: 1\n"
        "    b:\n"
        "      - true\n"
        "      - null\n"
        "  -\n"
        "    - 1.5\n"
    )
