"""The notes on jobs that ended well, in a real folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scs.adapters.jobs import StateJobNotes
from scs.contract import errors
from scs.model.identity import Identity, digest

BLOG = Identity(environment="dev", service="blog")
SHOP = Identity(environment="dev", service="shop")
DONE = digest("content")


def test_a_note_is_read_as_it_was_written_and_belongs_to_one_manifest(tmp_path: Path) -> None:
    notes = StateJobNotes(tmp_path)
    notes.remember(BLOG, "migrate", DONE, "sha256:1")
    (found,) = notes.read(BLOG).items()
    assert (found[0], found[1].digest, found[1].image_id) == ("migrate", DONE, "sha256:1")
    assert found[1].when > 1_700_000_000
    assert notes.read(SHOP) == {}


def test_the_last_note_counts_until_it_is_forgotten(tmp_path: Path) -> None:
    notes = StateJobNotes(tmp_path)
    notes.remember(BLOG, "migrate", DONE, "sha256:1")
    notes.remember(BLOG, "migrate", digest("more"), "sha256:2")
    assert notes.read(BLOG)["migrate"].digest == digest("more")
    for _ in range(2):
        notes.forget(BLOG, "migrate")
        assert notes.read(BLOG) == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"digest": "x", "image": "", "when": 1}', b"\xff\x00"])
def test_a_note_that_cannot_be_understood_is_lost(tmp_path: Path, content: bytes) -> None:
    notes = StateJobNotes(tmp_path)
    notes.remember(BLOG, "migrate", DONE, "sha256:1")
    (tmp_path / "dev" / "blog" / "migrate.json").write_bytes(content)
    assert notes.read(BLOG) == {}


def test_a_folder_that_cannot_be_written_says_what_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "dev").write_text("")
    with pytest.raises(errors.Failure) as failure:
        StateJobNotes(tmp_path).remember(BLOG, "migrate", DONE, "sha256:1")
    assert failure.value.why == (
        f"{tmp_path}/dev/blog/migrate.json cannot be written (Not a directory): scs notes there which jobs are done; "
        "run scs as root, or set SCS_STATE_DIR to a folder that you may write"
    )
