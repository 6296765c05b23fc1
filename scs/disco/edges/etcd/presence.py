"""Our key among the servers, with a lease, and our heartbeat in it; whether the watch told us of that heartbeat."""

from __future__ import annotations

import asyncio

from scs.disco.edges.etcd import layout
from scs.disco.edges.etcd.gateway import Away, Gateway, Rejected
from scs.disco.edges.etcd.mirror import Mirror
from scs.disco.edges.serving import Serving

TTL = 10
EVERY = 2.5
LATE = 5.0  # a heartbeat of ours that the watch has not told after this long: it cannot be trusted
_NO_LEASE = 5  # gRPC's NOT_FOUND


class Presence:
    def __init__(self, gateway: Gateway, serving: Serving, mirror: Mirror) -> None:
        self._gateway = gateway
        self._mirror = mirror
        self._serving = serving
        self._lease = 0
        self._expected: tuple[int, float] | None = None
        self._beats = 0

    async def beat(self) -> None:
        """Raises Away or Rejected."""
        if self._lease and not await self._kept():
            self._serving.counters["etcd_leases_lost"] += 1
            self._lease = 0
        if not self._lease:
            said = await self._gateway.call("lease/grant", {"TTL": str(TTL)})
            self._lease = int(said["ID"])
        self._beats += 1
        key = layout.encoded(f"{layout.SERVERS}{self._serving.settings.server}")
        given = {"key": key, "value": layout.encoded(str(self._beats)), "lease": str(self._lease)}
        try:
            said = await self._gateway.call("kv/put", given)
        except Rejected as why:
            if why.code != _NO_LEASE:
                raise
            self._lease = 0
            return
        if self._expected is None:
            self._expected = (layout.revision(said), self._serving.now() + LATE)

    async def _kept(self) -> bool:
        """An unknown lease is no error of etcd's: it is an answer without a time."""
        said = await self._gateway.call("lease/keepalive", {"ID": str(self._lease)})
        return int(said.get("result", said).get("TTL", 0)) > 0

    def late(self) -> bool:
        """Whether the watch did not tell what was committed long ago."""
        if self._expected is None:
            return False
        rev, until = self._expected
        if self._mirror.rev >= rev:
            self._expected = None
            return False
        return self._serving.now() > until

    def forgive(self) -> None:
        """There is another watch now: it has its own time."""
        if self._expected is not None:
            self._expected = (self._expected[0], self._serving.now() + LATE)

    async def leave(self) -> None:
        """Others need not wait for the lease's end."""
        if self._lease:
            await self._gateway.call("lease/revoke", {"ID": str(self._lease)}, seconds=1.0)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.beat()
                await asyncio.sleep(EVERY if self._lease else 0)
            except (Away, Rejected):
                self._serving.counters["etcd_heartbeats_failed"] += 1
                await asyncio.sleep(1.0)
