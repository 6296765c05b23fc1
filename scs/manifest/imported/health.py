"""A health check that the engine runs, as a manifest says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scs.manifest.imported import inspection, quantities
from scs.manifest.imported.notes import Notes

_NANO = 1_000_000_000
_DEFAULTS = {"interval": "5s", "timeout": "5s", "retries": 3, "start_period": "60s"}
"""Those of scs; the engine's are below."""
_SECONDS = {"interval": 30.0, "timeout": 30.0, "start_period": 0.0}
_RETRIES = 3
_TAKEN_OUT = "the image's health check is taken out, which a manifest cannot say"


def inspected(found: Mapping[str, Any], own: Mapping[str, Any], at: str, notes: Notes) -> dict[str, Any] | None:
    """The check of a container; None where it is the image's own."""
    test = inspection.words(found, "Test")
    if found == own or not test:
        return None
    if found.get("StartInterval"):
        notes.add(f"{at}.StartInterval", "a manifest has no interval of its own for the start", "interval counts")
    keys = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    times = {name: inspection.number(found, key) / _NANO for name, key in keys.items()}
    return check(test, times, inspection.number(found, "Retries"), (at, notes))


def check(
    test: Sequence[str], times: Mapping[str, float], retries: int, told: tuple[str, Notes]
) -> dict[str, Any] | None:
    """`times` are seconds, 0 for the engine's own; `told` is where notes go, and the place that they are about."""
    kind, rest = test[0], list(test[1:])
    if kind == "NONE":
        told[1].add(told[0], _TAKEN_OUT, "build the image without it")
        return None
    command = ["/bin/sh", "-c", *rest[:1]] if kind == "CMD-SHELL" else rest
    if kind not in {"CMD", "CMD-SHELL"} or not rest:
        told[1].add(told[0], f"the check {' '.join(test)!r} cannot be said", "write health: {exec: […]}")
        return None
    timing = {key: quantities.duration(times.get(key) or default) for key, default in _SECONDS.items()}
    said: dict[str, Any] = {
        "exec": command,
        "interval": timing["interval"],
        "timeout": timing["timeout"],
        "retries": retries if retries > 0 else _RETRIES,
        "start_period": timing["start_period"],
    }
    return {key: value for key, value in said.items() if _DEFAULTS.get(key) != value}
