"""Build contexts: the same bytes, and the content that was compiled."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from scs.adapters.images import context
from scs.adapters.images.recipe import Entry, Given, Taken
from scs.contract import errors
from scs.model.image import Source
from tests.adapters.images import making


def taken(source: Source) -> Taken:
    return Taken(path=source.path, source=source)


def packed(*entries: Entry) -> bytes:
    return b"".join(context.stream(entries, image="x"))


def refused(*entries: Entry) -> str:
    with pytest.raises(errors.Failure) as caught:
        packed(*entries)
    return caught.value.why


def test_a_context_holds_files_folders_and_links(tmp_path: Path) -> None:
    start = making.source(tmp_path, "a/b/start", "hello", 0o755)
    entries = (taken(start), taken(making.link(tmp_path, "a/ln", "b/start")), Given(path="D", content=b"x" * 600))
    with tarfile.open(fileobj=io.BytesIO(packed(*entries))) as tar:
        assert [(one.name, one.type, one.mode) for one in tar] == [
            ("D", tarfile.REGTYPE, 0o644),
            ("a", tarfile.DIRTYPE, 0o755),
            ("a/b", tarfile.DIRTYPE, 0o755),
            ("a/b/start", tarfile.REGTYPE, 0o755),
            ("a/ln", tarfile.SYMTYPE, 0o777),
        ]
        assert {(one.uid, one.gid, one.uname) for one in tar} == {(0, 0, "")}
        assert tar.getmember("a/ln").linkname == "b/start"
        content = tar.extractfile("a/b/start")
        assert content is not None
        assert content.read() == b"hello"


def test_the_same_entries_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    entries = [taken(making.source(tmp_path, f"ü{'x' * 120}/{name}", name)) for name in "cab"]
    first = packed(*entries)
    os.utime(entries[0].source.origin, (1, 1))
    assert packed(*reversed(entries)) == first


def test_a_file_reads_like_the_chunks_it_is_made_of() -> None:
    assert context.opened(iter([b"ab", b"", b"cde" * 100_000])).read() == b"ab" + b"cde" * 100_000


def test_a_source_that_changed_is_refused(tmp_path: Path) -> None:
    source = making.source(tmp_path, "a", "one")
    why = f"{tmp_path}/a, a source of image x, changed after the manifest was read: run scs again"
    for content in ("two", "longer", "o"):
        Path(source.origin).write_text(content)
        assert refused(taken(source)) == why


def test_a_source_that_became_something_else_is_refused(tmp_path: Path) -> None:
    source = making.source(tmp_path, "a", "one")
    why = f"{tmp_path}/a, a source of image x, changed after the manifest was read: run scs again"
    Path(source.origin).unlink()
    os.mkfifo(source.origin)
    assert refused(taken(source)) == why
    Path(source.origin).unlink()
    Path(source.origin).symlink_to(making.source(tmp_path, "b", "one").origin)
    assert refused(taken(source)) == why


def test_a_link_that_leads_elsewhere_now_is_refused(tmp_path: Path) -> None:
    source = making.link(tmp_path, "ln", "one")
    Path(source.origin).unlink()
    Path(source.origin).symlink_to("two")
    assert refused(taken(source)) == (
        f"{tmp_path}/ln, a source of image x, changed after the manifest was read: run scs again"
    )


STREAM = """
import sys
from scs.adapters.images import context
from scs.adapters.images.recipe import Taken
from scs.adapters.sources import DiskSources
for source in DiskSources().tree(sys.argv[1]):
    sys.stdout.buffer.write(b"".join(context.stream([Taken(path="ln", source=source)], image="x")))
"""


def test_a_link_is_packed_alike_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "Ü").symlink_to("Ü")
    root = str(Path(__file__).parents[3])
    made = [
        subprocess.run(
            [sys.executable, "-c", STREAM, str(tmp_path)],
            env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": root},
            capture_output=True,
            check=False,
        )
        for locale in ("C", "C.UTF-8")
    ]
    assert [one.stderr for one in made] == [b"", b""]
    assert made[0].stdout == made[1].stdout
    with tarfile.open(fileobj=io.BytesIO(made[0].stdout)) as tar:
        assert tar.getmember("ln").linkname == "Ü"


def test_a_source_that_is_gone_is_refused(tmp_path: Path) -> None:
    source = making.source(tmp_path, "a")
    Path(source.origin).unlink()
    assert refused(taken(source)) == (
        f"{tmp_path}/a, a source of image x, is gone since the manifest was read: run scs again"
    )


def test_a_context_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    source = making.source(tmp_path, "disk.img")
    os.truncate(source.origin, 3 * 1024**3)
    assert refused(taken(source)) == (
        "the sources of image x are too large (3072 MiB, at most 2048 MiB): "
        "copy only what the image needs, or leave files out with .dockerignore"
    )


def test_other_content_of_the_same_size_has_another_time_and_equal_content_the_same() -> None:
    times = []
    for content in (b"one", b"two", b"one"):
        with tarfile.open(fileobj=io.BytesIO(packed(Given(path="D", content=content)))) as tar:
            times.append(tar.getmember("D").mtime)
    assert times[0] == times[2] != times[1]
