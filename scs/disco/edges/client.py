"""The client for Python programs: provides and requires for as long as it is open, whatever becomes of servers.

async with Discovery([places.parse("127.0.0.1:9640")], Options(client="web-1")) as disco:
    disco.provide("web-1", Offer(key=names.key("http:web:blog:prod"), host="192.0.2.7", port=80))
    async for answer in disco.watch(names.key("mysql:db:blog:prod")):
        use(answer.endpoints)           # the whole set, nearest first; only the newest if we are slow
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Failed, Options, Want
from scs.disco.edges.driving import Driven
from scs.disco.edges.places import Place
from scs.disco.edges.wishes import EVERYTHING, Answer, Asked, Offer, Unreachable, Watch, named
from scs.disco.problems import Refused
from scs.disco.values import Json, Key


class Discovery(Driven):
    """A client of the servers at these places, which are equals: another is tried where one does not answer.

    `saved`: a file by which the next process goes on with the same session. `failed(what, why)` is told of what a
    server refuses and nobody waits for, and where the file cannot be written (`saved`); `lost(why)` each time that a
    server which had taken us is gone. All on the thread of the loop on which it was opened.
    """

    def __init__(
        self,
        places: Sequence[Place],
        options: Options | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        saved: Path | None = None,
        failed: Callable[[str, str], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> None:
        self._places, self._tls = places, tls
        self._file, self._on_failed, self._on_lost = saved, failed, lost
        self._taken = False  # by a server, and it is there still
        self._options = options or Options()
        self._watches: dict[str, Watch] = {}
        self._answers: dict[int, asyncio.Future[object]] = {}
        self._numbers = 0
        self._kept: tuple[object, ...] = ()
        self._unkept = False  # the file could not be written
        self._joined: asyncio.Event = asyncio.Event()
        self._refused: Refused | None = None

    async def __aenter__(self) -> Discovery:
        past = self._file.read_bytes() if self._file is not None and self._file.exists() else None
        self.begin(Client(self._options, now=self.now(), entropy=os.urandom, saved=past), self._places, self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Without a word to the server: the session waits for its timeout, and another process may go on with it."""
        super().close()
        for watch in list(self._watches.values()):
            watch.close()
        for waiting in self._answers.values():
            waiting.cancel()

    # What the application wishes.

    def provide(self, uid: str, offer: Offer) -> None:
        """From now on, whatever becomes of servers; the same uid again changes it. `settled`: it is answered."""
        self.client.provide(self.now(), uid, offer.said())
        self.drain()

    async def withdraw(self, uid: str, *, wait: float | None = None) -> object:
        """No longer. With `wait`, answered when all who used it know, or after so many seconds."""
        return await self._answered(self.client.withdraw(self.now(), uid, wait=wait))

    def watch(self, key: Key, asked: Asked = EVERYTHING) -> Watch:
        """Follows a name; the first answer comes when a server knows one."""
        self._numbers += 1
        name = f"{key}#{self._numbers}"
        watch = self._watches[name] = Watch(lambda: self._unwatch(name))
        arguments: Json = {**named(key), "filter": asked.filter, "hold_on_empty": asked.hold_on_empty}
        want = Want(arguments=arguments, prefer=asked.prefer, include_suspect=asked.include_suspect)
        self.client.require(self.now(), name, want)
        self.drain()
        return watch

    async def ask(self, command: str, arguments: Json) -> object:
        """Any command of the protocol. Raises Refused; also (`Lost`) where there is no server now."""
        return await self._answered(self.client.ask(self.now(), command, arguments))

    async def settled(self) -> None:
        """What was said so far was answered; what was refused was told to `failed`. Raises Refused (`Lost`)."""
        await self.ask("ping", {"reply": "settled"})

    async def leave(self, *, wait: float | None = None) -> object:
        """Everything goes, and the client does not come back."""
        return await self._answered(self.client.leave(self.now(), wait=wait))

    async def ready(self, timeout: float) -> None:
        """Until a server has taken us. Raises Refused if it did not want to, Unreachable where there is none."""
        try:
            async with asyncio.timeout(timeout):
                await self._joined.wait()
        except TimeoutError:
            raise Unreachable(self.problem or f"no server answered within {timeout:g} s") from None
        if self._refused is not None:
            raise self._refused

    # What the core asks for.

    async def _answered(self, ticket: int) -> object:
        waiting = self._answers[ticket] = self._loop.create_future()
        self.drain()
        return await waiting

    def _unwatch(self, name: str) -> None:
        del self._watches[name]
        if not self._closed:
            self.client.unrequire(self.now(), name)
            self.drain()

    def drained(self) -> None:
        ready = self.client.state.ready
        if ready:
            self._refused = None
            self._joined.set()
        elif self._taken and self._on_lost is not None:
            self._on_lost(self.problem)
        self._taken = ready
        if not self._unkept:
            self._keep(always=False)

    def told(self, effect: Changed | Answered | Failed) -> None:
        match effect:
            case Changed(name=name, endpoints=endpoints, complete=complete):
                # It has to outlive us before the acknowledgement, which comes next, is written.
                self._keep(always=True)
                if name in self._watches:
                    self._watches[name].told(Answer(endpoints=endpoints, complete=complete))
            case Answered(ticket=ticket, value=value, error=error):
                self._answer(ticket, value, error)
            case Failed(what=what, message=message):
                self._fail(what, message)

    def _answer(self, ticket: int, value: object, error: Json | None) -> None:
        waiting = self._answers.pop(ticket, None)
        if waiting is None or waiting.done():
            return
        if error is None:
            waiting.set_result(value)
        else:
            waiting.set_exception(Refused(str(error.get("message", "")), name=str(error.get("name", "Error"))))

    def _fail(self, what: str, message: str) -> None:
        kind, _, name = what.partition(" ")
        if kind == "requirement" and name in self._watches:
            self._watches[name].failed(Refused(message))
            return
        if kind == "session" and not self.client.state.ready:
            self._refused = Refused(message)
            self._joined.set()
        if self._on_failed is not None:
            self._on_failed(what, message)

    def _keep(self, *, always: bool) -> None:
        state = self.client.state
        known = (state.session, state.secret, state.epoch)
        if self._file is None or (not always and known == self._kept):
            return
        try:
            _write(self._file, self.client.saved())
        except OSError as error:  # what it was to say is said nevertheless; the next tick tries again
            if not self._unkept and self._on_failed is not None:
                self._on_failed("saved", f"Cannot write {self._file}: {error.strerror or error}.")
            self._unkept = True
        else:
            self._kept, self._unkept = known, False

    def ticked(self) -> None:
        if self._unkept:
            self._keep(always=True)


def _write(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)
    new.replace(path)
