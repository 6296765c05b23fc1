"""What script/docs makes is what the schemas say, and what the reference of the manifests' keys shows is right."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

import schemas
from docs import generate, overlay
from scs.manifest.schema import subschema
from scs.manifest.syntax import text, tree

PAGE = generate.TARGET.read_text(encoding="utf-8")
SNIPPETS = [
    document
    for snippet in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    for document in re.split(r"^---\n", snippet, flags=re.MULTILINE)
]


def test_the_reference_is_current() -> None:
    assert generate.page() == PAGE, "run script/docs"


def test_the_schema_of_overlays_is_current() -> None:
    assert overlay.page() == overlay.TARGET.read_text(encoding="utf-8"), "run script/docs"


def test_every_link_leads_to_a_heading_of_its_own() -> None:
    anchors = [generate.anchor(heading) for heading in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)]
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\((#[^)]*)\)", PAGE)) <= set(anchors)


def test_every_key_of_the_schemas_is_in_the_reference() -> None:
    shown = set(re.findall(r"^\| `([^`]*)` \|", PAGE, re.MULTILINE))
    parts = [one for whole in (schemas.manifest(), schemas.image()) for _, one in subschema.within(whole)]
    assert {key for one in parts if isinstance(one, Mapping) for key in one.get("properties", {})} == shown


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_is_yaml_as_scs_reads_it(snippet: str) -> None:
    node, problems = text.parse(snippet.encode(), "docs/manifest.md")
    assert node is not None
    assert not problems


def test_the_snippets_are_the_examples_of_the_schemas() -> None:
    shown = [tree.plain(node) for node, _ in (text.parse(one.encode(), "") for one in SNIPPETS) if node is not None]
    for example in (
        *schemas.manifest()["examples"],
        *schemas.image()["examples"],
        *schemas.volume("local")["examples"],
    ):
        assert example in shown


@pytest.mark.parametrize(
    "value",
    [
        "no",
        "1.20",
        "0750",
        "1e3",
        "true",
        "null",
        "",
        "a: b",
        "- a",
        "x\ny",
        "a|b",
        "{{ x }}",
        "@x",
        "::1",
        "10.0.0.2",
        "+x",
    ],
)
def test_text_is_written_so_that_it_stays_text(value: str) -> None:
    node, problems = text.parse(generate.flow({"a": [value]}).encode(), "")
    assert node is not None
    assert not problems
    assert tree.plain(node) == {"a": [value]}
