"""Small filesystems for a test, in memory; gone after it with all that is on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.testbed import commands


@contextmanager
def small(folder: Path, *options: str) -> Iterator[Path]:
    """Mounts one at the folder for the block; `options` as in tmpfs(5): `size=1m`, `nr_inodes=10`."""
    folder.mkdir(parents=True, exist_ok=True)
    commands.check(["mount", "-t", "tmpfs", "-o", ",".join(("mode=0755", *options)), "scs-test", str(folder)])
    try:
        yield folder
    finally:
        commands.check(["umount", str(folder)])


def fill(folder: Path) -> None:
    """Leaves not one byte on its filesystem."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 65536):
                pass
        except OSError:
            return


def resize(folder: Path, size: str) -> None:
    commands.check(["mount", "-o", f"remount,size={size}", str(folder)])
