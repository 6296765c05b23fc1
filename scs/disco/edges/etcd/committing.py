"""What the core proposes, in its order, as transactions of etcd that hold only if nobody else was faster.

One is under way at a time; what comes meanwhile goes together with the next. Each compares the revisions of what it
changes and of the sessions concerned: a server that lost a session cannot change what it provides any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from scs.disco.edges.etcd import layout, merging
from scs.disco.edges.etcd.gateway import Away, Gateway, Rejected, Said
from scs.disco.edges.etcd.mirror import Mirror
from scs.disco.edges.serving import Serving
from scs.disco.effects import Forget, Keep, Propose
from scs.disco.problems import Refused
from scs.disco.values import Cause, Change, Provision, SessionId, SessionRecord

OPERATIONS = 120  # of etcd's 128, comparisons and changes alike
PIECE = 30  # changes, each with up to four comparisons
QUEUED = 10_000
TRIES = 8
TRY = 1.5  # seconds: what a leader that died had taken is lost, and done twice it is done once
RETRY = 0.2
OURS: tuple[Cause, ...] = ("detach", "expire", "resume", "damp")  # what a server does by itself for its sessions


@dataclass(slots=True, eq=False)
class Job:
    """One thing to be written. `ticket` 0: nobody waits for it."""

    ticket: int = 0
    changes: tuple[Change, ...] = ()
    cause: Cause = "store"
    keep: SessionRecord | None = None
    forget: SessionId | None = None
    tries: int = 0


@dataclass(slots=True)
class Operations:
    """`value` None: the key is to go."""

    compare: dict[str, int] = field(default_factory=dict)
    write: dict[str, str | None] = field(default_factory=dict)

    def add(self, other: Operations) -> bool:
        """Whether it fits in."""
        if self.write.keys() & other.write.keys():
            return False
        both = {**self.compare, **other.compare}
        if self.write and max(len(both), len(self.write) + len(other.write)) > OPERATIONS:
            return False
        self.compare = both
        self.write.update(other.write)
        return True

    def body(self) -> Said:
        compare = [
            {"key": layout.encoded(key), "target": "MOD", "result": "EQUAL", "mod_revision": str(mod)}
            for key, mod in self.compare.items()
        ]
        return {"compare": compare, "success": [_request(key, value) for key, value in self.write.items()]}


def _request(key: str, value: str | None) -> Said:
    if value is None:
        return {"request_delete_range": {"key": layout.encoded(key)}}
    return {"request_put": {"key": layout.encoded(key), "value": layout.encoded(value)}}


class Committer:
    def __init__(self, gateway: Gateway, serving: Serving) -> None:
        self._gateway = gateway
        self._serving = serving
        self._ours = serving.settings.server
        self._queue: deque[Job] = deque()
        self._claims: Counter[SessionId] = Counter()
        self._wake = asyncio.Event()
        self._under_way: list[Job] = []
        self._alone = 0  # so many jobs go one by one: together they failed
        self.away = ""  # why etcd cannot be written to
        self.mirror = Mirror(serving, self.claimed)

    def claimed(self, session: SessionId) -> bool:
        return session in self._claims

    @property
    def unwritten(self) -> int:
        """Jobs that etcd has not answered for: those that wait, and those on their way to it."""
        return len(self._queue) + len(self._under_way)

    def take(self, effect: Propose | Keep | Forget) -> None:
        """The core's effects: `Serving.store`."""
        match effect:
            case Propose(ticket=ticket, transaction=transaction):
                cause, changes = transaction.cause, transaction.changes
                if len(self._queue) >= QUEUED and cause in ("set", "sync", "state", "federate"):
                    why = Refused("The store is away: try again later.", name="Unavailable", extra={"retry_after": 5})
                    self._serving.core.settle(self._serving.now(), ticket, why)
                    return
                last = (len(changes) - 1) // PIECE
                for number in range(last + 1):
                    piece = changes[number * PIECE : (number + 1) * PIECE]
                    self._queue.append(Job(ticket=ticket if number == last else 0, changes=piece, cause=cause))
            case Keep(session=record):
                self._claims[record.id] += 1
                self._queue.append(Job(keep=record))
            case Forget(session=identifier):
                self._queue.append(Job(forget=identifier))
        self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            await self._next()

    async def _next(self) -> None:
        jobs, operations = self._together()
        if not operations.write:
            self._done(jobs, None)
            return
        self._under_way = jobs
        try:
            said = await self._gateway.call("kv/txn", operations.body(), seconds=TRY)
        except Away as why:
            self._gone(str(why))
            self._back(jobs)
            self._under_way = []
            await asyncio.sleep(RETRY)
        except Rejected as why:
            self._failed(jobs, Refused(f"The store refuses it: {why}", name="Unavailable"), at_once=True)
        else:
            if self.away:
                self.away = ""
                self._serving.note("info", f"etcd can be written to again; {len(self._queue)} changes waited")
            await self.mirror.reached(layout.revision(said))
            if said.get("succeeded"):
                self._done(jobs, None)
            else:
                self._serving.counters["etcd_conflicts"] += 1
                self._failed(jobs, Refused("Others changed the same: try again.", name="Conflict"))
        self._under_way = []

    def _together(self) -> tuple[list[Job], Operations]:
        """As many as go into one transaction, oldest first."""
        jobs: list[Job] = []
        whole = Operations()
        while self._queue:
            job = self._queue[0]
            mine = self._operations(job)
            if not whole.add(mine):
                break
            jobs.append(self._queue.popleft())
            if self._alone:
                self._alone -= 1
                break
        return jobs, whole

    def _failed(self, jobs: list[Job], why: Refused, *, at_once: bool = False) -> None:
        """Together they fail because of any one of them: then each goes alone, and alone a few times."""
        if len(jobs) > 1:
            self._alone += len(jobs)
            self._back(jobs)
            return
        (job,) = jobs
        job.tries += 1
        if at_once or job.tries >= TRIES:
            self._serving.note("warning", f"etcd did not take a change: {why.message}")
            self._done(jobs, why)
        else:
            self._alone += 1
            self._back(jobs)

    def _back(self, jobs: list[Job]) -> None:
        self._queue.extendleft(reversed(jobs))

    def _gone(self, why: str) -> None:
        if not self.away:
            self._serving.note("warning", f"etcd cannot be written to, changes wait: {why}")
        self.away = why

    def _done(self, jobs: list[Job], why: Refused | None) -> None:
        now = self._serving.now()
        for job in jobs:
            if job.keep is not None:
                self._claims[job.keep.id] -= 1
                if not self._claims[job.keep.id]:
                    del self._claims[job.keep.id]
                self._serving.core.vouch(now, job.keep.id)
            if job.ticket:
                self._serving.core.settle(now, job.ticket, why)
        self._serving.flush()

    # What a job comes to, as things are now.

    def _operations(self, job: Job) -> Operations:
        made = Operations()
        if job.keep is not None:
            self._keep(made, job.keep)
        elif job.forget is not None:
            self._forget(made, job.forget)
        else:
            for change in job.changes:
                self._change(made, change, job.cause)
        return made

    def _keep(self, made: Operations, record: SessionRecord) -> None:
        session = self._serving.core.hub.sessions.get(record.id)
        if session is not None and session.record.server == self._ours:
            key = layout.session_key(record.id)
            made.compare[key] = self.mirror.mods.get(key, 0)
            made.write[key] = layout.session_value(session.record)

    def _forget(self, made: Operations, identifier: SessionId) -> None:
        key = layout.session_key(identifier)
        if key in self.mirror.mods and not self.mirror.elsewhere(identifier):
            made.compare[key] = self.mirror.mods[key]
            made.write[key] = None

    def _change(self, made: Operations, change: Change, cause: Cause) -> None:
        current = self._serving.core.hub.registry.get(change.id)
        if cause in OURS and change.before is not None and self.mirror.elsewhere(change.before.session):
            self._serving.core.relink()
            return
        wanted = merging.merged(change, current, cause)
        if wanted == current and (current is None or layout.provision_key(current) in self.mirror.mods):
            return
        for key, value in _writes(current, wanted, self._ours):
            made.write[key] = value
            made.compare[key] = self.mirror.mods.get(key, 0)
        for one in (current, wanted):
            if one is not None:
                key = layout.session_key(one.session)
                made.compare[key] = self.mirror.mods.get(key, 0)


def _writes(current: Provision | None, wanted: Provision | None, server: str) -> Iterator[tuple[str, str | None]]:
    if current is not None and (wanted is None or wanted.key != current.key):
        yield layout.provision_key(current), None
    if wanted is not None:
        yield layout.provision_key(wanted), layout.provision_value(wanted, server)
