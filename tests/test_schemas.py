"""The schemas as an editor reads them: as files, with templates not yet rendered."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import schemas
from scs.manifest.compile import units
from scs.manifest.schema import pattern, subschema, validation
from scs.manifest.syntax import overlay, text, tree
from scs.model import identity
from scs.model.problem import Place

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "schemas").rglob("*.schema.json"))
OVERLAY = ROOT / "schemas" / "overlay.schema.json"
MANIFESTS = sorted((ROOT / "manifests").rglob("*.yaml"))
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
HERE = Place(file="m.yaml", line=1, column=1)


def retrieve(uri: str) -> Resource[Any]:
    """A schema by the address of its file, as an editor gets it."""
    return Resource.from_contents(json.loads(Path(urlsplit(uri).path).read_text(encoding="utf-8")))


def validator(file: Path, path: subschema.Path = ()) -> Draft202012Validator:
    """An editor's validator for a part of a schema file."""
    pointer = "".join(f"/{quote(str(step).replace('~', '~0').replace('/', '~1'))}" for step in path)
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # an attrs class that mypy cannot see
    return Draft202012Validator({"$ref": f"{file.as_uri()}#{pointer}"}, registry=registry)


def parts() -> Iterator[tuple[Path, subschema.Path, Any]]:
    for file in FILES:
        for path, one in subschema.within(json.loads(file.read_text(encoding="utf-8"))):
            yield file, path, one


def errors(check: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in check.iter_errors(value)]


def test_there_is_a_schema_for_each_type_that_comes_with_scs() -> None:
    assert schemas.volume_types() == ("bind", "docker", "local", "sub", "tmpfs")
    assert schemas.network_types() == ("bridge", "external", "host", "none")
    for type_ in schemas.volume_types():
        assert schemas.volume(type_)["properties"]["type"]["const"] == type_
    for type_ in schemas.network_types():
        assert schemas.network(type_)["properties"]["type"]["const"] == type_
    with pytest.raises(KeyError):
        schemas.volume("../manifest")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_schema_is_one(file: Path) -> None:
    one = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(one)
    assert one["$id"] == file.name


def test_every_key_says_what_it_is_for() -> None:
    silent = [
        f"{file.name}: {'/'.join(map(str, path))}/{key}"
        for file, path, one in parts()
        if isinstance(one, Mapping)
        for key, below in one.get("properties", {}).items()
        # A `false`, `true` or condition only adds to what another part describes.
        if isinstance(below, Mapping) and not {"if", "then"}.intersection(path) and not _described(file, below)
    ]
    assert silent == []


def _described(file: Path, one: Mapping[str, Any]) -> bool:
    if "description" in one or "$ref" not in one:
        return "description" in one
    name, _, pointer = one["$ref"].partition("#")
    file = file.parent / name if name else file
    found: Any = json.loads(file.read_text(encoding="utf-8"))
    for step in filter(None, pointer.split("/")):
        found = found[step]
    return _described(file, found)


def test_every_map_of_fixed_keys_is_closed_but_for_x_keys() -> None:
    opened = {
        f"{file.name}: {'/'.join(map(str, path))}"
        for file, path, one in parts()
        # That of overlays is made from the others; what it refuses has a test of its own.
        if file != OVERLAY
        and isinstance(one, Mapping)
        and "properties" in one
        and "if" not in path
        and one.get("additionalProperties") is not False
    }
    assert opened == {
        # What closes these is the schema of their type, or what they are parts of.
        "manifest.schema.json: $defs/network",
        "manifest.schema.json: $defs/volume",
        "manifest.schema.json: $defs/mount",
        "manifest.schema.json: $defs/timing",
        "manifest.schema.json: $defs/restart/anyOf/1/then",
        # These hold JSON Schemas.
        "image.schema.json: $defs/config",
        "image.schema.json: $defs/option",
    }
    closed = [one for _, _, one in parts() if isinstance(one, Mapping) and one.get("additionalProperties") is False]
    assert all(one["patternProperties"] == {"^x-": True} for one in closed)


EXAMPLES = [
    pytest.param(file, path, example, id=f"{file.name}/{'/'.join(map(str, path))}[{number}]")
    for file, path, one in parts()
    if isinstance(one, Mapping)
    for number, example in enumerate([*one.get("examples", ()), *([one["default"]] if "default" in one else [])])
]


