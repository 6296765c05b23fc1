"""What roles provide, require and wait for, merged over what their images say."""

from __future__ import annotations

import pytest

from scs.model.container import After
from scs.model.service import (
    Check,
    Endpoint,
    ExecCheck,
    FromRole,
    HttpCheck,
    Provided,
    Publish,
    Required,
    Static,
    TcpCheck,
)
from tests.manifest import world

IMAGE = """
    scs: 1
    image: wordpress
    base: {debian: bookworm}
    provides:
      http: {port: 80, check: {http: /, interval: 2s}}
      metrics: {port: 9100}
    requires:
      mysql: {on_change: [/bin/update]}
      cache: {optional: true}
"""


def manifest(keys: str) -> str:
    lines = "".join(f"    {line}\n" for line in world.text(keys).splitlines())
    head = "scs: 1\nservice: blog\ncontainers:\n  web:\n    image: {manifest: image}\n"
    return f"{head}{lines}  db:\n    image: mariadb\n    provides: {{mysql: {{port: 3306}}}}\n"


def compiled(keys: str) -> tuple[tuple[Provided, ...], tuple[Required, ...]]:
    (web,) = world.compiled(manifest(keys), files={"image/image.yaml": IMAGE}).called("web")
    return web.provides, web.requires


def mistakes(keys: str) -> list[str]:
    return world.mistakes(manifest(keys), files={"image/image.yaml": IMAGE})


CONNECTED = "requires: {mysql: {role: db}}\n"
HTTP = Check(probe=HttpCheck(path="/"), port=80, interval=2.0)
METRICS = Provided(name="metrics", port=9100)


def test_what_the_image_provides_is_provided_unpublished() -> None:
    provides, _ = compiled(CONNECTED)
    assert provides == (Provided(name="http", port=80, check=HTTP), METRICS)


def test_the_manifest_is_laid_over_what_the_image_says() -> None:
    provides, _ = compiled(CONNECTED + "provides: {http: {publish: 8080}}")
    assert provides == (Provided(name="http", port=80, check=HTTP, publish=Publish(port=8080)), METRICS)


def test_the_images_check_follows_another_port() -> None:
    provides, _ = compiled(CONNECTED + "provides: {http: {port: 8000}}")
    check = Check(probe=HttpCheck(path="/"), port=8000, interval=2.0)
    assert provides == (Provided(name="http", port=8000, check=check), METRICS)


def test_a_check_of_null_takes_the_images_away() -> None:
    provides, _ = compiled(CONNECTED + "provides: {http: {check: null}}")
    assert provides == (Provided(name="http", port=80), METRICS)


@pytest.mark.parametrize(
    ("written", "publish"),
    [
        ("auto", Publish(port=0)),
        ("{port: 8080, address: 127.0.0.1}", Publish(port=8080, address="127.0.0.1")),
        ("{port: auto}", Publish(port=0)),
    ],
)
def test_a_port_is_published_as_it_is_said(written: str, publish: Publish) -> None:
    provides, _ = compiled(CONNECTED + f"provides: {{http: {{publish: {written}}}}}")
    assert provides[0].publish == publish


@pytest.mark.parametrize(
    ("written", "check"),
    [
        ("{tcp: true}", Check(probe=TcpCheck(), port=80)),
        ("{exec: [/bin/check, -q]}", Check(probe=ExecCheck(command=("/bin/check", "-q")))),
        (
            "{http: /up, timeout: 500ms, retries: 5, start_period: 2m}",
            Check(probe=HttpCheck(path="/up"), port=80, timeout=0.5, retries=5, start_period=120.0),
        ),
    ],
)
def test_a_check_is_read_in_full(written: str, check: Check) -> None:
    provides, _ = compiled(CONNECTED + f"provides: {{http: {{check: {written}}}}}")
    assert provides[0].check == check


@pytest.mark.parametrize(
    ("written", "check"),
    [
        ("{http: /health, port: 8000}", Check(probe=HttpCheck(path="/health"), port=8000)),
        ("{tcp: 5432, interval: 1s}", Check(probe=TcpCheck(), port=5432, interval=1.0)),
        ("{exec: [/bin/check]}", Check(probe=ExecCheck(command=("/bin/check",)))),
    ],
)
def test_health_names_its_own_port(written: str, check: Check) -> None:
    source = manifest(CONNECTED + f"health: {written}")
    (web,) = world.compiled(source, files={"image/image.yaml": IMAGE}).called("web")
    assert web.health == check


