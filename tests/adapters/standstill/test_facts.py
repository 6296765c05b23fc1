"""What a standstill rests on tells apart what has to be told apart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scs.adapters.standstill import facts

HEAVY = ("typer", "yaml", "jinja2", "jsonschema", "docker", "requests", "dataclasses", "typing", "pathlib", "asyncio")


def same_size(path: Path) -> None:
    before = path.stat()
    path.write_text("bcd")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_name("new")
    other.write_text(path.read_text())
    other.replace(path)


@pytest.mark.parametrize("change", [same_size, replaced, Path.unlink, lambda path: path.chmod(0o640)])
def test_a_print_changes_with_the_file(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "file"
    path.write_text("abc")
    before = facts.prints([str(path)])
    assert facts.prints([str(path)]) == before
    change(path)
    assert facts.prints([str(path)]) != before


def test_a_print_of_a_link_changes_with_both_ends(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("same")
    link = tmp_path / "link"
    link.symlink_to("a")
    before = facts.prints([str(link)])
    link.unlink()
    link.symlink_to("b")
    assert (between := facts.prints([str(link)])) != before
    (tmp_path / "b").write_text("other")
    assert facts.prints([str(link)]) != between


def test_a_shape_does_not_change_with_what_lies_in_a_folder(tmp_path: Path) -> None:
    before = facts.shapes([str(tmp_path)])
    (tmp_path / "data").write_text("abc")
    assert facts.shapes([str(tmp_path)]) == before
    tmp_path.chmod(0o700 if tmp_path.stat().st_mode & 0o077 else 0o755)
    assert facts.shapes([str(tmp_path)]) != before


def test_a_shape_says_in_which_filesystem_it_lies() -> None:
    (shape,) = facts.shapes(["/proc/self"]).values()
    assert list(shape) == ["/proc", "proc", "proc"]  # and nothing that takes a look: it is none that surely answers


def test_values_are_told_apart_and_not_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "hide-me")
    said = facts.values(["WORD"], "00" * 8)
    assert "hide-me" not in said
    monkeypatch.setenv("WORD", "hide-you")
    assert facts.values(["WORD"], "00" * 8) != said


def test_a_check_loads_next_to_nothing() -> None:
    program = "import sys; import scs.adapters.standstill.check; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=Path())
    loaded = done.stdout.split()
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert [name for name in loaded if name.startswith("scs.") and "standstill" not in name] == [
        "scs.adapters", "scs.adapters.flock", "scs.adapters.docker", "scs.adapters.docker.lists", "scs.adapters.places",
    ]  # fmt: skip
