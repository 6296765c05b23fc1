"""The run folder on the host's tmpfs: what containers see as `/run/scs`, and scs's own notes beside it.

ROOT/ENVIRONMENT/SERVICE/CONTAINER/inside/requires/NAME.json   mounted read-only at /run/scs
ROOT/ENVIRONMENT/SERVICE/CONTAINER/inside/secrets/PATH         the same; then CONTAINER is closed to others
ROOT/ENVIRONMENT/SERVICE/CONTAINER/told/NAME                   digest of the endpoints last told
ROOT/ENVIRONMENT/SERVICE/CONTAINER/files/NAME                  digest and path of a file last put into it
ROOT/ENVIRONMENT/SERVICE/CONTAINER/verified                    id of the container whose checks have passed
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from scs.adapters import replacing
from scs.contract import errors
from scs.contract.delivery import SecretFile
from scs.model.identity import Digest, Identity
from scs.model.observed import RunFolder, Told
from scs.model.service import told as told_data

ONE_OFF = re.compile(r"-run-[0-9a-f]{6}$")
REMEDY = (
    "scs keeps there what containers see as /run/scs; run scs as root, "
    "or set SCS_RUN_DIR to a folder that you may write"
)


class TmpfsDelivery:
    """Implements contract.delivery.Delivery below a folder of the host."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, identity: Identity) -> RunFolder:
        told: dict[tuple[str, str], Digest] = {}
        files: dict[tuple[str, str], Digest] = {}
        verified: set[str] = set()
        for folder in _entries(self._root / identity.environment / identity.service):
            for note in _notes(folder / "told"):
                told[folder.name, note.name] = Digest(_text(note))
            for note in _notes(folder / "files"):
                file, _, path = _text(note).partition("\n")
                files[folder.name, path] = Digest(file)
            verified.add(_text(folder / "verified"))
        return RunFolder(told=told, files=files, verified=frozenset(verified - {""}))

    def folder(self, identity: Identity, container: str) -> str:
        inside = self._of(identity, container) / "inside"
        _make(inside)
        _make(inside / "requires")
        return str(inside)

    def above(self, identity: Identity) -> str:
        return str(self._root.resolve() / identity.environment / identity.service)

    def deliver(self, identity: Identity, container: str, told: Iterable[Told]) -> None:
        requires = Path(self.folder(identity, container)) / "requires"
        for one in told:
            text = json.dumps(told_data(one.requirement, one.endpoints), indent=1, sort_keys=True)
            _replace(requires / f"{one.requirement}.json", text + "\n")

    def deliver_secrets(self, identity: Identity, container: str, files: Iterable[SecretFile]) -> None:
        folder = Path(self.folder(identity, container)) / "secrets"
        # Inside the container any user may have to pass; on the host nobody but scs and the engine gets this far.
        _make(self._of(identity, container), 0o700)
        for one in files:
            for above in reversed(Path(one.path).parents):
                _make(folder / above)
            _replace_secret(folder / one.path, one)

    def has_secrets(self, identity: Identity, container: str) -> bool:
        return bool(_entries(self._of(identity, container) / "inside" / "secrets"))

    def remember_told(self, identity: Identity, container: str, requirement: str, endpoints: Digest) -> None:
        _replace(self._of(identity, container) / "told" / requirement, endpoints)

    def remember_file(self, identity: Identity, container: str, path: str, file: Digest) -> None:
        # A path is no name of a file, and may be longer than one.
        name = hashlib.sha256(path.encode()).hexdigest()
        _replace(self._of(identity, container) / "files" / name, f"{file}\n{path}")

    def remember_verified(self, identity: Identity, container: str, container_id: str) -> None:
        _replace(self._of(identity, container) / "verified", container_id)

    def forget_verified(self, identity: Identity, container: str) -> None:
        note = self._of(identity, container) / "verified"
        try:
            note.unlink(missing_ok=True)
        except OSError as error:
            raise errors.Failure(f"{note} cannot be removed ({error.strerror}): {REMEDY}") from error

    def forget(self, identity: Identity, container: str) -> None:
        shutil.rmtree(self._of(identity, container), ignore_errors=True)

    def keep_only(self, identity: Identity, containers: Collection[str]) -> None:
        for folder in _entries(self._root / identity.environment / identity.service):
            if folder.name not in containers and not ONE_OFF.search(folder.name):
                shutil.rmtree(folder, ignore_errors=True)

    def _of(self, identity: Identity, container: str) -> Path:
        return self._root / identity.environment / identity.service / container


def _entries(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(sorted(folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise errors.Failure(f"{folder} cannot be read ({error.strerror}): {REMEDY}") from error


def _notes(folder: Path) -> tuple[Path, ...]:
    return tuple(one for one in _entries(folder) if not one.name.startswith(replacing.NEW))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _make(folder: Path, mode: int = 0o755) -> None:
    """Readable by every user of a container, whatever the umask."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    except OSError as error:
        raise errors.Failure(
            f"{folder} cannot be made ({error.strerror}): {replacing.advice(error, REMEDY)}"
        ) from error


def _replace_secret(path: Path, secret: SecretFile) -> None:
    try:
        replacing.replace(path, secret.content, mode=secret.mode, owner=(secret.uid, secret.gid))
    except PermissionError as error:
        raise errors.Failure(
            f"{path} cannot be given to user {secret.uid} of the container ({error.strerror}): run scs as root"
        ) from error
    except OSError as error:
        raise errors.Failure(
            f"{path} cannot be written ({error.strerror}): {replacing.advice(error, REMEDY)}"
        ) from error


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)  # the mode of one that is there may guard secrets
        replacing.replace(path, text.encode(), mode=0o644)
    except OSError as error:
        raise errors.Failure(
            f"{path} cannot be written ({error.strerror}): {replacing.advice(error, REMEDY)}"
        ) from error
