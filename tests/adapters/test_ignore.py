"""`.dockerignore` means what it means to docker-py."""

from __future__ import annotations

from pathlib import Path

import pytest
from docker.utils.build import exclude_paths

from scs.adapters import ignore
from scs.adapters.sources import DiskSources
from scs.manifest.sources import Trouble

FILES = ("README.md", "a.log", "b.txt", "build/b", "build/keep/a", "logs/deep/a.log", "src/lib/node_modules/a.js")


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("", set()),
        (".\n# *.md\n", set()),
        ("\ufeff*.log", {"a.log"}),
        ("**/*.log", {"a.log", "logs/deep/a.log"}),
        ("**/node_modules", {"src/lib/node_modules/a.js"}),
        ("logs/**", {"logs/deep/a.log"}),
        ("/x/../build/", {"build/b", "build/keep/a"}),
        ("build\n!build/keep", {"build/b"}),
        ("*\n!README.md", {*FILES} - {"README.md"}),
        ("!README.md\n*.md", {"README.md"}),
        ("[a-b].???", {"a.log", "b.txt"}),
    ],
)
def test_a_tree_leaves_out_what_docker_py_leaves_out(tmp_path: Path, text: str, left_out: set[str]) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".dockerignore").write_text(text, encoding="utf-8")
    tree = DiskSources().tree(str(tmp_path), ignore=True)
    assert isinstance(tree, tuple)
    kept = {source.path for source in tree}
    assert kept == {".dockerignore", *FILES} - left_out
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if not line.startswith("#")]
    assert kept == {path for path in exclude_paths(tmp_path, lines) if (tmp_path / path).is_file()}


@pytest.mark.parametrize("pattern", ["x[z-a]", "[Z-a]", "[[a]", "![a&&b]"])
def test_a_pattern_that_cannot_be_read_is_named_with_its_line(pattern: str) -> None:
    assert ignore.parsed(f"*.log\n\n  {pattern}\n".encode()) == Trouble(
        why=f"has a pattern in line 3 that cannot be read: {pattern}",
        hint="write [ and ] around single characters and ranges such as a-z only, or * in their place",
    )


def test_a_pattern_fits_a_name_that_is_not_utf8() -> None:
    rules = ignore.parsed(b"\xff.log\n")
    assert isinstance(rules, ignore.Ignore)
    assert rules.ignores("\udcff.log")
