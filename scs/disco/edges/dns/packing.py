"""Records -> bytes that fit where they go. The one module that uses dnslib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from dnslib import AAAA, CNAME, EDNS0, NS, QTYPE, RR, SOA, SRV, A, DNSHeader, DNSLabel, DNSQuestion, DNSRecord

from scs.disco.edges.dns import messages
from scs.disco.edges.dns.records import Address, Alias, Authority, Domain, Record, Said, Server, Service

TTL = 2
NEGATIVE = 1  # SOA minimum: how long it may be remembered that there is nothing
MOST_UDP = 8  # records in an answer over UDP; all of them come over TCP
_TC = 0x0200


def packed(query: messages.Query, said: Said, domain: Domain, *, rev: int, most: int | None) -> bytes:
    """`most` bytes over UDP, None over TCP. What does not fit is left out, and said to be."""
    records = said.records if most is None else said.records[:MOST_UDP]
    cut = len(records) < len(said.records)
    data = _message(query, said, records, domain, rev=rev, additional=True)
    limit = most if most is not None else 65_535
    if len(data) > limit:  # addresses of services are a courtesy: that they are missing is no truncation
        data = _message(query, said, records, domain, rev=rev, additional=False)
    while len(data) > limit:
        records, cut = records[: len(records) * 3 // 4], True
        data = _message(query, said, records, domain, rev=rev, additional=False)
    return _truncated(data) if cut else data


def _truncated(data: bytes) -> bytes:
    flags = int.from_bytes(data[2:4]) | _TC
    return data[:2] + flags.to_bytes(2) + data[4:]


def _message(
    query: messages.Query, said: Said, records: Sequence[Record], domain: Domain, *, rev: int, additional: bool
) -> bytes:
    name = DNSLabel(query.labels)
    ours = said.code in (messages.NOERROR, messages.NXDOMAIN)
    header = DNSHeader(id=0, qr=1, aa=ours, rd=0, ra=0, rcode=said.code & 15)
    message = DNSRecord(header, q=DNSQuestion(name, query.type, query.class_))
    for record in records:
        message.add_answer(_rr(record, name, domain, rev))
    if ours and not said.records:
        message.add_auth(_authority(domain, rev, NEGATIVE))
    if additional:
        for target, service in {one.target: one for one in records if isinstance(one, Service)}.items():
            if service.ip is not None:
                message.add_ar(_rr(Address(service.ip), DNSLabel(target), domain, rev))
    if query.size is not None:
        message.add_ar(EDNS0(udp_len=messages.EDNS, ext_rcode=said.code >> 4))
    return bytes(message.pack())


def _rr(record: Record, name: DNSLabel, domain: Domain, rev: int) -> RR:
    match record:
        case Address(ip):
            data = A(str(ip)) if ip.version == 4 else AAAA(str(ip))
        case Alias(target):
            data = CNAME(target)
        case Service():
            data = SRV(record.priority, record.weight, record.port, record.target)
        case Authority():
            return _authority(domain, rev, TTL)
        case Server():
            data = NS(f"ns.{domain.text}")
        case _ as never:
            assert_never(never)
    return RR(name, getattr(QTYPE, type(data).__name__), rdata=data, ttl=TTL)


def _authority(domain: Domain, rev: int, ttl: int) -> RR:
    data = SOA(f"ns.{domain.text}", f"hostmaster.{domain.text}", (rev & 0xFFFFFFFF, 60, 10, 60, NEGATIVE))
    return RR(DNSLabel(domain.labels), QTYPE.SOA, rdata=data, ttl=ttl)
