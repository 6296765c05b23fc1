"""Containers of `scs run`, and builds alone, over the engine in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scs.contract import errors
from scs.contract.engine import OneOff
from scs.model import labels
from scs.model.desired import Desired
from scs.model.image import BuiltImage, ReferencedImage, Run
from scs.model.outcome import Done
from scs.model.plan import Goals
from scs.run import building, loop, one_off
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

WISH = OneOff(command=("true",), terminal=False, stdin=False)
IMAGE = BuiltImage(name="app", base=ReferencedImage(reference="bb:1"), steps=(Run(command=("true",)),))


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


def test_it_joins_every_network_and_is_no_replica(around: Surroundings) -> None:
    nets = (manifests.network("one"), manifests.network("two"))
    desired = Desired(identity=manifests.BLOG, networks=nets, containers=(manifests.container("db", networks=nets),))
    loop.reconcile_all(desired, Goals(), around.world, around.reporter)
    name = one_off.create(desired, "db", WISH, around.world, around.reporter)
    made = around.engine.listing.container(name)
    assert made is not None
    assert {one.network for one in made.attachments} == {"dev-blog-one", "dev-blog-two"}
    assert made.labels[labels.ONE_OFF] == "true"
    around.engine.calls.clear()
    loop.reconcile_all(desired, Goals(), around.world, around.reporter)
    assert around.engine.calls == []
    one_off.remove(desired, name, around.world)
    assert around.engine.listing.container(name) is None


def test_it_builds_its_image_when_that_is_missing(around: Surroundings) -> None:
    desired = Desired(identity=manifests.BLOG, containers=(manifests.container("app", image=IMAGE),))
    one_off.create(desired, "app", WISH, around.world, around.reporter)
    assert around.images.built == [IMAGE.tag]


def test_it_says_what_is_missing(around: Surroundings) -> None:
    with pytest.raises(errors.Refusal) as refused:
        one_off.create(manifests.blog(), "db", WISH, around.world, around.reporter)
    assert refused.value.why == "volume dev-blog-data: it does not exist; apply the manifest first"
    with pytest.raises(errors.Refusal) as unknown:
        one_off.create(manifests.blog(), "bd", WISH, around.world, around.reporter)
    assert unknown.value.why == "dev/blog has no role 'bd'; it has: db, web"


@pytest.mark.parametrize("base", ["bb:1", "absent:1"])
def test_images_alone_are_built_after_their_bases_and_once(around: Surroundings, base: str) -> None:
    image = replace(IMAGE, base=ReferencedImage(reference=base))
    desired = Desired(identity=manifests.BLOG, containers=(manifests.container("app", image=image),))
    outcomes = building.build(desired, frozenset(), around.world, around.reporter, fresh=False)
    assert all(isinstance(one, Done) for one in outcomes)
    assert around.images.built == [image.tag]
    assert building.build(desired, frozenset(), around.world, around.reporter, fresh=False) == ()
    building.build(desired, frozenset(), around.world, around.reporter, fresh=True)
    assert around.images.built == [image.tag] * 2