def test_a_service_that_no_image_knows_needs_a_port() -> None:
    assert mistakes(CONNECTED + "provides: {https: {}}") == [
        "blog.yaml:7:16: containers.web.provides.https: the image does not say on which port it provides 'https' "
        "(it provides http, metrics; for another service add port:)"
    ]


def test_a_service_of_a_plain_image_needs_a_port() -> None:
    source = "scs: 1\nservice: blog\ncontainers:\n  web:\n    image: nginx\n    provides: {http: {}}\n"
    assert world.mistakes(source) == [
        "blog.yaml:6:16: containers.web.provides.http: the image does not say on which port it provides 'http' "
        "(add port: and the container's port)"
    ]


def test_a_service_on_udp_cannot_be_checked_by_http() -> None:
    assert mistakes(CONNECTED + "provides: {http: {protocol: udp}}") == [
        "blog.yaml:7:16: containers.web.provides.http: a service on udp cannot be checked by http or tcp "
        "(use exec: with a command)"
    ]


def test_a_requirement_keeps_what_the_image_says_of_it() -> None:
    _, requires = compiled("requires: {mysql: {role: db}, cache: {endpoints: ['[::1]:11211', 'cache.example:1']}}")
    endpoints = (Endpoint(host="::1", port=11211), Endpoint(host="cache.example", port=1))
    assert requires == (
        Required(name="cache", source=Static(endpoints=endpoints), optional=True),
        Required(name="mysql", source=FromRole(role="db", provided="mysql"), on_change=("/bin/update",)),
    )


def test_an_optional_requirement_that_nothing_meets_is_left_out() -> None:
    _, requires = compiled(CONNECTED + "    # cache is optional\n")
    assert [one.name for one in requires] == ["mysql"]


def test_the_manifest_may_say_what_runs_on_a_change_and_that_it_can_go_without() -> None:
    _, requires = compiled("requires: {mysql: {role: db, on_change: [/bin/other], optional: true}}")
    source = FromRole(role="db", provided="mysql")
    assert requires == (Required(name="mysql", source=source, on_change=("/bin/other",), optional=True),)


@pytest.mark.parametrize(
    ("role", "source"),
    [
        ("shop/db", FromRole(role="db", provided="mysql", service="shop")),
        ("blog/db", FromRole(role="db", provided="mysql")),
    ],
)
def test_another_manifests_role_is_named_with_its_service(role: str, source: FromRole) -> None:
    _, requires = compiled(f"requires: {{mysql: {{role: {role}}}}}")
    assert requires[0].source == source


def test_a_requirement_of_the_image_must_be_connected() -> None:
    assert mistakes("") == [
        "blog.yaml:4:3: containers.web: the image requires 'mysql', which is not connected "
        "(add requires: {mysql: {role: …}}, or its endpoints, or optional: true)"
    ]


def test_a_requirement_must_say_who_meets_it() -> None:
    assert mistakes("requires: {mysql: {}}") == [
        "blog.yaml:6:16: containers.web.requires.mysql: nothing is connected to 'mysql' "
        "(add role: or endpoints:, or optional: true)"
    ]


def test_a_port_that_none_can_be_is_no_endpoint() -> None:
    assert mistakes("requires: {mysql: {endpoints: ['db:70000']}}") == [
        "blog.yaml:6:36: containers.web.requires.mysql.endpoints[0]: 'db:70000' is not an endpoint "
        "(write it like 10.0.0.5:3306, db.example.org:3306 or [::1]:80)"
    ]


def test_roles_that_come_first_are_sorted_and_the_stronger_condition_counts() -> None:
    source = """
        scs: 1
        service: blog
        containers:
          web: {image: nginx, after: [db, cache, {role: db, condition: healthy}]}
          db: {image: mariadb, health: {exec: [check]}}
          cache: {image: redis}
    """
    (web,) = world.compiled(source).called("web")
    assert web.after == (After(role="cache"), After(role="db", condition="healthy"))
