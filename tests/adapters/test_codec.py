"""Values come back from text exactly as they were, digests and all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs import wiring
from scs.adapters import codec
from scs.manifest import static
from scs.model.container import Attachment, Container, Mount, Process, Resources, Security
from scs.model.desired import Desired
from scs.model.identity import Digest
from scs.model.image import BuiltImage, DockerfileBase, Puppet, ReferencedImage
from scs.model.plan import Goals
from scs.model.problem import Place
from scs.model.service import Check, Required
from scs.model.storage import Network, Volume
from tests.examples.state import MANIFESTS
from tests.run import manifests

PLACES = st.none() | st.builds(Place)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
OPTIONS = st.dictionaries(st.text(), JSON, max_size=3)
TEXTS = st.dictionaries(st.text(), st.text(), max_size=3)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
DIGESTS = st.text().map(Digest)
DOCKERFILES = st.builds(DockerfileBase, args=TEXTS, parent=st.none() | st.builds(ReferencedImage))

st.register_type_strategy(Check, st.builds(Check, interval=NUMBERS, timeout=NUMBERS, start_period=NUMBERS))
st.register_type_strategy(
    BuiltImage,
    st.builds(
        BuiltImage,
        base=st.builds(ReferencedImage) | DOCKERFILES,
        steps=st.lists(st.builds(Puppet, parameters=OPTIONS), max_size=2).map(tuple),
        about=TEXTS,
    ),
)
VOLUMES = st.builds(Volume, options=OPTIONS, digest=DIGESTS, place=PLACES)
NETWORKS = st.builds(Network, options=OPTIONS, digest=DIGESTS, place=PLACES)
CONTAINERS = st.builds(
    Container,
    process=st.builds(Process, env=TEXTS, stop_grace=NUMBERS, command=st.none() | st.just(()) | st.just(("a", "b"))),
    resources=st.builds(
        Resources,
        cpus=st.none() | NUMBERS,
        ulimits=st.dictionaries(st.text(), st.tuples(st.integers(), st.integers()), max_size=2),
    ),
    security=st.builds(Security, sysctls=TEXTS),
    mounts=st.lists(st.builds(Mount, identity=DIGESTS), max_size=2).map(tuple),
    attachments=st.lists(st.builds(Attachment, identity=DIGESTS), max_size=2).map(tuple),
    labels=TEXTS,
    requires=st.lists(st.builds(Required), max_size=2).map(tuple),
    place=PLACES,
)
DESIRED = st.builds(
    Desired,
    networks=st.lists(NETWORKS, max_size=2).map(tuple),
    volumes=st.lists(VOLUMES, max_size=2).map(tuple),
    containers=st.lists(CONTAINERS, max_size=2).map(tuple),
)
EXAMPLES = [
    *sorted((MANIFESTS / name / f"{name}.yaml",) for name in ("hello", "blog", "site")),
    (MANIFESTS / "blog/blog.yaml", MANIFESTS / "blog/dev.yaml"),
    (MANIFESTS / "blog/blog.yaml", MANIFESTS / "blog/vagrant.yaml"),
    (MANIFESTS / "site/site.yaml", MANIFESTS / "site/dev.yaml"),
]


def held(value: Desired) -> None:
    """It comes back equal, with equal digests, and as the same static form."""
    again = codec.decode(codec.encode(value), Desired)
    assert again == value
    assert [one.digest for one in again.containers] == [one.digest for one in value.containers]
    assert static.static(again) == static.static(value)
    assert codec.encode(again) == codec.encode(value)


@pytest.mark.parametrize("files", EXAMPLES, ids=lambda files: "+".join(file.stem for file in files))
def test_every_manifest_of_the_examples_comes_back(files: tuple[Path, ...]) -> None:
    held(wiring.load(files, ["vars.tls=images"] if files[0].stem == "site" else None, None))


@given(DESIRED)
def test_whatever_may_be_asked_for_comes_back(value: Desired) -> None:
    held(value)


@given(st.builds(Goals))
def test_goals_come_back(goals: Goals) -> None:
    assert codec.decode(codec.encode(goals), Goals) == goals


def test_the_form_has_its_version_in_front_and_no_place_of_a_text() -> None:
    text = codec.encode(manifests.blog())
    assert json.loads(text)["format"] == codec.FORMAT
    assert "place" not in text


def test_numbers_stay_the_kind_that_they_were_because_digests_tell_them_apart() -> None:
    value = manifests.blog(resources=Resources(cpus=2))
    again = codec.decode(codec.encode(value), Desired)
    assert type(again.containers[0].resources.cpus) is int


def changed(change: Mapping[str, Any]) -> str:
    data = json.loads(codec.encode(manifests.blog()))
    data.update({key: one for key, one in change.items() if key == "format"})
    data["value"].update({key: one for key, one in change.items() if key != "format"})
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        changed({"a_field_of_a_later_release": 1}),
        changed({"containers": [{"role": "web"}]}),
        changed({"containers": 7}),
        changed({"identity": {"environment": 1, "service": "x"}}),
        "{}",
        "null",
        "",
        "[[",
        "[" * 100_000,
    ],
)
def test_what_this_release_does_not_know_is_said_to_be_unreadable(text: str) -> None:
    with pytest.raises(codec.Unreadable, match=r"^it is no Desired as this release has it$"):
        codec.decode(text, Desired)


def test_what_is_no_json_is_said_to_be_unwritable() -> None:
    volume = replace(manifests.volume(), options={"path": object()})
    with pytest.raises(codec.Unwritable, match=r"^Object of type object is not JSON serializable$"):
        codec.encode(replace(manifests.blog(), volumes=(volume,)))


def test_another_format_is_named() -> None:
    with pytest.raises(codec.Unreadable, match=r"^it was written in format 7, and this release reads format 1$"):
        codec.decode(changed({"format": 7}), Desired)
