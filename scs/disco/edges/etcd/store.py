"""The edge that keeps a server's content in etcd: reads it, follows it, writes what the core proposes, looks again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict

from scs.disco.edges.etcd import cluster, layout, reading
from scs.disco.edges.etcd.cluster import Cluster
from scs.disco.edges.etcd.committing import Committer
from scs.disco.edges.etcd.gateway import CONNECTIONS, Away, Gateway, Rejected, Said
from scs.disco.edges.etcd.layout import Pair
from scs.disco.edges.etcd.mirror import Mirror
from scs.disco.edges.etcd.presence import Presence
from scs.disco.edges.serving import CannotServe, Serving

START = 10.0  # seconds in which etcd has to answer at the start
LOOK = 60.0  # between two comparisons, more or less
AGAIN = 0.1
SLOW = 1.0


class Compacted(Exception):
    """What happened since is not known any more."""


class EtcdStore:
    """An `Edge`, to be started before the others: they are to find what there is."""

    files = CONNECTIONS + 1  # the watch has its own

    def __init__(self, given: Cluster, *, insecure: bool = False, look: float = LOOK) -> None:
        """Raises CannotServe where etcd would be spoken to in the clear, or its password cannot be read."""
        cluster.check(given, insecure=insecure)
        cluster.password(given)  # a file that cannot be read is said before anything is begun
        self._cluster = given
        self._look = look
        self._tasks: list[asyncio.Task[None]] = []
        self._gateway: Gateway | None = None
        self._watching: asyncio.Task[None] | None = None
        self._blind = ""  # why there is no watch

    async def start(self, serving: Serving) -> None:
        self._serving = serving
        self._gateway = gateway = Gateway(self._cluster)
        self.committer = Committer(gateway, serving)
        self.mirror: Mirror = self.committer.mirror
        self.presence = Presence(gateway, serving, self.mirror)
        try:
            async with asyncio.timeout(START):
                await self._first(gateway)
        except (Rejected, TimeoutError) as why:
            await gateway.close()
            raise CannotServe(_cannot(self._cluster, why, self._blind)) from None
        serving.store = self.committer.take
        serving.flush()
        for work in (self._follow, self.committer.run, self.presence.run, self._tick, self._compare):
            self._tasks.append(asyncio.get_running_loop().create_task(serving.always(work)))

    async def _first(self, gateway: Gateway) -> None:
        """Others wait for etcd too, after a power cut: it is given a moment."""
        while True:
            try:
                await self.presence.beat()
                content = await reading.everything(gateway)
            except Away as why:
                self._blind = str(why)
                await asyncio.sleep(AGAIN)
            else:
                self._blind = ""
                break
        self._serving.core.begin(self._serving.now())
        self.mirror.load(content.epoch, content.rev, content.pairs)

    async def stop(self) -> None:
        """Writes what waits, for a moment; sessions stay, and may go on at another server at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while self.committer.unwritten and not self.committer.away:
                    await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._gateway is not None:
            with contextlib.suppress(Away, Rejected):
                await self.presence.leave()
            await self._gateway.close()

    # The watch.

    async def _follow(self) -> None:
        """One watch of everything, resumed after the last event that was seen. Never ends by itself."""
        while True:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
            try:
                await asyncio.wait([self._watching])
            finally:
                self._watching.cancel()
            self.presence.forgive()
            why = None if self._watching.cancelled() else self._watching.exception()
            if isinstance(why, Compacted):
                await self._read_again("what happened meanwhile was compacted away")
            elif why is not None and not isinstance(why, Away):
                raise why
            else:
                self._unseeing(str(why or "it did not tell what was written"))
                await asyncio.sleep(AGAIN)

    async def _watch(self) -> None:
        assert self._gateway is not None
        url = self._gateway.members()[0]
        create = {**layout.prefix(layout.ROOT), "start_revision": str(self.mirror.rev + 1)}
        try:
            async with contextlib.aclosing(self._gateway.watch(url, create)) as stream:
                async for said in stream:
                    self._told(said)
        except (Away, asyncio.CancelledError):  # it ended it, or it is stuck and was given up
            self._gateway.failed(url)
            raise

    def _told(self, said: Said) -> None:
        if said.get("canceled"):
            if int(said.get("compact_revision", 0)):
                raise Compacted
            raise Away(str(said.get("cancel_reason", "the watch was cancelled")))
        if self._blind:
            self._blind = ""
            self._serving.note("info", "etcd's watch is back")
        by_rev: defaultdict[int, list[Pair]] = defaultdict(list)
        for event in said.get("events", ()):
            one = layout.pair(event["kv"], gone=event.get("type") == "DELETE")
            by_rev[one.mod].append(one)
        for rev in sorted(by_rev):
            self.mirror.observe(rev, by_rev[rev])

    def _unseeing(self, why: str) -> None:
        self._serving.counters["etcd_watches_lost"] += 1
        if not self._blind:
            self._serving.note("warning", f"etcd's watch is lost, what is known stays: {why}")
        self._blind = why

    async def _read_again(self, why: str) -> None:
        """Everything anew; subscribers are told how it differs from what they knew."""
        assert self._gateway is not None
        try:
            content = await reading.everything(self._gateway)
        except (Away, Rejected) as problem:
            self._unseeing(str(problem))
            await asyncio.sleep(AGAIN)
            return
        self._serving.counters["etcd_reconciles"] += 1
        self._serving.note("info", f"etcd is read anew: {why}")
        self.mirror.load(content.epoch, content.rev, content.pairs)

    # What time does.

    async def _tick(self) -> None:
        """While etcd is away nobody is given up; a watch that does not tell what we wrote is made anew."""
        while True:
            await asyncio.sleep(SLOW / 2)
            if self.committer.away or self._blind:
                self._serving.core.calm(self._serving.now(), self._serving.settings.times.grace)
            else:
                self.mirror.lapse()
                self._forsake()
            if self.presence.late() and self._watching is not None:
                self._serving.counters["etcd_watches_stuck"] += 1
                self._watching.cancel()

    def _forsake(self) -> None:
        """A data centre that no server is told to follow any more leaves nothing behind: the janitor sees to it."""
        if self._serving.core.hub.janitor:
            self._serving.core.forsake(self._serving.now())
            self._serving.flush()

    async def _compare(self) -> None:
        """What the watch should have told, against what is there: neither is believed for long."""
        assert self._gateway is not None
        while True:
            await asyncio.sleep(self._look * random.uniform(0.75, 1.25))
            try:
                found = await reading.differences(self._gateway, self.mirror)
            except (Away, Rejected, TimeoutError):
                self._serving.counters["etcd_comparisons_failed"] += 1
                continue
            self._serving.counters["etcd_comparisons"] += 1
            if found:
                self._serving.counters["etcd_repairs"] += abs(found)
                await self._read_again(f"{abs(found)} keys were not as its watch said")
                if self._watching is not None:
                    self._watching.cancel()


def _cannot(given: Cluster, why: Exception, last: str) -> str:
    urls = ", ".join(given.urls)
    if isinstance(why, Rejected) and "CommonName" in str(why):
        return (
            f"etcd at {urls} refuses us: its gateway takes no certificate with a common name where there are users; "
            "give --etcd-cert with a certificate that has none"
        )
    if isinstance(why, Rejected):
        return f"etcd at {urls} refuses us: {why}; look at --etcd-user, --etcd-password-file and that user's roles"
    because = f" ({last})" if last else ""
    return f"etcd at {urls} does not answer within {START:g} s{because}; look whether it runs, and at --store"
