"""Endpoints as rows and as JSON, the same in each of disco's commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from scs.disco.edges.places import Place
from scs.disco.wire.shapes import Endpoint

HEAD = ("ADDRESS", "STATE", "WEIGHT", "DC", "ZONE", "ATTRIBUTES", "ID")


def row(one: Endpoint) -> tuple[str, ...]:
    attributes = " ".join(f"{name}={value}" for name, value in one.attributes)
    address = str(Place(host=one.host, port=one.port))
    proto = "" if one.proto == "tcp" else f"/{one.proto}"
    return f"{address}{proto}", str(one.state), str(one.weight), one.dc, one.zone, attributes, one.id


def as_json(ones: Iterable[Endpoint]) -> list[dict[str, object]]:
    return [_json(one) for one in ones]


def _json(one: Endpoint) -> dict[str, object]:
    said = {**asdict(one), "attributes": dict(one.attributes), "state": str(one.state)}
    del said["key"]  # who lists them asked for one name
    return said