@pytest.mark.parametrize(("file", "path", "example"), EXAMPLES)
def test_every_example_and_default_is_valid_by_the_part_that_gives_it(
    file: Path, path: subschema.Path, example: Any
) -> None:
    assert errors(validator(file, path), example) == []


@pytest.mark.parametrize("type_", schemas.volume_types())
def test_a_volume_written_in_place_has_the_keys_of_its_type(type_: str) -> None:
    (then,) = [
        each["then"]
        for each in schemas.manifest()["$defs"]["mount"]["allOf"]
        if each["if"].get("properties", {}).get("type") == {"const": type_}
    ]
    own = schemas.volume(type_)
    assert set(then["properties"]) == {*own["properties"], "read_only"}
    assert {*then.get("required", ()), "type"} == set(own["required"])


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_manifest_names_a_schema_that_it_is_valid_by(file: Path) -> None:
    named = MODELINE.match(file.read_text(encoding="utf-8"))
    assert named is not None, "an editor does not know its schema"
    found = (file.parent / named[1]).resolve()
    top = read(file)
    is_image = tree.at(top, ["image"]) is not top
    is_overlay = tree.at(top, ["scs"]) is top
    kind = "image" if is_image else "overlay" if is_overlay else "manifest"
    assert found == ROOT / "schemas" / f"{kind}.schema.json"
    assert errors(validator(found), tree.plain(top)) == []
    if is_overlay:
        assert errors(validator(ROOT / "schemas" / "manifest.schema.json"), tree.plain(whole(file))) == []


def read(file: Path) -> tree.Node:
    node, problems = text.parse(file.read_bytes(), str(file))
    assert node is not None
    assert not problems
    return node


def whole(file: Path) -> tree.Node:
    """A manifest; an overlay laid over the one that it is for."""
    over = read(file)
    if tree.at(over, ["scs"]) is not over:
        return over
    (base,) = [each for each in map(read, file.parent.glob("*.yaml")) if tree.at(each, ["scs"]) is not each]
    return overlay.merge(base, over)


def web(**keys: Any) -> dict[str, Any]:
    return {"containers": {"web": keys}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"environment": "live"},
        {"networks": {"blog": {"subnet": "10.0.0.0/24"}}},
        {"networks": {"blog": {"ipv6": {"gateway": "fd00::1"}}}},
        {"volumes": {"db": {"path": "/srv/db"}}},
        {"volumes": {"db": {"type": "docker", "path": None}}},
        {"volumes": {"db": {"type": "ebs", "size": "20GiB"}}},
        web(),
        web(image={"config": {"title": "A"}}),
        web(image={"manifest": None, "config": None, "reference": "nginx:1.27"}),
        web(volumes={"data": {"read_only": True}}),
        web(volumes={"data": {"type": None, "of": None, "volume": "db"}}),
        web(requires={"mysql": {"role": None, "endpoints": ["10.0.0.5:3306"]}}),
        web(health={"interval": "2s"}, restart={"attempts": 3}),
        web(provides={"http": {"publish": {"address": "127.0.0.1"}, "check": {"interval": "2s"}}}),
        web(resources={"ulimits": {"nofile": {"soft": 1024}}}),
    ],
    ids=str,
)
def test_an_overlay_may_say_as_little_as_it_likes(value: Any) -> None:
    assert errors(validator(OVERLAY), value) == []


def test_an_overlay_may_remove_every_key() -> None:
    named = [path for file, path, _ in parts() if file == OVERLAY and path[-2:-1] == ("properties",)]
    assert len(named) > 100
    refused = [path for path in named if "if" not in path and errors(validator(OVERLAY, path), None)]
    assert refused == []


@pytest.mark.parametrize(
    "value",
    [
        {"container": {}},
        {"container": None},
        {"scs": 2},
        {"networks": {"blog": {"subnett": "10.0.0.0/24"}}},
        {"networks": {"blog": {"subnet": 10}}},
        {"volumes": {"db": {"pth": "/srv/db"}}},
        {"volumes": {"db": {"path": 5}}},
        {"volumes": {"db": {"type": "local", "pth": "/srv/db"}}},
        web(imge="nginx:1.27"),
        web(imge=None),
        web(image={"confg": {}}),
        web(replicas=True),
        web(env=[]),
        web(volumes={"data": {"readonly": True}}),
        web(volumes={"data": {"type": "bind", "source": "./a", "readonly": True}}),
        web(restart={"policy": "never"}),
        web(restart={"policy": "always", "attempts": 3}),
        # Lists are replaced whole: their items are those of a manifest.
        web(after=[{"condition": "healthy"}]),
        web(dns=[None]),
    ],
    ids=str,
)
def test_a_misspelt_key_and_a_wrong_value_in_an_overlay_are_refused(value: Any) -> None:
    assert errors(validator(OVERLAY), value) != []


