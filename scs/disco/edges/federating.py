"""The links to other data centres: one client for each, whose news go to the core. Decides nothing about endpoints.

Of several servers over one store the janitor alone has links, and writes what they tell; the others serve that.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scs.disco.client.client import Client
from scs.disco.client.following import Following
from scs.disco.client.options import Answered, Changed, Failed, Options
from scs.disco.edges import rereading
from scs.disco.edges.driving import Driven
from scs.disco.edges.places import Place
from scs.disco.edges.serving import CannotServe, Serving
from scs.disco.sessions.imports import News
from scs.disco.values import PARTS

EVERY = 1.0
LOOK = 4  # parts that are looked over each time
PATIENCE = 5.0  # seconds that a new link has before anything is called suspect because of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """TLS: whose certificates we trust (the system's authorities without), and ours. PEM files."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(one for one in (self.ca, self.certificate, self.key) if one is not None)

    def context(self) -> ssl.SSLContext:
        """Raises CannotServe."""
        try:
            ours = ssl.create_default_context(cafile=self.ca)
            ours.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.certificate is not None:
                ours.load_cert_chain(self.certificate, self.key, password="")
        except (OSError, ValueError) as error:
            raise CannotServe(
                f"cannot use {', '.join(map(str, self.files))} for TLS to other data centres: {error}"
            ) from None
        return ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Another data centre and its servers, which are equals. `token` is the file that holds ours."""

    dc: str
    places: tuple[Place, ...]
    trust: Trust | None = None
    token: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        own = (self.token,) if self.token is not None else ()
        return (*own, *(self.trust.files if self.trust is not None else ()))

    def secret(self) -> str | None:
        """Raises CannotServe."""
        if self.token is None:
            return None
        try:
            secret = self.token.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise CannotServe(f"cannot read the token for data centre {self.dc} in {self.token}: {why}") from None
        if not secret:
            raise CannotServe(f"the token for data centre {self.dc} in {self.token} is empty")
        return secret


def check(remote: Remote, *, insecure: bool) -> None:
    """Raises CannotServe where what is said could be read, or changed, on its way, or a file cannot be used."""
    remote.secret()
    if remote.trust is not None:
        remote.trust.context()
        return
    for place in remote.places:
        if not place.local and not insecure:
            raise CannotServe(
                f"data centre {remote.dc} at {place} would be spoken to in the clear: give --federate-ca FILE or "
                "--federate-tls, or --insecure where everybody on the way is trusted"
            )


class Link(Driven):
    """One connection after the other to one data centre, and what the core is told of it."""

    def __init__(self, serving: Serving, remote: Remote) -> None:
        """Raises CannotServe where a file cannot be read."""
        self._serving, self._dc = serving, remote.dc
        settings = serving.settings
        options = Options(client=f"federation of {settings.server}", token=remote.secret(), dc=settings.dc, cap=10)
        context = remote.trust.context() if remote.trust is not None else None
        now = self.now()
        client = Client(options, now=now, entropy=os.urandom)
        self._following = Following(client, remote.dc, serving.core.epoch, now)
        self._patient = now + PATIENCE
        self._late: News | None = None  # it is not up yet, which is no news before some time has passed
        self._up: bool | None = None
        self.begin(client, remote.places, context)

    def told(self, effect: Changed | Answered | Failed) -> None:
        self._following.heard(effect)

    def drained(self) -> None:
        news = self._following.look(self.now(), self.problem)
        if news is not None and not news.up and self._up is None:
            self._late = news
        elif news is not None:
            self._tell(news)
        if self.client.state.effects:
            self.drain()

    def ticked(self) -> None:
        if self._up is None and self._late is not None and self.now() >= self._patient:
            self._tell(self._late)

    def _tell(self, news: News) -> None:
        turned, self._up = self._up is not news.up, news.up
        self._serving.core.federate(self._serving.now(), self._dc, news)
        self._serving.flush()
        if turned and news.up:
            self._serving.note("info", f"data centre {self._dc} is linked")
        elif turned:
            said = f"data centre {self._dc} is not linked, what it provides is kept as suspect: {news.problem}"
            self._serving.note("warning", said)


class Federation:
    """An `Edge`, to be started after the store."""

    def __init__(self, remotes: Sequence[Remote], *, insecure: bool = False) -> None:
        """Raises CannotServe."""
        for one in remotes:
            check(one, insecure=insecure)
        self._remotes = tuple(remotes)
        self._tasks: list[asyncio.Task[None]] = []
        self.files = 2 * len(self._remotes)

    async def start(self, serving: Serving) -> None:
        self._serving = serving
        for one in self._remotes:
            work = serving.always(functools.partial(self._follow, one))
            self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def stop(self) -> None:
        for one in self._tasks:
            one.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, remote: Remote) -> None:
        """Until it is cancelled: while it is ours to follow, by one link after the other as its files change."""
        while True:
            if self._ours:
                await self._linked(remote)
            await asyncio.sleep(EVERY / 4)

    @property
    def _ours(self) -> bool:
        return self._serving.core.hub.janitor

    async def _linked(self, remote: Remote) -> None:
        serving, stamp = self._serving, rereading.stamp(*remote.files)
        try:
            link = Link(serving, remote)
        except CannotServe as error:  # they changed; what was read before is gone
            serving.note("warning", str(error))
            await asyncio.sleep(EVERY)
            return
        try:
            for number in itertools.count():
                await asyncio.sleep(EVERY)
                if not self._ours:
                    serving.core.federate(serving.now(), remote.dc, None)
                    return
                if rereading.stamp(*remote.files) != stamp:
                    serving.note("info", f"data centre {remote.dc} is linked anew: its token or certificates changed")
                    return
                parts = [(LOOK * number + each) % PARTS for each in range(LOOK)]
                serving.core.look_over(serving.now(), remote.dc, parts)
                serving.flush()
        finally:
            link.close()
