"""Archives of Debian bases: made once, whole or not at all, by one run at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from scs.adapters.images import bootstrap, debian
from scs.contract import errors
from scs.contract.context import Completed
from tests.adapters.images.making import Said

APT = "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0 "


class Bootstrapping:
    """Commands that write what a bootstrap would write."""

    def __init__(self, *, code: int = 0, says: str = "E: no such suite\n") -> None:
        self.made = 0
        self.code = code
        self.says = says

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        if argv[0] == "apt-get":
            return Completed(code=0, stdout=APT, stderr="")
        archive = next(Path(word) for word in argv if word.endswith(".part"))
        self.made += 1
        archive.write_text(f"archive {self.made}")
        return Completed(code=self.code, stdout="I: begin\n", stderr=self.says)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs that this machine has."""
    there = {"mmdebstrap", "debootstrap"}
    monkeypatch.setattr(bootstrap, "_there", there.__contains__)
    return there


@pytest.fixture(autouse=True)
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "debian.gpg"
    made.touch()
    monkeypatch.setattr(debian, "KEYRINGS", (str(made),))
    return made


def obtained(cache: Path, commands: Bootstrapping, *, fresh: bool = False, said: Said | None = None) -> str:
    bases = bootstrap.Bases(cache, commands=commands, stop=threading.Event())
    with bases.archive("bookworm", said or Said(), fresh=fresh) as archive:
        return archive.read_text()


def refused(cache: Path, commands: Bootstrapping) -> errors.Failure:
    with pytest.raises(errors.Failure) as caught:
        obtained(cache, commands)
    return caught.value


def test_a_second_engine_gets_what_the_first_one_got(tmp_path: Path, tools: set[str]) -> None:
    commands, said = Bootstrapping(), Said()
    assert obtained(tmp_path, commands, said=said) == "archive 1"
    assert obtained(tmp_path, commands, said=said) == "archive 1"
    assert said.lines == ["bootstrapping Debian bookworm from http://mirror.example/debian"]


def test_a_fresh_build_bootstraps_again(tmp_path: Path, tools: set[str]) -> None:
    commands = Bootstrapping()
    obtained(tmp_path, commands)
    assert obtained(tmp_path, commands, fresh=True) == "archive 2"
    assert obtained(tmp_path, commands) == "archive 2"


def test_a_damaged_archive_is_made_again(tmp_path: Path, tools: set[str]) -> None:
    commands, said = Bootstrapping(), Said()
    obtained(tmp_path, commands)
    archive = next(tmp_path.glob("*.tar"))
    archive.write_text("archiv")
    assert obtained(tmp_path, commands, said=said) == "archive 2"
    assert said.lines[0] == f"{archive} is damaged and is made again"


def test_a_failed_bootstrap_shows_its_output_and_leaves_nothing(tmp_path: Path, tools: set[str]) -> None:
    failure = refused(tmp_path / "cache", Bootstrapping(code=25))
    assert failure.why == (
        "Debian bookworm could not be bootstrapped from http://mirror.example/debian "
        "(mmdebstrap, exit code 25): is that a suite of Debian, and does the mirror answer?"
    )
    assert failure.detail == "I: begin\nE: no such suite"
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_failed_fresh_bootstrap_keeps_the_old_archive(tmp_path: Path, tools: set[str]) -> None:
    obtained(tmp_path, Bootstrapping())
    with pytest.raises(errors.Failure):
        obtained(tmp_path, Bootstrapping(code=1), fresh=True)
    assert obtained(tmp_path, Bootstrapping(code=1)) == "archive 1"


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path, tools: set[str]) -> None:
    obtained(tmp_path, Bootstrapping())
    left = next(tmp_path.glob("*.tar")).with_suffix(".part")
    left.write_text("half")
    assert obtained(tmp_path, Bootstrapping(), fresh=True) == "archive 1"
    assert not left.exists()


def test_a_machine_without_the_tools_is_told_what_to_install(tmp_path: Path, tools: set[str]) -> None:
    tools.clear()
    assert refused(tmp_path, Bootstrapping()).why == (
        "Debian bookworm cannot be bootstrapped: this machine has neither mmdebstrap nor debootstrap; "
        "run: sudo apt-get install mmdebstrap"
    )


