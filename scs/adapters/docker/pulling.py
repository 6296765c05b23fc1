"""Pulls an image and tells how it goes, a line whenever the state of a layer changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from docker.api import APIClient

from scs.adapters.docker import foreign, replies
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.listing import GarbledError
from scs.adapters.docker.session import Session
from scs.adapters.docker.transport import Limit
from scs.contract import errors

IDLE_SECONDS = 300.0
"""How long a registry may keep the engine waiting. The engine tells of every bit that comes."""


def pull(session: Session, reference: str) -> Iterator[str]:
    """Pulling again what is there does no harm, so that a lost connection is a Retry."""
    doing = Doing(what=f"pull image {reference}", reads=True, seconds=IDLE_SECONDS)

    def ask(call: APIClient) -> Iterator[Mapping[str, Any]]:
        events: Iterator[Mapping[str, Any]] = call.pull(reference, stream=True, decode=True)
        return events

    events = session.begin(doing, Limit(idle=IDLE_SECONDS), ask)
    with session.translated(doing):
        yield from _told(events, doing)


def _told(events: Iterator[Mapping[str, Any]], doing: Doing) -> Iterator[str]:
    """An error is the last event, but for the end of the stream, which frees the connection."""
    states: dict[str, str] = {}
    failed: errors.EffectError | None = None
    for event in events:
        if not isinstance(event, dict):
            raise GarbledError("an event is expected")
        if "error" in event:
            failed = _failed(foreign.line(str(event["error"])), doing)
            continue
        layer, state = foreign.line(str(event.get("id", ""))), foreign.line(str(event.get("status", "")))
        if state and states.get(layer) != state:
            states[layer] = state
            yield f"{layer}: {state}" if layer else state
    if failed is not None:
        raise failed


def _failed(said: str, doing: Doing) -> errors.EffectError:
    known = replies.meaning(said)
    if known is None:
        return errors.Failure(f"cannot {doing.what}: the engine says: {said}")
    return known.kind(f"cannot {doing.what}: {known.says}", detail=said)
