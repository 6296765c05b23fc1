"""All that etcd holds of disco at one revision, page by page; and whether what we know agrees with it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from scs.disco.edges.etcd import layout
from scs.disco.edges.etcd.gateway import Away, Gateway, Rejected, Said
from scs.disco.edges.etcd.layout import Pair
from scs.disco.edges.etcd.mirror import Mirror

PAGE = 500
KEYS = 2_000
BEHIND = 10.0  # seconds for the watch to tell what a comparison already saw
_COMPACTED = 11  # of gRPC: out of range


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    epoch: str
    rev: int
    pairs: list[Pair]


async def everything(gateway: Gateway) -> Content:
    """Raises Away or Rejected."""
    return await _pages(gateway, {"limit": str(PAGE)})


async def _pages(gateway: Gateway, how: Said) -> Content:
    try:
        return await _paged(gateway, how)
    except Rejected as problem:
        if problem.code != _COMPACTED:
            raise
        raise Away("what is read was compacted meanwhile") from None  # the next try reads a newer revision


async def _paged(gateway: Gateway, how: Said) -> Content:
    span = layout.prefix(layout.ROOT)
    said = await gateway.call("kv/range", {**span, **how})
    rev, pairs = layout.revision(said), [layout.pair(one) for one in said.get("kvs", ())]
    epoch = f"{int(said['header']['cluster_id']):016x}"
    while said.get("more"):
        after = {**span, "key": layout.encoded(pairs[-1].key + "\0")}
        said = await gateway.call("kv/range", {**after, **how, "revision": str(rev)})
        pairs += [layout.pair(one) for one in said.get("kvs", ())]
    return Content(epoch=epoch, rev=rev, pairs=pairs)


async def differences(gateway: Gateway, mirror: Mirror) -> int:
    """How many keys are not as the watch said, by any member's word; -1 if it is another cluster or an older state.

    Raises Away, Rejected, or TimeoutError where the watch does not even come to what is already there.
    """
    mirror.removed = set()
    try:
        content = await _pages(gateway, {"limit": str(KEYS), "keys_only": True, "serializable": True})
        if content.epoch != mirror.epoch:
            return -1
        async with asyncio.timeout(BEHIND):
            await mirror.reached(content.rev)
        there = {one.key: one.mod for one in content.pairs}
        wrong = sum(there.get(key, 0) != mod for key, mod in mirror.mods.items() if mod <= content.rev)
        missed = (key for key in there if key not in mirror.mods and key not in mirror.removed)
        return wrong + sum(1 for _ in missed)
    finally:
        mirror.removed = None
