"""Paths as texts: what lies in what."""

from __future__ import annotations

import pytest

from scs.manifest import paths


@pytest.mark.parametrize(
    ("path", "folder", "lies"),
    [
        ("/srv/a", "/srv", True),
        ("/srv", "/srv", True),
        ("/srv/a", "/", True),
        ("a/b", "a", True),
        ("/srvice", "/srv", False),
        ("/srv", "/srv/a", False),
    ],
)
def test_a_path_lies_in_a_folder_by_whole_names(path: str, folder: str, lies: bool) -> None:
    assert paths.within(path, folder) is lies
