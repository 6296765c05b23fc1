"""Query bytes to answer bytes. Answers are kept, in several orders, until something under their name changes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from scs.disco.core.disco import Disco
from scs.disco.edges.dns import messages, names, packing, records
from scs.disco.edges.dns.messages import Bad, Query
from scs.disco.edges.dns.names import Endpoints
from scs.disco.edges.dns.records import Domain, Record, Said
from scs.disco.values import Key

_KEPT = 4_096
_ORDERS = 8  # of each answer that has several records, so that not everybody begins with the same
_IN, _ANY_CLASS = 1, 255
_QR, _AA, _TC, _KEEP = 0x8000, 0x0400, 0x0200, 0x7900  # opcode and RD come back as they were asked
_CODES = {
    messages.NOERROR: "dns_noerror",
    messages.FORMERR: "dns_formerr",
    messages.SERVFAIL: "dns_servfail",
    messages.NXDOMAIN: "dns_nxdomain",
    messages.NOTIMP: "dns_notimp",
    messages.REFUSED: "dns_refused",
    messages.BADVERS: "dns_badvers",
}

Stamp = tuple[str, int, bool]


@dataclass(slots=True)
class Kept:
    """One answer in the orders that were made so far. `key` says what it depends on; None: on everything."""

    said: Said
    key: Key | None
    stamp: Stamp
    orders: list[bytes] = field(default_factory=list)
    asked: int = 0


class Answering:
    """For one thread. `counters` has queries by how they were answered."""

    def __init__(self, disco: Disco, domain: Domain, counters: Counter[str]) -> None:
        self.disco = disco
        self.domain = domain
        self._counters = counters
        self._random = random.Random()
        self._kept: dict[tuple[bytes, int | None, bool], Kept] = {}

    def answer(self, data: bytes, *, udp: bool) -> bytes | None:
        query = messages.parse(data)
        match query:
            case None:
                self._counters["dns_ignored"] += 1
                return None
            case Bad():
                return self._short(query.id, query.flags, query.code)
            case _:
                return self._answered(query, udp=udp)

    def refused_for_now(self, data: bytes) -> bytes | None:
        """Whoever asks too often is told to come by TCP, in no more bytes than it sent: nobody can be flooded so."""
        query = messages.parse(data)
        if not isinstance(query, Query):
            return None
        self._counters["dns_limited"] += 1
        flags = _QR | _TC | (query.flags & _KEEP)
        return query.id + flags.to_bytes(2) + b"\0\1\0\0\0\0\0\0" + query.question

    def _answered(self, query: Query, *, udp: bool) -> bytes:
        if query.version:
            said = Said(messages.BADVERS)
            return self._patched(query, packing.packed(query, said, self.domain, rev=0, most=None), messages.BADVERS)
        size = query.size
        most = min(max(size or 0, messages.PLAIN), messages.EDNS) if udp else None
        kept = self._find(query, (query.question.lower(), most, size is not None))
        if kept is None:
            return self._short(query.id, query.flags, messages.REFUSED, query.question)
        turn = kept.asked % (_ORDERS if len(kept.said.records) > 1 else 1)
        kept.asked += 1
        if turn == len(kept.orders):
            said = replace(kept.said, records=self._shuffled(kept.said.records))
            kept.orders.append(packing.packed(query, said, self.domain, rev=kept.stamp[1], most=most))
        return self._patched(query, kept.orders[turn], kept.said.code)

    def _find(self, query: Query, by: tuple[bytes, int | None, bool]) -> Kept | None:
        kept = self._kept.get(by)
        if kept is not None and kept.stamp == self._stamp(kept.key):
            return kept
        if query.class_ not in (_IN, _ANY_CLASS) or (name := names.parse(query.labels, self.domain.labels)) is None:
            return None
        said = records.said(self.disco, name, query.type, self.domain)
        key = name.key if isinstance(name, Endpoints) and said.records else None
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        kept = self._kept[by] = Kept(said, key, self._stamp(key))
        return kept

    def _stamp(self, key: Key | None) -> Stamp:
        disco = self.disco
        return (disco.epoch, disco.rev if key is None else disco.changed_at(key), disco.complete)

    def _shuffled(self, given: tuple[Record, ...]) -> tuple[Record, ...]:
        """In any order; services keep theirs by priority, so that what is left out is the furthest away."""
        mixed = list(given)
        self._random.shuffle(mixed)
        mixed.sort(key=lambda one: one.priority if isinstance(one, records.Service) else 0)
        return tuple(mixed)

    def _patched(self, query: Query, data: bytes, code: int) -> bytes:
        """A kept answer for this query: its id and flags, and the very letters that it asked with."""
        self._counters[_CODES[code]] += 1
        flags = int.from_bytes(data[2:4]) | (query.flags & _KEEP)
        end = messages.HEADER + len(query.question)
        return query.id + flags.to_bytes(2) + data[4 : messages.HEADER] + query.question + data[end:]

    def _short(self, identifier: bytes, flags: int, code: int, question: bytes = b"") -> bytes:
        self._counters[_CODES[code]] += 1
        said = _QR | (flags & _KEEP) | code
        return identifier + said.to_bytes(2) + (b"\0\1" if question else b"\0\0") + b"\0" * 6 + question
