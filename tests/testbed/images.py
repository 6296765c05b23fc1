"""The images of the test bed, kept as archives between runs: where they come from, and how engines get them.

The cache is outside of the tree and may be deleted at any time. What was not used for two weeks leaves it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tests.testbed import archives, claims, commands

BUSYBOX = "bb:1"
DEBIAN = "debian:bookworm"
MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
KEPT_UNUSED = 14 * 24 * 3600.0

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ACCOUNTS = b"""root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/:/bin/false
nobody:x:65534:65534:nobody:/:/bin/false
"""
GROUPS = b"root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n"


class Engine(Protocol):
    """The one thing that is asked of a host here."""

    def docker(self, *args: str, input: str | None = None, timeout: float = 120) -> str: ...


def cache() -> Path:
    """The folder of the archives."""
    folder = Path(os.environ.get("SCS_TEST_CACHE") or Path.home() / ".cache/scs-tests")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def has(host: Engine, tag: str) -> bool:
    """Whether an engine has an image of that name."""
    return bool(host.docker("image", "ls", "--quiet", tag))


def load(host: Engine, tag: str, archive: Path) -> str:
    """See to it that an engine has the image of an archive; its name."""
    if not has(host, tag):
        host.docker("image", "load", "--quiet", "--input", str(archive), timeout=600)
    return tag


def base_image(host: Engine) -> str:
    """See to it that an engine has a plain Debian bookworm; its name."""
    return load(host, DEBIAN, debian())


def cached_image(host: Engine, tag: str, build: Callable[[], object]) -> str:
    """See to it that an engine has an image, which `build` makes there when no run before has; its name.

    The name is the key: it must change with the content, as names with a digest do.
    """
    if not has(host, tag):
        load(host, tag, _kept(tag, lambda archive: _build_and_save(host, tag, build, archive)))
    return tag


def _build_and_save(host: Engine, tag: str, build: Callable[[], object], archive: Path) -> None:
    build()
    if not has(host, tag):
        raise commands.BedError(f"the build was to make the image {tag}, and did not")
    host.docker("image", "save", "--output", str(archive), tag, timeout=600)


def busybox() -> Path:
    """The archive of `bb:1`: Debian's static busybox with a link for each of its commands."""
    return _kept(BUSYBOX, _make_busybox, _recipe())


def debian() -> Path:
    """The archive of a minimal Debian bookworm."""
    return _kept(DEBIAN, _make_debian, _recipe())


def _recipe() -> bytes:
    """What decides what this module makes: its own text and that of the archives' writer."""
    return b"".join(Path(source).read_bytes() for source in (__file__, archives.__file__))


def _kept(tag: str, make: Callable[[Path], None], recipe: bytes = b"") -> Path:
    """The archive of an image, made when it is missing: by one process at a time, and whole or not at all."""
    readable = re.sub(r"[^a-z0-9]+", "-", tag.lower())[-60:].strip("-")
    archive = cache() / f"{readable}-{hashlib.sha256(tag.encode() + recipe).hexdigest()[:12]}.tar"
    with claims.locked(archive.with_suffix(".lock")):
        if not archive.exists():
            _forget_unused()
            part = archive.with_suffix(".part")
            part.unlink(missing_ok=True)
            make(part)
            part.replace(archive)
        os.utime(archive)
    return archive


def _forget_unused() -> None:
    """Make room: archives of which no run has asked for long."""
    limit = time.time() - KEPT_UNUSED
    for archive in cache().glob("*.tar"):
        if archive.stat().st_mtime < limit:
            archive.unlink(missing_ok=True)


def _make_busybox(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files = _download("busybox-static", folder)
        (binary,) = files.glob("**/bin/busybox")  # in newer releases below /usr
        layer = folder / "layer.tar"
        commands_ = commands.check([str(binary), "--list-full"]).split()
        archives.tree(
            layer,
            folders="bin sbin usr usr/bin usr/sbin etc root:700 tmp:1777 var run",
            files={
                "bin/busybox": binary,
                "etc/passwd": ACCOUNTS,
                "etc/group": GROUPS,
                "etc/nsswitch.conf": b"hosts: files dns\n",
            },
            links={path: "/bin/busybox" for path in commands_ if path != "bin/busybox"},
        )
        archives.image(archive, tag=BUSYBOX, layer=layer, architecture=_architecture())


def _download(package: str, folder: Path) -> Path:
    """The unpacked files of a package of the machine's own distribution; nothing is installed."""
    apt = ["env", f"--chdir={folder}", "apt-get", "-qq", "-o", "APT::Sandbox::User=root"]
    fetch = [*apt, "download", package]
    try:
        commands.check(fetch, timeout=120)
    except commands.BedError:  # the lists are missing, or older than what the mirror still has
        commands.check(["apt-get", "-qq", "update"], timeout=300)
        commands.check(fetch, timeout=120)
    files = folder / "files"
    commands.check(["dpkg-deb", "--extract", *map(str, folder.glob("*.deb")), str(files)])
    return files


def _make_debian(archive: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache()) as made:
        layer = Path(made) / "layer.tar"
        argv = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", f"--keyring={KEYRING}"]
        commands.check([*argv, "bookworm", str(layer), mirror()], timeout=900)
        archives.image(archive, tag=DEBIAN, layer=layer, architecture=_architecture())


def mirror() -> str:
    """The Debian mirror that the machine's apt is configured with, else Debian's own."""
    shown = commands.check(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"])
    found = [line for line in shown.splitlines() if re.fullmatch(r"https?://.*/debian/?", line)]
    return found[0] if found else MIRROR


def _architecture() -> str:
    machine = platform.machine()
    return ARCHITECTURES.get(machine, machine)
