"""Finds, makes, checks and opens the file of the history, and sets a damaged one aside; knows none of its tables."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from scs.adapters.history import SCHEMA, VERSION, SqliteHistory
from scs.contract.journal import Trouble

NAME = "history.db"
BUSY_SECONDS = 10.0
"""How long to wait while another process writes."""
BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps under the name of the file."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
OTHERS = stat.S_IWGRP | stat.S_IWOTH


class _DamagedError(Exception):
    """What is in the file is no database, or no longer one."""


def to_write(folder: Path, *, set_aside: Callable[[str], None] | None) -> SqliteHistory:
    """The history in this folder, made where there is none. Raises Trouble.

    A damaged one is set aside, which `set_aside` is told in one line, and a new one begun; without it, it is Trouble.
    """
    path = folder / NAME
    try:
        _make(path)
        try:
            return _opened_to_write(path)
        except _DamagedError as damaged:
            if set_aside is None:
                raise Trouble(f"the history {path} is damaged ({damaged}): move it away") from damaged
            aside = _set_aside(path)
            set_aside(
                f"the history {path} is damaged ({damaged}): it was set aside as {aside.name}, and a new one begun"
            )
            _make(path)
            return _opened_to_write(path)
    except OSError as error:
        why = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    except (sqlite3.Error, _DamagedError) as error:
        why = str(error)
    advice = "make room and let scs write there, or set SCS_STATE_DIR to a folder where it may"
    raise Trouble(f"the history {path} cannot be written ({why}): {advice}")


def to_read(folder: Path) -> SqliteHistory:
    """The history in this folder, an empty one where nothing was recorded yet. Changes nothing. Raises Trouble."""
    path = folder / NAME
    try:
        _only_ours(path)
        return _opened_to_read(path)
    except FileNotFoundError:
        return _nothing(path)
    except PermissionError as error:
        raise Trouble(f"the history {path} may not be read by this user: run scs as the user who applies") from error
    except OSError as error:
        raise Trouble(f"the history {path} cannot be read ({error.strerror})") from error
    except sqlite3.Error as error:
        if not _is_damage(error):
            raise Trouble(f"the history {path} cannot be read ({error})") from error
        remedy = "the next apply that changes something sets it aside and begins a new one"
        raise Trouble(f"the history {path} is damaged ({error}): {remedy}") from error


def _make(path: Path) -> None:
    """The file, whole from its first moment on: while others have it open, SQLite does not wait to change to WAL."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.path.lexists(path):
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as aside:
            new = Path(aside) / path.name
            new.touch(mode=0o600)
            with closing(_connected(f"{new.absolute().as_uri()}?mode=rw")) as connection:
                _prepare(connection, new)
            with suppress(FileExistsError):
                path.hardlink_to(new)
    os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW))
    _only_ours(path)


def _only_ours(path: Path) -> None:
    """What others can write must not come to be applied by `scs rollback`."""
    for one in (path.parent, path):
        found = one.lstat()
        if found.st_uid not in (0, os.geteuid()):
            raise Trouble(f"{one}, which holds the history, belongs to another user: run: chown {os.geteuid()} {one}")
        if found.st_mode & OTHERS:
            raise Trouble(f"others may write {one}, which holds the history: run: chmod go-w {one}")


def _opened_to_write(path: Path) -> SqliteHistory:
    connection = _connected(f"{path.absolute().as_uri()}?mode=rw")
    try:
        _prepare(connection, path)
    except BaseException as error:
        connection.close()
        if _is_damage(error):
            raise _DamagedError(str(error)) from error
        raise
    return SqliteHistory(connection, str(path))


def _is_damage(error: BaseException) -> bool:
    """By the primary code; SQLite tells kinds of damage apart in the bits above it."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection, path)
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise _DamagedError("database disk image is malformed")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version == 0:
        _make_tables(connection)


def _make_tables(connection: sqlite3.Connection) -> None:
    """In one transaction, and once where two come at the same time."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _opened_to_read(path: Path) -> SqliteHistory:
    """On a file system that is read-only, SQLite wants to be told that nobody writes."""
    try:
        return _read_as(path, "mode=ro")
    except sqlite3.OperationalError:
        return _read_as(path, "mode=ro&immutable=1")


def _read_as(path: Path, mode: str) -> SqliteHistory:
    connection = _connected(f"{path.absolute().as_uri()}?{mode}")
    try:
        version = _version(connection, path)
    except BaseException:
        connection.close()
        raise
    if version:
        return SqliteHistory(connection, str(path))
    connection.close()  # made, and not written yet
    return _nothing(path)


def _nothing(path: Path) -> SqliteHistory:
    connection = _connected("file::memory:")
    _make_tables(connection)
    return SqliteHistory(connection, str(path))


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise Trouble(
            f"the history {path} was written by a newer scs (schema {version}, this one knows {VERSION}): "
            f"update scs, or move the file away"
        )
    return version


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    for end in BESIDE:
        if (old := Path(f"{path}{end}")).exists():
            old.rename(f"{aside}{end}")
    return aside
