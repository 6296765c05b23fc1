"""One long request to the engine that can be interrupted; knows nothing of what is asked or answered."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import requests
from docker.api import APIClient

from scs.adapters.docker import transport
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.listing import GarbledError
from scs.adapters.docker.session import Session
from scs.contract import errors

POLL_SECONDS = 0.1
SILENCE_SECONDS = 20.0
"""After so long without a word the engine is asked whether it lives: a compiler may be silent for an hour."""
PING_SECONDS = 10.0
UPLOAD_SECONDS = 600.0
"""How long the engine may leave a part of the request unread."""

Ask = Callable[[APIClient], Iterable[Any]]


class _Worker(threading.Thread):
    """Reads the answers, so that the one who waits for them can also hear a request to stop."""

    def __init__(self, session: Session, doing: Doing, ask: Ask) -> None:
        super().__init__(name=f"scs: {doing.what}", daemon=True)
        self.answers: queue.SimpleQueue[tuple[Mapping[str, Any], bool]] = queue.SimpleQueue()
        self.error: Exception | None = None
        self._session = session
        self._doing = doing
        self._ask = ask
        self._response: requests.Response | None = None
        self._gone = False

    def run(self) -> None:
        try:
            limit = transport.Limit(idle=UPLOAD_SECONDS)
            answers = self._session.begin(self._doing, limit, self._begun)
            limit.lift(idle=None)
            with self._session.translated(self._doing):
                for answer in answers:
                    self.answers.put((_object(answer), True))
        except Exception as error:
            self.error = error  # raised again by the one who waits
        self.answers.put(({}, False))

    def cut(self) -> None:
        """Ends the connection: the engine gives up what it was doing."""
        self._gone = True
        if self._response is not None:
            # It may have ended by itself at this moment.
            with suppress(OSError, RuntimeError, ValueError):
                self._response.raw.shutdown()

    def _begun(self, client: APIClient) -> Iterable[Any]:
        client.hooks["response"] = [self._seen]
        return self._ask(client)

    def _seen(self, response: requests.Response, **_: Any) -> None:
        if response.request.method == "POST":
            self._response = response
            if self._gone:
                self.cut()


def _object(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise GarbledError("an object is expected")
    return answer


def hold(session: Session, doing: Doing, ask: Ask, stop: threading.Event) -> Iterator[Mapping[str, Any]]:
    """The answers to one request, JSON objects, as they come. The session must be this conversation's own.

    Raises Interrupted when asked to stop, Uncertain when the engine falls silent for good, and whatever the
    session raises.
    """
    worker = _Worker(session, doing, ask)
    worker.start()
    heard = time.monotonic()
    more = True
    try:
        while more:
            if stop.is_set():
                raise errors.Interrupted
            try:
                answer, more = worker.answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                heard = _still_there(session, doing, heard)
                continue
            heard = time.monotonic()
            if more:
                yield answer
    finally:
        if more:
            worker.cut()
    if worker.error is not None:
        raise worker.error


def _still_there(session: Session, doing: Doing, heard: float) -> float:
    """When the engine was last known to live."""
    if time.monotonic() - heard < SILENCE_SECONDS:
        return heard
    try:
        session.call(Doing(what="ask whether it is there", reads=True, seconds=PING_SECONDS), _ping)
    except errors.EffectError as error:
        raise errors.Uncertain(
            f"the engine at {session.address} fell silent while it was to {doing.what}: {error.why}"
        ) from error
    return time.monotonic()


def _ping(client: APIClient) -> bool:
    return bool(client.ping())
