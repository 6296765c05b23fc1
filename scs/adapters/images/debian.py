"""Which repositories a Debian base comes from, and the commands that bootstrap it; pure, runs none of them.

What the machine's apt is configured with is read from `apt-get update --print-uris`, which knows every format
of its sources and needs neither root nor downloaded lists.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scs.contract import errors

ASK = ("apt-get", "update", "--print-uris")
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
COMPONENT = "main"
ROLLING = {"sid", "unstable", "experimental"}
"""Suites that have neither updates nor security fixes of their own."""
KNOWN = {"bullseye", "bookworm", "trixie", "forky", "oldstable", "stable", "testing"} | ROLLING
_SUITE = re.compile(r"[a-z][a-z0-9-]*")
_PACKAGES = re.compile(rf"'(.+?)/dists/(.+)/{COMPONENT}/binary-[a-z0-9]+/Packages[.a-z0-9]*' ")
_MIRROR_FILE = re.compile(r"mirror\+file:(?://)?(/.*)")
FORMAT = 1
"""Goes into the name of cached archives: a new way to make them makes them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    uri: str
    suite: str

    def __str__(self) -> str:
        return f"deb {self.uri} {self.suite} {COMPONENT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Everything that decides what a base is made of. The first repository is the suite's own."""

    suite: str
    repositories: tuple[Repository, ...]
    keyring: str
    architecture: str

    @property
    def include(self) -> tuple[str, ...]:
        """Packages without which apt could not use the repositories."""
        secure = any(repository.uri.startswith("https:") for repository in self.repositories)
        return ("ca-certificates",) if secure else ()

    @property
    def sources_list(self) -> str:
        return "".join(f"{repository}\n" for repository in self.repositories)

    @property
    def name(self) -> str:
        """The name of its archive in the cache."""
        key = hashlib.sha256(json.dumps([FORMAT, asdict(self)], sort_keys=True).encode()).hexdigest()[:12]
        return f"debian-{self.suite}-{self.architecture}-{key}"


def checked(suite: str) -> str:
    """The suite, unchanged. Raises Failure for what cannot be one."""
    if not _SUITE.fullmatch(suite):
        raise errors.Failure(f"{suite!r} cannot be a Debian suite: write its code name, such as bookworm")
    return suite


def repositories(suite: str, printed: str, read: Callable[[str], str]) -> tuple[Repository, ...]:
    """The repositories of the suite on the mirror that apt printed, else on Debian's own.

    `read` gives the text of a file that lists mirrors, empty when it cannot be read. A machine with the suite
    decides which of updates and security fixes there are; for others both are added.
    """
    configured = tuple(dict.fromkeys(_configured(printed, read)))
    wanted = (suite,) if suite in ROLLING else (suite, f"{suite}-updates", f"{suite}-security")
    own = [_best(configured, one) for one in wanted]
    if own[0] is not None:
        return tuple(one for one in own if one is not None)
    mirror = next((one.uri for one in configured if one.suite in KNOWN and _is_debian(one)), MIRROR)
    fixes = next((one.uri for one in configured if one.uri.endswith("/debian-security")), SECURITY)
    return tuple(Repository(uri=fixes if one.endswith("-security") else mirror, suite=one) for one in wanted)


def _configured(printed: str, read: Callable[[str], str]) -> Iterator[Repository]:
    for line in printed.splitlines():
        found = _PACKAGES.match(line)
        uri = _usable(found[1], read) if found else ""
        if found and uri:
            yield Repository(uri=uri.rstrip("/"), suite=found[2])


def _usable(uri: str, read: Callable[[str], str]) -> str:
    """An address that works inside a container too and says no password; empty when there is none."""
    listed = _MIRROR_FILE.fullmatch(uri)
    candidates = [line.split() for line in read(listed[1]).splitlines()] if listed else [[uri]]
    for words in candidates:
        parts = urlsplit(words[0]) if words else None
        if parts and parts.scheme in ("http", "https") and "@" not in parts.netloc:
            return words[0]
    return ""


def _best(configured: tuple[Repository, ...], suite: str) -> Repository | None:
    """Other vendors' repositories may have a suite of the same name; Debian's are called debian."""
    found = sorted((one for one in configured if one.suite == suite), key=lambda one: not _is_debian(one))
    return found[0] if found else None


def _is_debian(repository: Repository) -> bool:
    return repository.uri.rsplit("/", 1)[-1] in ("debian", "debian-security")


def mmdebstrap(plan: Bootstrap, archive: Path, *, root: bool) -> tuple[str, ...]:
    """Writes the archive. What it takes from this machine (its name, its resolver) is left out."""
    return (
        "mmdebstrap",
        f"--mode={'root' if root else 'unshare'}",
        "--variant=minbase",
        "--format=tar",
        f"--keyring={plan.keyring}",
        '--aptopt=Acquire::Retries "3"',
        *(f"--include={package}" for package in plan.include),
        '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
        plan.suite,
        str(archive),
        *map(str, plan.repositories),
    )


def debootstrap(plan: Bootstrap, folder: Path) -> tuple[str, ...]:
    """Fills the folder. It knows one repository only; `sources_list` has to be written into it afterwards."""
    return (
        "debootstrap",
        "--variant=minbase",
        f"--keyring={plan.keyring}",
        *(f"--include={package}" for package in plan.include),
        plan.suite,
        str(folder),
        plan.repositories[0].uri,
    )


def pack(folder: Path, archive: Path) -> tuple[str, ...]:
    """Makes the archive of what debootstrap left, without what it downloaded and what is of this machine."""
    left_out = (
        "./proc/*",
        "./sys/*",
        "./var/cache/apt/archives/*.deb",
        "./var/cache/apt/*.bin",
        "./var/lib/apt/lists/*",
        "./var/log/bootstrap.log",
        "./etc/resolv.conf",
        "./etc/hostname",
    )
    return (
        "tar",
        "--create",
        f"--file={archive}",
        f"--directory={folder}",
        "--numeric-owner",
        "--xattrs",
        "--one-file-system",
        *(f"--exclude={path}" for path in left_out),
        ".",
    )
