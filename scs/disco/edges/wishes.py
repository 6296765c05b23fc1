"""What a Python program provides, asks for and is told. Values, and the iterator that hands them over. No sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from scs.disco.problems import Refused
from scs.disco.values import Json, Key, Nearness, Scalar, State
from scs.disco.wire.shapes import Endpoint


class Unreachable(Exception):
    """No server answered in the time that was given; the message says what was tried last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An endpoint that we provide. `incarnation` grows when what is behind the same uid is made anew."""

    key: Key
    host: str
    port: int
    proto: str = "tcp"
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    weight: int = 1
    zone: str | None = None
    state: State = State.READY
    incarnation: int = 0

    def said(self) -> Json:
        """As the protocol has it."""
        said: Json = {
            **named(self.key),
            "address": {"host": self.host, "port": self.port, "proto": self.proto},
            "attributes": dict(self.attributes),
            "weight": self.weight,
            "state": str(self.state),
            "incarnation": self.incarnation,
        }
        return said if self.zone is None else {**said, "zone": self.zone}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How endpoints are chosen; `filter` as in docs/disco.md."""

    filter: Json = field(default_factory=dict)
    prefer: tuple[Nearness, ...] = ()
    include_suspect: bool = False
    hold_on_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All of what is to be used now. Not `complete`: a server that just started may know less than there is."""

    endpoints: tuple[Endpoint, ...]
    complete: bool


EVERYTHING = Asked()


class Watch(AsyncIterator[Answer]):
    """What there is under a name, each time that it is other. Ends by `close`; may raise Refused, and go on."""

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._news = asyncio.Event()
        self._newest: Answer | None = None
        self._problem: Refused | None = None
        self._closed = False

    async def __anext__(self) -> Answer:
        while True:
            problem, self._problem = self._problem, None
            if problem is not None:
                raise problem
            answer, self._newest = self._newest, None
            if answer is not None:
                return answer
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._news.set()
            self._close()

    def told(self, answer: Answer) -> None:
        self._newest = answer
        self._news.set()

    def failed(self, problem: Refused) -> None:
        self._problem = problem
        self._news.set()


def named(key: Key) -> Json:
    return dict(zip(("environment", "service", "role", "endpoint"), key.names, strict=True))
