"""What the README shows is what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scs.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *ROOT.glob("manifests/**/*.md"),
]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("file", ["manifests/hello/hello.yaml", "manifests/hello/image/image.yaml"])
def test_the_first_manifest_is_the_one_that_runs(file: str) -> None:
    text = (ROOT / file).read_text()
    shown = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert f"```yaml\n{shown.strip()}\n```" in README


def test_every_command_is_named() -> None:
    assert set(re.findall(r"`scs ([a-z]+)", README)) >= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
