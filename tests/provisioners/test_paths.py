"""Which paths a manifest may name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioners import paths
from scs.model.problem import InvalidSpec


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(InvalidSpec) as caught:
        paths.absolute(text, "path")
    assert caught.value.option == "path"
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("path", ["/srv", "/srv/blog/db", "/srv/a b", "/srv/größe", "/srv/.hidden"])
def test_a_normal_absolute_path_is_taken_as_it_is(path: str) -> None:
    assert paths.absolute(path, "path") == path


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("srv/db", "'srv/db' is not an absolute path", "begin it with /"),
        ("~/db", "'~/db': '~' is not expanded", "write '{{ env.HOME }}'"),
        ("/srv/db/", "'/srv/db/' is not the shortest form of the path", "write /srv/db"),
        ("/srv//db", "'/srv//db' is not the shortest form of the path", "write /srv/db"),
        ("//srv", "'//srv' is not the shortest form of the path", "write /srv"),
        ("/srv/x/../db", "'/srv/x/../db' is not the shortest form of the path", "write /srv/db"),
        ("/srv/./db", "'/srv/./db' is not the shortest form of the path", "write /srv/db"),
        ("/srv/a:b", "'/srv/a:b' holds a colon, with which the engine parts paths", "choose another path"),
        ("/srv/a\nb", "'/srv/a\\nb' holds a control character", "choose another path"),
        ("/srv/a\0b", "'/srv/a\\x00b' holds a control character", "choose another path"),
    ],
)
def test_a_path_that_is_not_normal_is_refused_with_the_way_to_write_it(text: str, message: str, hint: str) -> None:
    assert refusal(text) == (message, hint)


def test_a_part_that_leaves_no_room_for_its_unfinished_name_is_refused() -> None:
    long = "/srv/" + "ä" * 101
    assert refusal(long) == (f"{long!r} has a part of more than 200 bytes", "choose another path")


@given(st.text())
def test_any_text_is_a_path_or_an_invalid_spec(text: str) -> None:
    try:
        taken = paths.absolute(text, "path")
    except InvalidSpec:
        return
    assert taken == text == paths.normal(text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [("./code", "/home/me/site/code"), ("../code", "/home/me/code"), (".", "/home/me/site"), ("/srv", "/srv")],
)
def test_a_relative_source_counts_from_the_folder(source: str, expected: str) -> None:
    assert paths.joined("/home/me/site", source, "source") == expected


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/", "holds /bin, which belongs to the system or to the engine"),
        ("/etc", "belongs to the system or to the engine"),
        ("/etc/ssl", "lies in /etc, which belongs to the system or to the engine"),
        ("/usr/local/share", "lies in /usr, which belongs to the system or to the engine"),
        ("/proc/self", "lies in /proc, which belongs to the system or to the engine"),
        ("/dev/shm", "lies in /dev, which belongs to the system or to the engine"),
        ("/boot", "belongs to the system or to the engine"),
        ("/var", "holds /var/lib/containerd, which belongs to the system or to the engine"),
        ("/var/lib", "holds /var/lib/containerd, which belongs to the system or to the engine"),
        ("/run", "holds /run/containerd, which belongs to the system or to the engine"),
        ("/var/lib/docker/volumes", "lies in /var/lib/docker, which belongs to the system or to the engine"),
        ("/var/run/docker.sock", "belongs to the system or to the engine"),
    ],
)
def test_a_path_of_the_system_is_refused_unless_the_manifest_says_so(path: str, why: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        paths.permitted(path, "path", allowed=False)
    assert caught.value.message == f"{path} {why}"
    assert caught.value.hint == "say 'allow_system_path: true' beside it if that is meant"
    paths.permitted(path, "path", allowed=True)


@pytest.mark.parametrize("path", ["/srv", "/home/me", "/var/lib/mysql", "/run/mine", "/etcetera", "/opt/x", "/mnt"])
def test_a_path_of_ones_own_is_nobody_elses(path: str) -> None:
    assert paths.system(path) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/data", "'/data' does not stay inside the volume"),
        ("../data", "'../data' does not stay inside the volume"),
        ("a/../../b", "'a/../../b' does not stay inside the volume"),
        ("a/..", "'a/..' does not stay inside the volume"),
        (".", "'.' is the whole volume"),
        ("", "'' is the whole volume"),
        ("a//b", "'a//b' is not the shortest form of the path"),
        ("a:b", "'a:b' holds a colon, with which the engine parts paths"),
    ],
)
def test_a_path_that_leaves_its_volume_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        paths.inside(text, "path")
    assert caught.value.message == message


@given(st.text())
def test_what_stays_inside_stays_inside(text: str) -> None:
    try:
        taken = paths.inside(text, "path")
    except InvalidSpec:
        return
    assert paths.normal(f"/srv/{taken}") == f"/srv/{taken}"
