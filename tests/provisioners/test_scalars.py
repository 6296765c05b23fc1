"""Sizes, modes, owners and option values."""

from __future__ import annotations

import pytest

from provisioners import scalars
from scs.model.problem import InvalidSpec


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("512MiB", 536870912),
        ("64KiB", 65536),
        ("1GiB", 2**30),
        ("2GB", 2_000_000_000),
        ("1.5kB", 1500),
        ("10 B", 10),
        (7, 7),
    ],
)
def test_a_size_is_read(value: object, count: int) -> None:
    assert scalars.size(value, "size") == count


@pytest.mark.parametrize("value", ["", "1", "1 gig", "-1MiB", "0B", 0, -1, True, None, 1.5, "1MiB\n"])
def test_what_is_not_a_size_is_refused(value: object) -> None:
    with pytest.raises(InvalidSpec) as caught:
        scalars.size(value, "size")
    assert caught.value.message == f"{value!r} is not a size"
    assert caught.value.hint == "write it like 512MiB or 1GiB"


@pytest.mark.parametrize(("value", "shown"), [("0750", "0750"), ("750", "0750"), ("01777", "1777")])
def test_a_mode_is_octal_however_it_is_written(value: str, shown: str) -> None:
    assert scalars.octal(scalars.mode(value, "mode")) == shown


@pytest.mark.parametrize("value", [750, "888", "rwx", "", "77777"])
def test_what_is_not_a_mode_is_refused(value: object) -> None:
    with pytest.raises(InvalidSpec) as caught:
        scalars.mode(value, "mode")
    assert caught.value.hint == 'write octal digits in quotes: "0750"'


@pytest.mark.parametrize("value", ["1000:1000", "mysql:mysql", "www-data:33", "_apt:nogroup"])
def test_an_owner_is_user_and_group(value: str) -> None:
    assert scalars.owner(value, "owner") == value


@pytest.mark.parametrize("value", ["mysql", "a:b:c", ":1", "1:", "-r:x", "a b:c"])
def test_what_is_not_an_owner_is_refused(value: str) -> None:
    with pytest.raises(InvalidSpec, match="is not an owner"):
        scalars.owner(value, "owner")


def test_a_number_that_nobody_can_have_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="no user or group has such a number"):
        scalars.owner("4294967295:0", "owner")


def test_option_values_become_texts_as_they_are_written() -> None:
    assert scalars.texts({"b": True, "a": 1400, "c": "x", "d": 1.5}) == {"a": "1400", "b": "true", "c": "x", "d": "1.5"}
    assert scalars.texts(None) == {}
