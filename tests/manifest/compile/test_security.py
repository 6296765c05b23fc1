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


@pytest.mark.parametrize(
    "option",
    [
        "seccomp=unconfined",
        "seccomp:unconfined",
        "seccomp=builtin",
        "no-new-privileges",
        "no-new-privileges:true",
        "no-new-privileges=F",
        "apparmor=mine",
        "apparmor:unconfined",
        "label=disable",
        "label=level:s0:c100",
        "disable",
    ],
)
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


def test_a_profile_may_follow_a_colon() -> None:
    container = world.only(world.compiled(TEXT.format("'seccomp:own.json'"), files={"own.json": "{}"}))
    assert container.security.options == ("seccomp={}",)


OPTIONS = "must be no-new-privileges, or seccomp=, apparmor= or label= with a value"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("no-new-priviledges", f"{OPTIONS}, not the text 'no-new-priviledges' (did you mean 'no-new-privileges'?)"),
        (
            "no-new-privileges=yes",
            f"{OPTIONS}, not the text 'no-new-privileges=yes' (did you mean 'no-new-privileges'?)",
        ),
        ("systempaths=unconfined", f"{OPTIONS}, not the text 'systempaths=unconfined'"),
        ("label", f"{OPTIONS}, not the text 'label'"),
    ],
)
def test_an_option_that_the_engine_does_not_know_is_a_mistake_with_its_place(option: str, message: str) -> None:
    assert world.mistakes(TEXT.format(option)) == [f"blog.yaml:6:16: containers.web.security[0]: {message}"]


CAPABILITY = "must be a capability of Linux such as NET_ADMIN, or ALL"


@pytest.mark.parametrize("key", ["add", "drop"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("NET_ADMN", f"{CAPABILITY}, not the text 'NET_ADMN' (did you mean 'NET_ADMIN'?)"),
        ("BOGUS", f"{CAPABILITY}, not the text 'BOGUS'"),
    ],
)
def test_a_capability_that_linux_has_not_is_a_mistake_with_its_place(key: str, name: str, message: str) -> None:
    found = world.mistakes(TEXT.replace("security: [{}]", f"capabilities: {{{key}: [{name}]}}"))
    assert found == [f"blog.yaml:6:{23 + len(key)}: containers.web.capabilities.{key}[0]: {message}"]


@pytest.mark.parametrize("name", ["net_raw", "NET_RAW", "CAP_NET_RAW", "cap_net_raw"])
def test_a_capability_is_the_same_however_it_is_written(name: str) -> None:
    container = world.only(world.compiled(TEXT.replace("security: [{}]", f"capabilities: {{add: [{name}]}}")))
    assert container.security.cap_add == ("NET_RAW",)


@pytest.mark.parametrize("name", ["vm.swappiness", "kernel.hostname", "user.max_user_namespaces", "net."])
def test_a_kernel_parameter_of_the_host_is_a_mistake_with_its_place(name: str) -> None:
    assert world.mistakes(TEXT.replace("security: [{}]", f"sysctls: {{{name}: 1}}")) == [
        f"blog.yaml:6:15: containers.web.sysctls: the key '{name}' is no kernel parameter that a container has for "
        "itself, such as net.core.somaxconn"
    ]


@pytest.mark.parametrize("name", ["net.core.somaxconn", "net/core/somaxconn", "fs.mqueue.msg_max", "kernel.domainname"])
def test_a_kernel_parameter_of_a_container_is_passed_on(name: str) -> None:
    container = world.only(world.compiled(TEXT.replace("security: [{}]", f"sysctls: {{{name}: 1}}")))
    assert container.security.sysctls == {name: "1"}
