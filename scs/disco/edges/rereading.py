"""Files that are read again when they change: tokens and certificates. A file that cannot be used changes nothing."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scs.disco.edges.serving import CannotServe, Serving
from scs.disco.sessions import tokens
from scs.disco.sessions.tokens import Tokens

EVERY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files. With `client_ca`, only who shows a certificate of it may connect."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def context(files: TlsFiles) -> ssl.SSLContext:
    """Raises CannotServe."""
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        load(ours, files)
        if files.client_ca is not None:
            ours.load_verify_locations(files.client_ca)
            ours.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:
        raise CannotServe(
            f"cannot use the certificate {files.certificate} with the key {files.key}: {_said(error)}"
        ) from None
    return ours


def load(ours: ssl.SSLContext, files: TlsFiles) -> None:
    """New connections use what is in the files now."""
    ours.load_cert_chain(files.certificate, files.key, password=_no_password)


def _no_password() -> str:
    # Otherwise OpenSSL would ask whoever sits at the terminal, and everybody would wait.
    raise ValueError("the key is encrypted; a server has nobody to ask for its password")


def read_tokens(path: Path) -> Tokens:
    """Raises CannotServe."""
    try:
        return tokens.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotServe(f"cannot read the tokens {path}: {_said(error)}") from None
    except tokens.Invalid as error:
        raise CannotServe(f"cannot use the tokens {path}: {error}") from None


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def stamp(*paths: Path) -> tuple[object, ...]:
    """Other when one of the files is, or was put in place of another."""
    found: list[object] = []
    for path in paths:
        try:
            about = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(found)


class Watched:
    """Some files, and what is to be done when they are other."""

    def __init__(self, paths: tuple[Path, ...], again: Callable[[], None]) -> None:
        self._paths, self._again = paths, again
        self._stamp = stamp(*paths)

    def look(self, serving: Serving) -> None:
        now = stamp(*self._paths)
        if now == self._stamp:
            return
        self._stamp = now
        called = " and ".join(map(str, self._paths))
        try:
            self._again()
        except (CannotServe, OSError, ValueError) as error:
            serving.note("warning", f"{called} changed and cannot be used, what was there before stays: {error}")
        else:
            serving.note("info", f"{called} changed and was read again")


class Admission:
    """The tokens of a server: read, read again, and looked at once more when one of them expires."""

    def __init__(self, path: Path, serving: Serving) -> None:
        self._path, self._serving = path, serving
        self._expires: float | None = None

    def read(self) -> None:
        self._use(read_tokens(self._path))

    def _use(self, found: Tokens) -> None:
        wall = time.time()
        self._serving.core.use_tokens(self._serving.now(), found, wall=wall)
        self._serving.flush()
        later = [one.expires for one in found.tokens if one.expires is not None and one.expires > wall]
        self._expires = min(later, default=None)

    def look(self) -> None:
        if self._expires is not None and time.time() >= self._expires:
            self._use(self._serving.core.hub.tokens)


async def watch(serving: Serving, files: list[Watched], admission: Admission | None) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        for one in files:
            one.look(serving)
        if admission is not None:
            admission.look()