def test_debootstrap_alone_needs_root(tmp_path: Path, tools: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    tools.remove("mmdebstrap")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert refused(tmp_path, Bootstrapping()).why == (
        "Debian bookworm cannot be bootstrapped: debootstrap works for root only; "
        "run scs with sudo, or: sudo apt-get install mmdebstrap"
    )


def test_a_machine_without_debians_keys_is_told_what_to_install(tmp_path: Path, tools: set[str], keyring: Path) -> None:
    keyring.unlink()
    assert refused(tmp_path, Bootstrapping()).why == (
        "Debian bookworm cannot be bootstrapped: the keys of Debian's archive are not on this machine; "
        "run: sudo apt-get install debian-archive-keyring"
    )


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, tools: set[str]) -> None:
    (tmp_path / "file").touch()
    failure = refused(tmp_path / "file" / "cache", Bootstrapping())
    assert failure.why.endswith(
        "cannot be opened (Not a directory): base images are cached there; "
        "run scs as root, or set SCS_STATE_DIR to a folder that you may write"
    )


FULL = (
    "W: creating tarball failed: E: cannot copy to debian.part: No space left on device\n",
    "E: You don't have enough free space in /tmp/mmdebstrap.x/var/cache/apt/archives/.\n",
)


@pytest.mark.parametrize("said", FULL)
def test_a_full_disk_is_not_the_mirrors_fault(
    tmp_path: Path, tools: set[str], monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    failure = refused(tmp_path / "cache", Bootstrapping(code=25, says=said))
    assert failure.why == (
        f"Debian bookworm could not be bootstrapped: no space is left on the disk of {tmp_path}/cache or of /var/tmp: "
        "make room there (1 GB is enough), or set SCS_STATE_DIR and TMPDIR to folders on a larger disk"
    )
    assert failure.detail == f"I: begin\n{said.strip()}"
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_disk_that_is_full_of_the_archive_is_named(
    tmp_path: Path, tools: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(bootstrap, "_sha256", full)
    failure = refused(tmp_path / "cache", Bootstrapping())
    assert failure.why == (
        f"Debian bookworm could not be bootstrapped: no space is left on the disk of {tmp_path}/cache: "
        "make room there (1 GB is enough), or set SCS_STATE_DIR to a folder on a larger disk"
    )
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_waiting_for_another_run_ends_when_asked_to_stop(tmp_path: Path, tools: set[str]) -> None:
    obtained(tmp_path, Bootstrapping())
    said, stop = Said(), threading.Event()
    stop.set()
    bases = bootstrap.Bases(tmp_path, commands=Bootstrapping(), stop=stop)
    with next(tmp_path.glob("*.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(errors.Interrupted), bases.archive("bookworm", said, fresh=False):
            pass
    assert said.lines == ["waiting for another run that bootstraps Debian bookworm"]


class Stopping(Bootstrapping):
    """Commands during which the run is asked to stop; those that stop then are `stopped`."""

    def __init__(self, stop: threading.Event, at: str) -> None:
        super().__init__(code=143)
        self.stop = stop
        self.at = at
        self.began: list[str] = []

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        self.began.append(argv[0])
        if argv[0] == self.at:
            self.stop.set()
        return (
            Completed(code=0, stdout=APT, stderr="") if argv[0] != "mmdebstrap" else super().run(argv, timeout=timeout)
        )


@pytest.mark.parametrize(("at", "began"), [("apt-get", ["apt-get"]), ("mmdebstrap", ["apt-get", "mmdebstrap"])])
def test_a_bootstrap_that_was_asked_to_stop_blames_neither_suite_nor_mirror(
    tmp_path: Path, tools: set[str], at: str, began: list[str]
) -> None:
    stop = threading.Event()
    commands = Stopping(stop, at)
    bases = bootstrap.Bases(tmp_path, commands=commands, stop=stop)
    with pytest.raises(errors.Interrupted), bases.archive("bookworm", Said(), fresh=False):
        pass
    assert commands.began == began
    assert [path.suffix for path in tmp_path.iterdir() if path.name != "debian.gpg"] == [".lock"]
