"""Where a container's output goes, without what scs does by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scs.manifest.imported import literal

_DEFAULT = "json-file"
_ALONE = {"max-size": "10m", "max-file": "3"}


def log(driver: str, options: Mapping[str, str]) -> dict[str, Any]:
    """`json-file` without a size of its own gets scs's limit; with one, the engine keeps one file unless told."""
    driver = driver or _DEFAULT
    said = dict(options)
    if driver == _DEFAULT:
        if "max-size" in said:
            said.setdefault("max-file", "1")
        said = {key: value for key, value in said.items() if _ALONE.get(key) != value}
    found = {} if driver == _DEFAULT else {"driver": driver}
    shown = {key: literal.scalar(value) for key, value in sorted(said.items())}
    return {**found, **({"options": shown} if shown else {})}
