"""What differs between two manifests, said once and by the names that people use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scs.cli import differences
from scs.manifest import static
from scs.model.container import Attachment, Job, Mount, Process
from scs.model.desired import Desired
from scs.model.identity import Digest
from scs.model.image import BuiltImage, Copy, ReferencedImage, Source
from scs.model.service import Publish
from tests.run import manifests

IMAGE = BuiltImage(name="app", base=ReferencedImage(reference="bb:1"), steps=(Copy(source="page", target="/page"),))


def desired(**changes: Any) -> Desired:
    return Desired(identity=manifests.BLOG, containers=(manifests.container("web", **changes),))


def lines(old: Desired, new: Desired) -> list[str]:
    return [str(one) for one in differences.between(static.static(old), static.static(new))]


def test_equal_manifests_do_not_differ() -> None:
    assert lines(manifests.blog(), manifests.blog()) == []


def test_each_field_is_named_with_what_it_was_and_is() -> None:
    old = desired(process=Process(env={"A": "1", "B": "x"}, command=("sleep", "1")))
    new = desired(process=Process(env={"A": "2"}, command=("sleep", "2"), user="www"))
    assert lines(old, new) == [
        'containers.web.process.command: ["sleep", "1"] -> ["sleep", "2"]',
        "containers.web.process.env.A: 1 -> 2",
        "containers.web.process.env.B: x -> (none)",
        "containers.web.process.user: (none) -> www",
    ]


def test_what_looks_like_a_secret_is_masked() -> None:
    old = desired(process=Process(env={"DB_PASSWORD": "one"}))
    new = desired(process=Process(env={"DB_PASSWORD": "two"}))
    assert lines(old, new) == ["containers.web.process.env.DB_PASSWORD: *** -> ***"]


def test_what_comes_or_goes_is_one_line() -> None:
    blog = manifests.blog()
    blog = replace(blog, jobs=(manifests.container("migrate", job=Job()),))
    less = replace(blog, volumes=(), networks=(), containers=blog.containers[1:], jobs=())
    assert lines(blog, less) == [
        "containers.db: bb:1 -> (none)",
        "jobs.migrate: bb:1 -> (none)",
        "networks.net: bridge -> (none)",
        "volumes.data: docker -> (none)",
    ]


def test_replicas_count_as_one_role() -> None:
    one = desired()
    three = replace(one, containers=tuple(manifests.container("web", number) for number in (1, 2, 3)))
    assert lines(one, three) == ["containers.web.replicas: 1 -> 3"]


def test_replicas_that_are_not_alike_are_told_apart() -> None:
    pair = tuple(manifests.container("web", number) for number in (1, 2))
    other = (pair[0], replace(pair[1], process=Process(hostname="second")))
    found = lines(replace(desired(), containers=pair), replace(desired(), containers=other))
    assert found == [
        "containers.web: bb:1 -> (none)",
        "containers.web-1: (none) -> bb:1",
        "containers.web-2: (none) -> bb:1",
    ]


def test_a_mount_and_a_network_are_known_by_where_they_are() -> None:
    digest = Digest("v1:0")
    (web,) = desired().containers
    a, b = (Mount(target=target, volume="x", identity=digest) for target in ("/a", "/b"))
    old = replace(web, mounts=(a, b), attachments=(Attachment(network="n", identity=digest, address="10.0.0.2"),))
    new = replace(
        web,
        mounts=(replace(b, volume="z"),),
        attachments=(
            Attachment(network="n", identity=digest, address="10.0.0.3"),
            Attachment(network="m", identity=digest),
        ),
    )
    before, after = (replace(desired(), containers=(one,)) for one in (old, new))
    assert lines(before, after) == [
        "containers.web.attachments.m: (none) -> {}",
        "containers.web.attachments.n.address: 10.0.0.2 -> 10.0.0.3",
        "containers.web.mounts./a.volume: x -> (none)",
        "containers.web.mounts./b.volume: x -> z",
    ]


def test_a_built_image_is_known_by_its_name_and_differs_in_its_sources() -> None:
    old, new = (
        replace(IMAGE, sources=(Source(path="page", mode=0o644, sha256=sha * 64, origin="/x/page"),)) for sha in "ab"
    )
    found = lines(desired(image=old), desired(image=new))
    assert found == [
        f"containers.web.image: {old.tag} -> {new.tag}",
        f"images.app.sources.page.sha256: {'a' * 64} -> {'b' * 64}",
        f"images.app.tag: {old.tag} -> {new.tag}",
    ]


def test_a_published_port_that_comes_is_a_field() -> None:
    old = desired(provides=(manifests.HTTP,))
    new = desired(provides=(replace(manifests.HTTP, publish=Publish(port=8080)),))
    assert lines(old, new) == ["containers.web.provides.http.publish.port: (none) -> 8080"]