def test_schemas_are_complete_in_themselves() -> None:
    for one in (schemas.manifest(), schemas.image()):
        for example in one["examples"]:
            assert validation.check(tree.of(example, HERE), one) == ()


TEMPLATED: tree.JSON = {
    "scs": 1,
    "environment": "{{ env.STAGE }}",
    "service": "blog",
    "networks": {"blog": {"type": "bridge", "subnet": "{{ vars.net }}.0/24", "internal": "{{ vars.internal }}"}},
    "volumes": {"db": {"type": "local", "path": "{{ vars.root }}/db", "mode": "{{ vars.mode }}"}},
    "containers": {
        "web": {
            "image": "nginx:{{ vars.tag }}",
            "replicas": "{{ vars.replicas }}",
            "init": "{{ vars.init }}",
            "resources": {"memory": "{{ vars.memory }}", "cpus": "{{ vars.cpus }}"},
            "stop": {"grace": "{{ vars.grace }}"},
            "networks": {"blog": {"address": "{{ vars.net }}.2"}},
            "provides": {"http": {"port": "{{ vars.port }}", "publish": "{{ vars.publish }}"}},
        }
    },
}


def test_an_editor_takes_templates_and_scs_takes_only_what_became_of_them() -> None:
    assert errors(validator(ROOT / "schemas" / "manifest.schema.json"), TEMPLATED) == []
    left = {problem.path for problem in validation.check(tree.of(TEMPLATED, HERE), schemas.manifest())}
    assert left == {
        "environment",
        "networks.blog.subnet",
        "networks.blog.internal",
        "volumes.db.path",
        "volumes.db.mode",
        "containers.web.replicas",
        "containers.web.init",
        "containers.web.resources.memory",
        "containers.web.resources.cpus",
        "containers.web.stop.grace",
        "containers.web.networks.blog.address",
        "containers.web.provides.http.port",
        "containers.web.provides.http.publish",
    }


def rule(name: str) -> str:
    return pattern.strict(schemas.manifest()["$defs"][name]["pattern"])


@given(st.text(alphabet="az09_-A", max_size=70))
def test_names_are_those_of_the_model(name: str) -> None:
    is_name = identity.NAME.fullmatch(name) is not None and len(name) <= 63
    assert pattern.found(rule("name"), name) is is_name
    assert pattern.found(rule("key"), name) is is_name


GROUPS = st.lists(st.sampled_from(["0", "fd00", "12345", "g", ""]), min_size=1, max_size=9)


@given(GROUPS.map(":".join))
def test_addresses_with_colons_are_those_of_the_sixth_version(value: str) -> None:
    assert pattern.found(rule("address"), value) is _is_address(value)


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


NUMBERS = st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,3})?\Z")
DURATIONS = st.lists(st.builds("{}{}".format, NUMBERS, st.sampled_from(["h", "m", "s", "ms", ""])), max_size=4)


@given(DURATIONS.map("".join))
def test_durations_are_those_that_can_be_read(value: str) -> None:
    seconds = units.seconds(value)
    assert pattern.found(rule("duration"), value) is (seconds is not None)
    assert pattern.found(rule("period"), value) is (seconds is not None and seconds > 0)


@given(NUMBERS, st.sampled_from(["B", " B", "kB", "KiB", "MB", "GiB", "TB", "", "M", "b", "kiB"]))
def test_sizes_are_those_that_can_be_read_but_for_nothing(number: str, unit: str) -> None:
    is_size = units.size(number + unit) is not None and float(number) > 0
    assert pattern.found(rule("size"), number + unit) is is_size


@given(st.text(alphabet="01789o", max_size=6))
def test_modes_are_those_that_can_be_read(value: str) -> None:
    assert pattern.found(rule("mode"), value) is (units.mode(value) is not None)
