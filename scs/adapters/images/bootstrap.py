"""Makes the archive of a Debian base once and keeps it for the next engine; gives it to none."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from scs.adapters import commands as programs
from scs.adapters import lock
from scs.adapters.images import debian
from scs.contract import errors
from scs.contract.context import Commands, Progress

SECONDS = 3600.0
PACK_SECONDS = 600.0
POLL_SECONDS = 0.2
CACHE_VARIABLE = "SCS_STATE_DIR"
FULL = (os.strerror(errno.ENOSPC), "You don't have enough free space in")
"""What programs say where a disk is full: of the C library and of apt."""
_CHUNK = 1024 * 1024


class Bases:
    """Archives of Debian bases in a folder that anybody may empty. Setting `stop` ends waiting and bootstrapping."""

    def __init__(self, cache: Path, *, commands: Commands, stop: threading.Event) -> None:
        self._cache = cache
        self._commands = commands
        self._stop = stop

    @contextmanager
    def archive(self, suite: str, progress: Progress, *, fresh: bool) -> Iterator[Path]:
        """The archive of the suite, which stays as it is for the block. `fresh` makes it anew.

        Raises Failure saying what is missing on this machine, or with the bootstrap's whole output.
        """
        plan = self._plan(suite)
        made = self._cache / f"{plan.name}.tar"
        busy = self._waiting(f"waiting for another run that bootstraps Debian {suite}", progress)
        advice = (
            f"base images are cached there; run scs as root, or set {CACHE_VARIABLE} to a folder that you may write"
        )
        with lock.held(made.with_suffix(".lock"), advice=advice, busy=busy):
            if fresh or not _whole(made, progress):
                self._make(plan, made, progress)
            yield made

    def _plan(self, suite: str) -> debian.Bootstrap:
        keyring = next((path for path in debian.KEYRINGS if Path(path).exists()), "")
        if not keyring:
            raise errors.Failure(
                f"Debian {debian.checked(suite)} cannot be bootstrapped: the keys of Debian's archive are "
                f"not on this machine; run: sudo apt-get install debian-archive-keyring"
            )
        return debian.Bootstrap(
            suite=debian.checked(suite),
            repositories=debian.repositories(suite, self._printed(), _text),
            keyring=keyring,
            architecture=platform.machine(),
        )

    def _printed(self) -> str:
        try:
            return self._commands.run(debian.ASK, timeout=60).stdout
        except (errors.Failure, errors.Retry):  # a machine without apt has no mirror configured
            return ""

    def _waiting(self, line: str, progress: Progress) -> Callable[[], None]:
        """Waits a little at each call, and says so at the first."""
        lines = iter([line])

        def busy() -> None:
            for once in lines:
                progress.say(once)
            if self._stop.wait(POLL_SECONDS):
                raise errors.Interrupted

        return busy

    def _make(self, plan: debian.Bootstrap, made: Path, progress: Progress) -> None:
        """Whole or not at all: the archive gets its name when all of it is written, its digest after that."""
        progress.say(f"bootstrapping Debian {plan.suite} from {plan.repositories[0].uri}")
        for left in self._cache.glob(f"{plan.name}.part*"):
            self._remove(left)
        part = self._cache / f"{plan.name}.part"
        try:
            self._bootstrap(plan, part)
            digest = _sha256(part)
            _note(made).unlink(missing_ok=True)
            part.replace(made)
            _note(made).write_text(digest, encoding="ascii")
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise _full(plan, {CACHE_VARIABLE: str(self._cache)}) from error
            raise errors.Failure(f"{made} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)

    def _bootstrap(self, plan: debian.Bootstrap, part: Path) -> None:
        root = os.geteuid() == 0
        if _there("mmdebstrap"):
            self._run(plan, debian.mmdebstrap(plan, part, root=root), SECONDS)
        elif not _there("debootstrap"):
            raise errors.Failure(
                f"Debian {plan.suite} cannot be bootstrapped: this machine has neither mmdebstrap nor "
                f"debootstrap; run: sudo apt-get install mmdebstrap"
            )
        elif not root:
            raise errors.Failure(
                f"Debian {plan.suite} cannot be bootstrapped: debootstrap works for root only; "
                f"run scs with sudo, or: sudo apt-get install mmdebstrap"
            )
        else:
            self._bootstrap_folder(plan, part)

    def _bootstrap_folder(self, plan: debian.Bootstrap, part: Path) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._cache, prefix=f"{plan.name}.part-"))
        try:
            folder.chmod(0o755)
            self._run(plan, debian.debootstrap(plan, folder), SECONDS)
            (folder / "etc/apt/sources.list").write_text(plan.sources_list, encoding="ascii")
            self._run(plan, debian.pack(folder, part), PACK_SECONDS)
        finally:
            self._remove(folder)

    def _remove(self, left: Path) -> None:
        """Never through a mount that a killed bootstrap left there."""
        if left.is_dir():
            self._commands.run(("rm", "-rf", "--one-file-system", "--", str(left)), timeout=PACK_SECONDS)
        else:
            left.unlink(missing_ok=True)

    def _run(self, plan: debian.Bootstrap, argv: tuple[str, ...], timeout: float) -> None:
        if self._stop.is_set():
            raise errors.Interrupted
        done = self._commands.run(argv, timeout=timeout)
        if done.code and self._stop.is_set():  # whatever asked the run to stop may have ended the program too
            raise errors.Interrupted
        output = f"{done.stdout}{done.stderr}".strip()
        if done.code and any(words in output for words in FULL):
            work = {"TMPDIR": os.environ.get("TMPDIR") or "/tmp"} if argv[0] == "mmdebstrap" else {}
            raise _full(plan, {CACHE_VARIABLE: str(self._cache), **work}, output)
        if done.code:
            raise errors.Failure(
                f"Debian {plan.suite} could not be bootstrapped from {plan.repositories[0].uri} "
                f"({argv[0]}, exit code {done.code}): is that a suite of Debian, and does the mirror answer?",
                detail=output,
            )


def _there(program: str) -> bool:
    return programs.found(program) != ""


def _full(plan: debian.Bootstrap, folders: Mapping[str, str], detail: str = "") -> errors.Failure:
    """Of a disk that is full: of the folders that were written to, by the variable that moves each."""
    many = len(folders) > 1
    return errors.Failure(
        f"Debian {plan.suite} could not be bootstrapped: no space is left on the disk of "
        f"{' or of '.join(folders.values())}: make room there (1 GB is enough), or set {' and '.join(folders)} "
        f"to {'folders' if many else 'a folder'} on a larger disk",
        detail=detail,
    )


def _note(made: Path) -> Path:
    """Where the digest of a whole archive is written down."""
    return made.with_suffix(".sha256")


def _whole(made: Path, progress: Progress) -> bool:
    try:
        right = _note(made).read_text(encoding="ascii", errors="replace").strip() == _sha256(made)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise errors.Failure(f"{made} cannot be read: {error.strerror}") from error
    if not right:
        progress.say(f"{made} is damaged and is made again")
    return right


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text(encoding="utf-8", errors="replace")
    return ""
