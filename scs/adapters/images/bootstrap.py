"""Makes the archive of a Debian base once and keeps it for the next engine; gives it to none."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scs.adapters.images import debian
from scs.contract import errors
from scs.contract.context import Commands, Progress

SECONDS = 3600.0
PACK_SECONDS = 600.0
POLL_SECONDS = 0.2
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
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
        with self._locked(made.with_suffix(".lock"), suite, progress):
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

    @contextmanager
    def _locked(self, path: Path, suite: str, progress: Progress) -> Iterator[None]:
        handle = _open(path)
        told = False
        try:
            while not _lock(handle):
                if not told:
                    progress.say(f"waiting for another run that bootstraps Debian {suite}")
                told = True
                if self._stop.wait(POLL_SECONDS):
                    raise errors.Interrupted
            yield
        finally:
            os.close(handle)

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
        if done.code:
            raise errors.Failure(
                f"Debian {plan.suite} could not be bootstrapped from {plan.repositories[0].uri} "
                f"({argv[0]}, exit code {done.code}): is that a suite of Debian, and does the mirror answer?",
                detail=f"{done.stdout}{done.stderr}".strip(),
            )


def _there(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}") is not None


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


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise errors.Failure(
            f"{path} cannot be opened ({error.strerror}): base images are cached there; "
            f"run scs as root, or set SCS_STATE_DIR to a folder that you may write"
        ) from error


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
