"""Puts a manifest together from its parts, in the order of the schema; what says nothing is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemas

DEFAULT_ENVIRONMENT = "default"
_EMPTY: tuple[Any, ...] = ("", [], {})


def manifest(identity: tuple[str, str], parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`identity` is environment and service; `parts` are networks, volumes and containers."""
    environment, service = identity
    head = {"scs": 1, **({} if environment == DEFAULT_ENVIRONMENT else {"environment": environment})}
    filled = {key: dict(parts[key]) for key in ("networks", "volumes") if parts[key]}
    return {**head, "service": service, **filled, "containers": dict(parts["containers"])}


def role(found: Mapping[str, Any]) -> dict[str, Any]:
    """A container without what is empty or false. An empty entrypoint is a wish: it takes the image's away."""
    order = list(schemas.manifest()["$defs"]["container"]["properties"])
    kept = {key: value for key, value in found.items() if _says(key, value)}
    return {key: kept[key] for key in order if key in kept}


def _says(key: str, value: Any) -> bool:
    if key == "entrypoint" and value == []:
        return True
    return value is not None and value is not False and value not in _EMPTY
