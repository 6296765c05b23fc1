"""The images of the bed: the same everywhere, made once, kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.testbed import commands, images
from tests.testbed.host import Host

TAG = "scs-test/kept:1"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for this test alone."""
    monkeypatch.setenv("SCS_TEST_CACHE", str(tmp_path))
    return tmp_path


def _id(host: Host, tag: str) -> str:
    return host.docker("image", "inspect", "--format", "{{.Id}}", tag)


def test_the_small_image_is_the_same_whenever_it_is_made(host: Host, cache: Path) -> None:
    before = _id(host, images.BUSYBOX)
    host.docker("image", "rm", images.BUSYBOX)
    images.load(host, images.BUSYBOX, images.busybox())
    assert _id(host, images.BUSYBOX) == before
    assert [path.name for path in cache.glob("*.part")] == []


def test_the_small_image_has_the_commands_of_busybox(host: Host) -> None:
    shown = host.docker("run", "--rm", "bb:1", "sh", "-c", "id -un && ls -d /tmp && which httpd")
    assert shown.splitlines() == ["root", "/tmp", "/usr/sbin/httpd"]


def test_the_base_image_is_a_debian_that_can_install(host: Host) -> None:
    tag = images.base_image(host)
    shown = host.docker("run", "--rm", tag, "sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME; apt-get -v")
    assert shown.startswith("bookworm\napt ")


def test_an_image_is_built_once_and_loaded_into_other_hosts(
    hosts: Callable[[int], tuple[Host, ...]], cache: Path
) -> None:
    one, two = hosts(2)
    built: list[str] = []

    def build_in(host: Host) -> Callable[[], object]:
        def build() -> None:
            built.append(host.name)
            host.docker("run", "--name", "source", "bb:1", "touch", "/made")
            host.docker("commit", "source", TAG)

        return build

    try:
        for host in (one, two, one):
            assert images.cached_image(host, TAG, build_in(host)) == TAG
        assert built == [one.name]
        assert _id(one, TAG) == _id(two, TAG)
    finally:
        for host in (one, two):
            host.docker("image", "rm", "--force", TAG)


def test_a_build_that_makes_another_image_is_refused_and_not_kept(host: Host, cache: Path) -> None:
    with pytest.raises(commands.BedError, match="the build was to make the image scs-test/kept:1, and did not"):
        images.cached_image(host, TAG, lambda: None)
    assert list(cache.glob("*.tar")) == []


def test_the_mirror_is_a_place_of_packages() -> None:
    assert images.mirror().startswith("http")
