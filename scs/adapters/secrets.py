"""Gets the values of secrets from files, variables, commands and age; keeps them in memory only."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, assert_never

from scs.adapters import replacing
from scs.contract import errors
from scs.contract.context import Commands
from scs.model.desired import Desired
from scs.model.secret import Encrypted, Fingerprint, FromCommand, FromFile, FromVariable, Secret

MAX_BYTES = 1024 * 1024
COMMAND_SECONDS = 60.0
KEY_BYTES = 32
FINGERPRINT_DIGITS = 16
SSH = b"-----BEGIN"


class HostSecrets:
    """Implements contract.secrets.Secrets. `key` is the file with the key of fingerprints, made when it is needed;

    `identity` the file with the key of age that is used unless a secret names another; `hide` is told every value.
    """

    def __init__(
        self,
        *,
        key: Path,
        identity: Path,
        environ: Mapping[str, str],
        commands: Commands,
        hide: Callable[[bytes], None],
    ) -> None:
        self._key = key
        self._identity = identity
        self._environ = environ
        self._commands = commands
        self._hide = hide
        self._known: dict[str, bytes] = {}
        self._key_known = b""
        self._lock = threading.Lock()

    def value(self, secret: Secret) -> bytes:
        with self._lock:
            if secret.name not in self._known:
                value = self._had(secret)
                self._hide(value)
                self._known[secret.name] = value
            return self._known[secret.name]

    def fingerprint(self, secret: Secret) -> Fingerprint:
        message = secret.name.encode() + b"\0" + self.value(secret)
        try:
            key = self._key_had()
        except OSError as error:
            raise errors.Failure(
                f"secret {secret.name}: the key of fingerprints {self._key} cannot be used ({error.strerror}): "
                f"{replacing.advice(error, 'run scs as root, or set SCS_STATE_DIR to a folder that you may write')}"
            ) from error
        if len(key) < KEY_BYTES:
            raise errors.Failure(
                f"secret {secret.name}: the key of fingerprints {self._key} is damaged: remove it, "
                f"and the containers that have secrets are made again"
            )
        return Fingerprint(hmac.new(key, message, hashlib.sha256).hexdigest()[:FINGERPRINT_DIGITS])

    def _key_had(self) -> bytes:
        with self._lock:
            self._key_known = self._key_known or _key(self._key)
            return self._key_known

    def _had(self, secret: Secret) -> bytes:
        try:
            value = self._got(secret)
        except errors.Interrupted:
            raise
        except errors.EffectError as error:
            # Without its detail, which may be what the command has printed.
            raise type(error)(f"secret {secret.name}: {error.why}") from None
        if not value:
            raise errors.Failure(f"secret {secret.name}: its value is empty")
        return value

    def _got(self, secret: Secret) -> bytes:
        source = secret.source
        match source:
            case FromFile(path=path):
                return _content(Path(path))
            case FromVariable(variable=variable):
                if variable not in self._environ:
                    raise errors.Failure(f"the environment variable {variable} is not set")
                return os.fsencode(self._environ[variable])
            case FromCommand(command=command):
                return self._printed(command)
            case Encrypted(text=text, identity=identity):
                return _decrypted(text, Path(identity) if identity else self._identity)
            case _:
                assert_never(source)

    def _printed(self, command: tuple[str, ...]) -> bytes:
        done = self._commands.run(command, timeout=COMMAND_SECONDS)
        if done.code != 0:
            said = done.stderr.strip().splitlines()
            raise errors.Failure(f"{command[0]} exited with {done.code}{f': {said[-1][:200]}' if said else ''}")
        return done.stdout.removesuffix("\n").removesuffix("\r").encode()


def readable_by_others(desired: Desired) -> Iterator[str]:
    """The files of used secrets that every user of the host may read."""
    used = {use.secret for one in desired.everything for use in one.secrets}
    for secret in desired.secrets:
        if secret.name in used and isinstance(secret.source, FromFile) and _open_to_all(Path(secret.source.path)):
            path = secret.source.path
            yield f"secret {secret.name}: every user of this host may read {path}; run: chmod go-rwx {path}"


def _open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH) and all(
            folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents
        )
    except OSError:
        return False


def _content(path: Path) -> bytes:
    try:
        # A pipe without a writer would block for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = file.read(MAX_BYTES + 1) or b""
    except FileNotFoundError as error:
        raise errors.Failure(f"{path} does not exist") from error
    except OSError as error:
        raise errors.Failure(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise errors.Failure(f"{path} is larger than 1 MiB")
    return content


def _decrypted(text: str, identity: Path) -> bytes:
    # A compiled library that has no types, and that few manifests need.
    age: Any = importlib.import_module("pyrage")
    key = _content(identity)
    try:
        if key.lstrip().startswith(SSH):
            keys = [age.ssh.Identity.from_buffer(key)]
        else:
            lines = (line.strip() for line in key.decode().splitlines())
            keys = [age.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        if not keys:
            raise errors.Failure(f"{identity} holds no key of age: make one with 'age-keygen -o {identity}'")
        return bytes(age.decrypt(text.strip().encode() + b"\n", keys))
    except (age.IdentityError, UnicodeDecodeError) as error:
        raise errors.Failure(f"{identity} holds no key that age can use") from error
    except age.DecryptError as error:
        raise errors.Failure(f"the key in {identity} does not decrypt it: encrypt it to this host's key") from error


def _key(path: Path) -> bytes:
    """The key in the file; a new one where there is none yet."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another run was quicker, and its key counts
            path.hardlink_to(made)
    finally:
        made.unlink(missing_ok=True)
    return path.read_bytes()
