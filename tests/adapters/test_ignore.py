"""`.dockerignore` means what it means to Docker."""

from __future__ import annotations

import pytest

from scs.adapters.ignore import Ignore


@pytest.mark.parametrize(
    ("text", "path", "ignored"),
    [
        ("node_modules", "node_modules/a.js", True),
        ("node_modules", "src/node_modules/a.js", False),
        ("**/node_modules", "src/lib/node_modules/a.js", True),
        ("**/node_modules", "node_modules", True),
        ("*.log", "a.log", True),
        ("*.log", "logs/a.log", False),
        ("**/*.log", "logs/deep/a.log", True),
        ("logs/**", "logs/deep/a.log", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].txt", "b.txt", True),
        ("[^ab].txt", "b.txt", False),
        ("/secret/", "secret/key", True),
        ("a/../b", "b", True),
        ("# *.txt", "# a.txt", False),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README.md", "OTHER.md", True),
        ("!README.md\n*.md", "README.md", True),
        ("docs\n!docs/keep", "docs/keep/x", False),
        (".", "a", False),
        ("a.c", "abc", False),
        ("", "a", False),
    ],
)
def test_a_path_is_ignored_as_docker_ignores_it(text: str, path: str, ignored: bool) -> None:
    assert Ignore(text).ignores(path) is ignored
