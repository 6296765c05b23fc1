"""Reads manifests and the sources of images from this machine's disk; refuses what others could change."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
from collections.abc import Iterator
from typing import BinaryIO

from scs.adapters import ignore as ignoring
from scs.manifest.sources import Trouble
from scs.manifest.syntax import encoding
from scs.model.image import Source

MAX_BYTES = encoding.MAX_BYTES
MAX_ENTRIES = 100_000
IGNORE = ".dockerignore"
_CHUNK = 1024 * 1024
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class DiskSources:
    """Implements `manifest.sources.Sources`."""

    def absolute(self, path: str) -> str:
        return os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps "..", Path.resolve follows links

    def read(self, path: str) -> bytes | Trouble | None:
        try:
            with _opened(path) as file:
                found = os.fstat(file.fileno())
                refused = _not_a_file(found) or _writable(path, found) or _folder_writable(path)
                if refused is not None:
                    return refused
                content = file.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except IsADirectoryError:
            return Trouble(why="is a folder, not a file")
        except (OSError, ValueError) as error:
            return _trouble(error)
        if len(content) > MAX_BYTES:
            return Trouble(why="is larger than 1 MiB", hint="keep large content in files of its own")
        return content

    def tree(self, path: str, *, ignore: bool = False) -> tuple[Source, ...] | Trouble | None:
        try:
            # An image's own folder may be a link; of all else a link is what it is.
            found = os.stat(path) if ignore else os.lstat(path)  # noqa: PTH116 - a Path drops the / at its end
            is_folder = stat.S_ISDIR(found.st_mode)
            refused = _writable(path, found) or (None if is_folder else _folder_writable(path))
            if refused is not None:
                return refused
            if not is_folder:
                return (_source(path, "", found),)
            rules = self._rules(path) if ignore else None
            return tuple(sorted(_walk(path, rules), key=lambda source: source.path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except _TroubleError as error:
            return error.trouble
        except (OSError, ValueError) as error:
            return _trouble(error)

    def _rules(self, folder: str) -> ignoring.Ignore | None:
        content = self.read(os.path.join(folder, IGNORE))  # noqa: PTH118 - shown as it was given
        rules = ignoring.parsed(content) if isinstance(content, bytes) else content
        if isinstance(rules, Trouble):
            raise _held(IGNORE, rules)
        return rules


class _TroubleError(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.why)
        self.trouble = trouble


def _held(path: str, trouble: Trouble) -> _TroubleError:
    return _TroubleError(Trouble(why=f"holds {path}, which {trouble.why}", hint=trouble.hint))


def _opened(path: str) -> BinaryIO:
    # A pipe without a writer would block for ever.
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _trouble(error: OSError | ValueError) -> Trouble:
    if isinstance(error, PermissionError):
        return Trouble(why="may not be read by this user", hint="give this user the right to read it")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Trouble(why=f"cannot be read: {why[:1].lower()}{why[1:]}")


def _not_a_file(found: os.stat_result) -> Trouble | None:
    if stat.S_ISDIR(found.st_mode):
        return Trouble(why="is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        return Trouble(why=f"is {_KINDS.get(stat.S_IFMT(found.st_mode), 'special')}, not a file")
    return None


def _folder_writable(path: str) -> Trouble | None:
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - beside a path that is shown as it was given
    found = os.stat(folder)  # noqa: PTH116 - the same
    refused = _writable(folder, found)
    return None if refused is None else Trouble(why=f"lies in a folder that {refused.why}", hint=refused.hint)


def _writable(path: str, found: os.stat_result) -> Trouble | None:
    """Why others may change it: a manifest that anybody can write would let anybody run containers."""
    if stat.S_ISLNK(found.st_mode) or (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
        return None
    if found.st_mode & stat.S_IWOTH:
        return Trouble(why="everybody may write", hint=f"run: chmod o-w {path}")
    if found.st_mode & stat.S_IWGRP and found.st_gid not in {0, _group_of(found.st_uid)}:
        return Trouble(why=f"the group {_group_name(found.st_gid)} may write", hint=f"run: chmod g-w {path}")
    return None


def _group_of(uid: int) -> int | None:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return None


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _walk(root: str, rules: ignoring.Ignore | None) -> Iterator[Source]:
    count = 0
    folders = [("", root)]
    while folders:
        below, folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                count += 1
                if count > MAX_ENTRIES:
                    hint = "name the files that are needed, or leave some out with .dockerignore"
                    raise _TroubleError(Trouble(why=f"holds more than {MAX_ENTRIES} files", hint=hint))
                path = f"{below}/{_utf8(entry.name)}" if below else _utf8(entry.name)
                is_folder = entry.is_dir(follow_symlinks=False)
                if rules is not None and (rules.skips(path) if is_folder else rules.ignores(path)):
                    continue
                _checked_text(path)
                found = entry.stat(follow_symlinks=False)
                refused = _writable(entry.path, found)
                if refused is not None:
                    raise _held(path, refused)
                if is_folder:
                    folders.append((path, entry.path))
                else:
                    yield _source(entry.path, path, found)


def _source(origin: str, path: str, found: os.stat_result) -> Source:
    _checked_text(path or _utf8(origin))
    origin = os.path.abspath(origin)  # noqa: PTH100 - see `absolute`
    # As git keeps them: whoever clones under another umask gets the same image.
    mode = 0o755 if found.st_mode & 0o111 else 0o644
    if stat.S_ISLNK(found.st_mode):
        link = _utf8(os.readlink(origin))  # noqa: PTH115 - the text of the link, not a path
        _checked_text(link)
        # Linux keeps no permission bits for links; a fixed number keeps the digest equal everywhere.
        return Source(path=path, mode=0o777, sha256=_sha256(link.encode()), link=link, origin=origin)
    if not stat.S_ISREG(found.st_mode):
        what = _KINDS.get(stat.S_IFMT(found.st_mode), "special")
        where = f"holds {path}, which is {what}" if path else f"is {what}"
        hint = "only files, folders and links can be used"
        raise _TroubleError(Trouble(why=f"{where}, not a file", hint=hint))
    digest = hashlib.sha256()
    with _opened(origin) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return Source(path=path, mode=mode, sha256=digest.hexdigest(), origin=origin)


def _utf8(name: str) -> str:
    """A name as UTF-8 whatever the locale, so that digests are the same everywhere."""
    return os.fsencode(name).decode(errors="surrogateescape")


def _checked_text(name: str) -> None:
    if not name.isprintable():
        shown = name.encode(errors="surrogateescape").decode(errors="backslashreplace")
        shown = shown.encode("unicode_escape").decode() if not shown.isprintable() else shown
        why = f"holds the name {shown}, which cannot be shown"
        raise _TroubleError(Trouble(why=why, hint="rename the file"))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
