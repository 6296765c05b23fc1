"""Seccomp profiles: the file's content is what the engine gets, and what the digest covers."""

from __future__ import annotations

import pytest

from scs.manifest.sources import Trouble
from tests.manifest import world

TEXT = "scs: 1\nservice: blog\ncontainers:\n  web:\n    image: nginx:1.27\n    security: [{}]\n"


def test_a_profile_is_read_and_its_order_of_keys_does_not_matter() -> None:
    made = [
        world.only(world.compiled(TEXT.format("seccomp=own.json"), files={"own.json": profile}))
        for profile in ('{"b": 1, "a": []}', '{"a": [],\n "b": 1}')
    ]
    assert made[0].security.options == ('seccomp={"a":[],"b":1}',)
    assert made[0].digest == made[1].digest


@pytest.mark.parametrize("option", ["seccomp=unconfined", "seccomp=builtin", "no-new-privileges", "apparmor=mine"])
def test_other_options_are_passed_on(option: str) -> None:
    assert world.only(world.compiled(TEXT.format(option))).security.options == (option,)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no own.json (write a path that counts from the manifest's folder)"),
        ({"own.json": "{"}, "own.json is not JSON (a seccomp profile is a JSON file)"),
        ({"own.json": Trouble(why="is a pipe, not a file")}, "own.json is a pipe, not a file"),
    ],
)
def test_a_profile_that_cannot_be_read_is_a_mistake_with_its_place(files: dict[str, str], message: str) -> None:
    found = world.mistakes(TEXT.format("seccomp=own.json"), files=files)
    assert found == [f"blog.yaml:6:16: containers.web.security[0]: {message}"]
