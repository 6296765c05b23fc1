"""The JSON Schemas of manifests and of the types that come with scs, as data; checks nothing against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_SUFFIX = ".schema.json"


@cache
def manifest() -> Mapping[str, Any]:
    """The schema of what `scs apply` is given, complete in itself."""
    return _bundled("manifest", _type_files())


@cache
def image() -> Mapping[str, Any]:
    """The schema of an image's `image.yaml`, complete in itself."""
    return _bundled("image", ("manifest", *_type_files()))


def volume(type_: str) -> Mapping[str, Any]:
    """The schema of one type of volume, complete in itself; KeyError for a type that scs does not bring."""
    return _of("volumes", type_)


def network(type_: str) -> Mapping[str, Any]:
    """The schema of one type of network, complete in itself; KeyError for a type that scs does not bring."""
    return _of("networks", type_)


@cache
def volume_types() -> tuple[str, ...]:
    return _types("volumes")


@cache
def network_types() -> tuple[str, ...]:
    return _types("networks")


def _type_files() -> tuple[str, ...]:
    volumes = (f"volumes/{type_}" for type_ in volume_types())
    return (*volumes, *(f"networks/{type_}" for type_ in network_types()))


def _bundled(name: str, others: tuple[str, ...]) -> Mapping[str, Any]:
    """The schema with those that it refers to inside, each by the address that it is referred to with.

    https://json-schema.org/draft/2020-12/json-schema-core#name-bundling
    """
    whole = _read(f"{name}{_SUFFIX}")
    inside = {file: {**_read(file), "$id": file} for file in (f"{other}{_SUFFIX}" for other in others)}
    for one in inside.values():
        del one["$schema"]
    return {**whole, "$defs": {**whole["$defs"], **inside}}


def _of(folder: str, type_: str) -> Mapping[str, Any]:
    if type_ not in _types(folder):
        raise KeyError(type_)
    return _read(f"{folder}/{type_}{_SUFFIX}")


def _types(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in (_FOLDER / folder).glob(f"*{_SUFFIX}")))


@cache
def _read(name: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return read
