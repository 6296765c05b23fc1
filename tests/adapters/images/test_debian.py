"""Which mirror a base comes from, and how it is bootstrapped. What apt prints was recorded from Debian and Ubuntu."""

from __future__ import annotations

from pathlib import Path

import pytest

from scs.adapters.images import debian
from scs.contract import errors

MIRROR = "http://mirror.example/debian"
PACKAGES = "'{0}/dists/{1}/{2}/binary-amd64/Packages.xz' x_Packages 0 "


def printed(*rows: tuple[str, str, str]) -> str:
    """What apt prints for (address, suite, component)."""
    release = "'{0}/dists/{1}/InRelease' x_InRelease 0 "
    return "\n".join(line.format(*row) for row in rows for line in (release, PACKAGES))


def chosen(suite: str, *rows: tuple[str, str, str], file: str = "") -> list[str]:
    return [str(one) for one in debian.repositories(suite, printed(*rows), lambda path: file)]


DEFAULT = [
    "deb http://deb.debian.org/debian bookworm main",
    "deb http://deb.debian.org/debian bookworm-updates main",
    "deb http://deb.debian.org/debian-security bookworm-security main",
]


def test_a_machine_with_the_suite_gives_exactly_what_it_has() -> None:
    rows = [(MIRROR, "bookworm", "main"), (f"{MIRROR}-security", "bookworm-security", "main")]
    assert chosen("bookworm", *rows) == [
        f"deb {MIRROR} bookworm main",
        f"deb {MIRROR}-security bookworm-security main",
    ]


def test_a_machine_with_another_suite_of_debian_gives_its_mirror() -> None:
    assert chosen("bookworm", (MIRROR, "trixie", "main")) == [
        f"deb {MIRROR} bookworm main",
        f"deb {MIRROR} bookworm-updates main",
        "deb http://deb.debian.org/debian-security bookworm-security main",
    ]


def test_a_machine_without_debian_gives_nothing() -> None:
    assert chosen("bookworm", ("http://archive.ubuntu.com/ubuntu", "noble", "main")) == DEFAULT
    assert chosen("bookworm") == DEFAULT


def test_other_vendors_with_a_suite_of_the_same_name_are_not_debian() -> None:
    docker = ("https://download.docker.com/linux/debian", "bookworm", "stable")
    vendor = ("https://apt.vendor.example", "bookworm", "main")
    assert chosen("bookworm", docker, vendor, (MIRROR, "bookworm", "main")) == [f"deb {MIRROR} bookworm main"]
    assert chosen("trixie", docker)[0] == "deb http://deb.debian.org/debian trixie main"


def test_a_list_of_mirrors_gives_its_first_usable_one() -> None:
    listed = ("mirror+file:/etc/apt/mirrors/debian.list", "bookworm", "main")
    found = chosen("bookworm", listed, file="ftp://a/debian\n\nhttps://cdn.example/debian priority:1\n")
    assert found == ["deb https://cdn.example/debian bookworm main"]
    assert chosen("bookworm", listed) == DEFAULT


def test_a_mirror_with_a_password_stays_out_of_images() -> None:
    assert chosen("bookworm", ("https://me:secret@host/debian", "bookworm", "main")) == DEFAULT


def test_a_rolling_suite_has_nothing_beside_it() -> None:
    assert chosen("sid") == ["deb http://deb.debian.org/debian sid main"]


@pytest.mark.parametrize("suite", ["", "a b", "../x", "-x", "Bookworm", "a\nb"])
def test_what_cannot_be_a_suite_is_refused(suite: str) -> None:
    with pytest.raises(errors.Failure) as caught:
        debian.checked(suite)
    assert caught.value.why == f"{suite!r} cannot be a Debian suite: write its code name, such as bookworm"


def plan(uri: str = MIRROR) -> debian.Bootstrap:
    return debian.Bootstrap(
        suite="bookworm",
        repositories=(debian.Repository(uri=uri, suite="bookworm"),),
        keyring="/k.gpg",
        architecture="x86_64",
    )


def test_mmdebstrap_writes_the_archive_without_what_is_of_this_machine() -> None:
    assert debian.mmdebstrap(plan(), Path("/c/a.part"), root=True) == (
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        "--keyring=/k.gpg",
        '--aptopt=Acquire::Retries "3"',
        '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
        "bookworm",
        "/c/a.part",
        "deb http://mirror.example/debian bookworm main",
    )
    assert debian.mmdebstrap(plan(), Path("/c"), root=False)[1] == "--mode=unshare"


def test_debootstrap_fills_a_folder_that_is_packed_afterwards() -> None:
    assert debian.debootstrap(plan(), Path("/c/d")) == (
        *("debootstrap", "--variant=minbase", "--keyring=/k.gpg", "bookworm", "/c/d", MIRROR),
    )
    assert debian.pack(Path("/c/d"), Path("/c/a"))[:4] == ("tar", "--create", "--file=/c/a", "--directory=/c/d")


def test_a_mirror_by_https_brings_the_certificates_that_apt_needs() -> None:
    secure = plan("https://mirror.example/debian")
    assert "--include=ca-certificates" in debian.mmdebstrap(secure, Path("/c"), root=True)
    assert "--include=ca-certificates" in debian.debootstrap(secure, Path("/c"))


def test_archives_of_different_origin_have_different_names() -> None:
    assert plan().name != plan("http://other.example/debian").name
    assert plan().name.startswith("debian-bookworm-x86_64-")
