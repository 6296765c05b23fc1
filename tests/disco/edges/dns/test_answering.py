"""Bytes of queries in, bytes of answers out: what `dig` does not ask."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest
from dnslib import DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from scs.disco.core.disco import Disco
from scs.disco.edges.dns import messages, packing
from scs.disco.edges.dns.answering import Answering
from scs.disco.edges.dns.records import Domain
from tests.disco.edges import rig
from tests.disco.table import Table

WEB = "http.web.blog.dev.scs.internal"


def answering(count: int = 3) -> tuple[Answering, Counter[str]]:
    table = Table()
    peer = table.peer()
    peer.ask("registry.join", {"options": {"proto": 1}})
    for number in range(count):
        address = {"host": f"192.0.2.{number}", "port": 80}
        peer.ask("provision.set", {**rig.names(), "uid": f"u{number}", "address": address})
    counters: Counter[str] = Counter()
    return Answering(table.disco, Domain(), counters), counters


def query(name: str = WEB, kind: str = "A") -> bytes:
    return bytes(DNSRecord.question(name, kind).pack())


def asked(one: Answering, data: bytes) -> DNSRecord:
    reply = one.answer(data, udp=True)
    assert reply is not None
    return DNSRecord.parse(reply)


def test_bytes_that_are_no_query_get_an_error_or_nothing() -> None:
    one, counters = answering()
    good = query()
    assert one.answer(b"", udp=True) is None
    assert one.answer(good[:11], udp=True) is None
    assert one.answer(good[:2] + b"\x80\0" + good[4:], udp=True) is None  # an answer: two servers would never end
    for bad in (
        good[:-1],  # cut
        good[:4] + b"\0\2" + good[6:],  # two questions
        good[:12] + b"\xc0\x0c" + good[-4:],  # a name that is itself
        good[:12] + b"\x40" + good[13:],  # a label of 64
        good[:12] + b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 4 + b"\0" + good[-4:],  # longer than 255
        good[:10] + b"\0\1" + good[12:],  # promises a record that is not there
    ):
        reply = one.answer(bad, udp=True)
        assert reply is not None
        assert (reply[:2], reply[3] & 15, len(reply)) == (bad[:2], messages.FORMERR, 12)
    assert counters == {"dns_ignored": 3, "dns_formerr": 6}


@given(st.binary(max_size=80))
def test_no_bytes_bring_it_down(data: bytes) -> None:
    one, _ = SHARED
    for given_ in (data, b"\0\1\0\0\0\1\0\0\0\0\0\0" + data, query()[:-4] + data):
        reply = one.answer(given_, udp=True)
        assert reply is None or reply[:2] == given_[:2]


SHARED = answering()


def test_several_orders_of_the_same_answer_are_told() -> None:
    one, counters = answering(8)
    orders = [tuple(str(rr.rdata) for rr in asked(one, query()).rr) for _ in range(64)]
    assert len({frozenset(order) for order in orders}) == 1
    assert 4 < len(set(orders)) <= 8
    assert len({order[0] for order in orders}) > 2
    assert counters == {"dns_noerror": 64}


def test_a_kept_answer_has_the_id_and_the_flags_of_its_query() -> None:
    one, _ = answering(1)
    first = one.answer(b"\1\2\1\0" + query()[4:], udp=True)
    second = one.answer(b"\3\4\0\0" + query()[4:], udp=True)
    assert first is not None
    assert second is not None
    assert (first[:4], second[:4]) == (b"\1\2\x85\0", b"\3\4\x84\0")
    assert first[4:] == second[4:]


def test_what_is_kept_is_bounded() -> None:
    one, _ = answering(1)
    for number in range(5_000):
        one.answer(query(f"x{number}.scs.internal"), udp=True)
    assert len(one._kept) <= 4_096


def test_who_asks_too_often_is_sent_to_tcp_in_no_more_bytes_than_it_sent() -> None:
    one, _ = answering()
    reply = one.refused_for_now(query())
    assert reply is not None
    assert len(reply) <= len(query())
    assert DNSRecord.parse(reply).header.tc == 1
    assert one.refused_for_now(b"x") is None


@pytest.mark.parametrize("kind", ["A", "SRV"])
def test_kept_answers_are_not_made_again(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = answering(1)
    name = WEB if kind == "A" else f"_http._tcp.{WEB.partition('.')[2]}"
    one.answer(query(name, kind), udp=True)
    monkeypatch.setattr(packing, "packed", None)  # whoever calls it fails
    assert one.answer(query(name, kind), udp=True) is not None


def test_the_same_revision_of_another_history_is_another_answer() -> None:
    disco = Disco(rig.SETTINGS, now=time.monotonic(), wall=time.time(), entropy=os.urandom)
    disco.tick(time.monotonic())
    one = Answering(disco, Domain(), Counter())
    disco.start_at("a", 5, [])
    assert asked(one, query()).header.rcode == messages.NXDOMAIN
    made = answering(1)[0].disco.hub.registry
    disco.start_at("b", 5, list(made))
    assert asked(one, query()).header.rcode == messages.NOERROR
