"""What etcd holds, as far as its watch told: keys with their revisions here, the rest in the core. Asks nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from scs.disco.edges.etcd import layout
from scs.disco.edges.etcd.layout import Pair
from scs.disco.edges.serving import Serving
from scs.disco.effects import Keep
from scs.disco.values import Change, Provision, ProvisionId, SessionId, SessionRecord, Transaction

LAPSE = 3.0  # seconds for which a server may be without its presence: a new lease takes a moment


class Mirror:
    """`rev` is the last revision of which everything is known."""

    def __init__(self, serving: Serving, claimed: Callable[[SessionId], bool]) -> None:
        """`claimed` says whether we are about to write that a session is ours."""
        self._serving = serving
        self._core = serving.core
        self._claimed = claimed
        self._ours = serving.settings.server
        self.epoch = ""
        self.rev = 0
        self.mods: dict[str, int] = {}
        self.records: dict[SessionId, SessionRecord] = {}
        self.servers: dict[str, int] = {}
        self.removed: set[str] | None = None  # while a comparison runs: what went meanwhile
        self._lapsed: dict[str, float] = {}
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    async def reached(self, rev: int) -> None:
        """Until everything up to this revision is known."""
        if self.rev < rev:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((rev, future))
            await future

    def elsewhere(self, session: SessionId) -> bool:
        """Whether another server that lives has it."""
        record = self.records.get(session)
        return record is not None and record.server != self._ours and record.server in self.servers

    # All there is.

    def load(self, epoch: str, rev: int, pairs: Iterable[Pair]) -> None:
        """At the start, and whenever the watch cannot say what happened."""
        before = set(self.records)
        self.epoch, self.rev = epoch, rev
        self.mods.clear()
        self.records.clear()
        self.servers.clear()
        provisions: dict[ProvisionId, Provision] = {}
        suspected: set[SessionId] = set()
        for one in pairs:
            self.mods[one.key] = one.mod
            if one.key.startswith(layout.PROVISIONS):
                self._loaded(one, provisions, suspected)
            else:
                self._other(one)
        for held in self._lost(before):
            provisions.setdefault(held.id, held)
        self._core.start_at(epoch, rev, provisions.values())
        self._vouch(suspected)
        self._serving.flush()
        self._wake()

    def _loaded(self, given: Pair, into: dict[ProvisionId, Provision], suspected: set[SessionId]) -> None:
        found = layout.provision(given)
        if found is None:
            self._serving.note("warning", f"etcd: {given.key} is none of disco's provisions; it is passed over")
            return
        into[found[0].id] = found[0]
        if found[0].suspect:
            suspected.add(found[0].session)

    def _lost(self, before: set[SessionId]) -> Iterable[Provision]:
        """Sessions that etcd forgot: those connected here are told to it again, with all that they provide."""
        hub = self._core.hub
        for identifier in before - set(self.records):
            session = hub.sessions.get(identifier)
            if session is None or self._claimed(identifier):
                continue
            if session.connection is None:
                self._core.forget(self._serving.now(), identifier)
                continue
            self._serving.counters["etcd_reasserted"] += 1
            hub.effects.append(Keep(session.record))
            held = [one for one in map(hub.registry.get, session.provisions) if one is not None]
            for one in held:
                self._core.propose(Change(before=None, after=one), "sync")
            yield from held

    # What happens.

    def observe(self, rev: int, pairs: list[Pair]) -> None:
        """All that one revision changed. What was told before is passed over."""
        if rev <= self.rev:
            self._serving.counters["etcd_duplicates"] += 1
            return
        self.rev = rev
        suspected: set[SessionId] = set()
        for one in pairs:
            self._note(one)
        for one in pairs:
            if not one.key.startswith(layout.PROVISIONS) and one.value is not None:
                self._other(one)
        changes = tuple(self._changes(pairs, suspected))
        self._core.observe(self._serving.now(), rev, Transaction(changes=changes, cause="store"))
        for one in pairs:
            if not one.key.startswith(layout.PROVISIONS) and one.value is None:
                self._gone(one)
        self._vouch(suspected)
        self._serving.flush()
        self._wake()

    def _note(self, one: Pair) -> None:
        if one.value is not None:
            self.mods[one.key] = one.mod
            return
        self.mods.pop(one.key, None)
        if self.removed is not None:
            self.removed.add(one.key)

    def _changes(self, pairs: list[Pair], suspected: set[SessionId]) -> Iterable[Change]:
        """One that moved to another name is gone under the one, and there under the other: a single change."""
        after: dict[ProvisionId, Provision | None] = {}
        for one in pairs:
            if not one.key.startswith(layout.PROVISIONS):
                continue
            if one.value is None:
                named = layout.provision_id(one.key)
                known = self._core.hub.registry.get(named[1]) if named is not None else None
                if named is not None and known is not None and str(known.key) == named[0]:
                    after.setdefault(named[1], None)
            elif (found := layout.provision(one)) is not None:
                after[found[0].id] = found[0]
                if found[0].suspect and found[1] != self._ours:
                    suspected.add(found[0].session)
        for identifier, now in after.items():
            yield Change(before=self._core.hub.registry.get(identifier), after=now)

    def _other(self, one: Pair) -> None:
        if one.key.startswith(layout.SESSIONS):
            record = layout.session(one)
            if record is not None:
                self.records[record.id] = record
                self._know(record)
        elif one.key.startswith(layout.SERVERS):
            server = one.key.removeprefix(layout.SERVERS)
            new = server not in self.servers
            self.servers[server] = one.created
            if self._lapsed.pop(server, None) is not None and new:
                self._again(server)
            self._elect()

    def _gone(self, one: Pair) -> None:
        if one.key.startswith(layout.SESSIONS):
            identifier = SessionId(one.key.removeprefix(layout.SESSIONS))
            self.records.pop(identifier, None)
            self._core.forget(self._serving.now(), identifier)
        elif one.key.startswith(layout.SERVERS):
            server = one.key.removeprefix(layout.SERVERS)
            self.servers.pop(server, None)
            self._lapsed[server] = self._serving.now() + LAPSE
            self._elect()

    def _know(self, record: SessionRecord) -> None:
        if self._claimed(record.id):
            return  # it came to us since
        if record.server == self._ours and record.id not in self._core.hub.sessions:
            return  # it ended since
        if record.server != self._ours and record.server not in self.servers:
            self._lapsed.setdefault(record.server, self._serving.now() + LAPSE)
        self._core.know(self._serving.now(), record)

    def _vouch(self, sessions: Iterable[SessionId]) -> None:
        for identifier in sessions:
            self._core.vouch(self._serving.now(), identifier)

    def _wake(self) -> None:
        still = []
        for rev, future in self._waiting:
            if rev > self.rev:
                still.append((rev, future))
            elif not future.done():
                future.set_result(None)
        self._waiting = still

    # Servers that come and go.

    def _elect(self) -> None:
        """The one that has been there for longest gives up what servers that are gone left behind."""
        oldest = min(self.servers.items(), key=lambda one: (one[1], one[0]), default=("", 0))[0]
        on = oldest == self._ours
        if on and not self._core.hub.janitor:
            self._core.use_janitor(True)
            for record in self._of_the_gone():
                self._core.know(self._serving.now(), replace(record, server=""))
        self._core.use_janitor(on)

    def _of_the_gone(self) -> list[SessionRecord]:
        there = {*self.servers, self._ours, *self._lapsed}
        return [one for one in self.records.values() if one.server not in there]

    def _again(self, server: str) -> None:
        for record in self.records.values():
            if record.server == server:
                self._know(record)

    def lapse(self) -> None:
        """To be called now and then: servers that did not come back are gone, and their sessions nobody's."""
        now = self._serving.now()
        for server in [one for one, until in self._lapsed.items() if until <= now]:
            del self._lapsed[server]
            orphans = [one for one in self.records.values() if one.server == server and server != self._ours]
            if orphans:
                self._serving.note("info", f"server {server} is gone; its {len(orphans)} sessions may come here")
            for record in orphans:
                if not self._claimed(record.id):
                    self._core.know(now, replace(record, server=""))
        self._serving.flush()
