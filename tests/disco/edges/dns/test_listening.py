"""UDP and TCP below the messages: pieces, pipelines, peers that are idle, greedy or too many."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from dnslib import DNSRecord

from scs.disco.edges.dns import listening
from scs.disco.edges.dns.answering import Answering
from scs.disco.edges.dns.listening import Dns
from scs.disco.edges.dns.records import Domain
from scs.disco.edges.places import Place
from tests.disco.edges import rig

QUERY = bytes(DNSRecord.question("http.web.blog.dev.scs.internal", "A").pack())
FRAMED = len(QUERY).to_bytes(2) + QUERY
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def dns() -> AsyncIterator[Dns]:
    edge = Dns([Place(host="127.0.0.1")], Domain())
    async with rig.serving(edge) as serving:
        rig.Provider(serving).provide("a", "192.0.2.1")
        yield edge


@contextlib.asynccontextmanager
async def connected(edge: Dns) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.places[0].port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def answer(reader: asyncio.StreamReader) -> DNSRecord:
    size = int.from_bytes(await reader.readexactly(2))
    return DNSRecord.parse(await reader.readexactly(size))


def test_queries_in_pieces_and_several_at_once_are_answered_in_their_order() -> None:
    async def test() -> None:
        async with dns() as edge, connected(edge) as (reader, writer):
            for byte in FRAMED:
                writer.write(bytes([byte]))
                await writer.drain()
            assert str((await answer(reader)).rr[0].rdata) == "192.0.2.1"
            ids = [bytes([0, number]) for number in range(50)]
            writer.write(b"".join(FRAMED[:2] + one + QUERY[2:] for one in ids))
            assert [(await answer(reader)).header.id for _ in ids] == list(range(50))

    rig.run(test())


def test_what_was_asked_before_the_end_is_answered() -> None:
    async def test() -> None:
        async with dns() as edge, connected(edge) as (reader, writer):
            writer.write(FRAMED)
            writer.write_eof()
            assert (await answer(reader)).header.rcode == 0
            assert await reader.read() == b""

    rig.run(test())


def test_who_says_nothing_or_what_is_no_query_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "IDLE", 0.1)

    async def test() -> None:
        async with dns() as edge:
            for data in (b"", b"\0", b"\xff\xff\0", b"\0\3abc"):
                async with connected(edge) as (reader, writer):
                    writer.write(data)
                    with contextlib.suppress(ConnectionError):
                        assert await reader.read() == b""
            while edge.connections:
                await asyncio.sleep(0.001)

    rig.run(test())


def test_who_asks_without_reading_is_not_read_from() -> None:
    async def test() -> None:
        async with dns() as edge, connected(edge) as (reader, writer):
            many = FRAMED * 1000
            writer.write(many)
            first = len((await answer(reader)).pack()) + 2
            (stream,) = edge.connections
            while not stream._full:
                if not writer.transport.get_write_buffer_size():
                    writer.write(many)
                await asyncio.sleep(0)
            answered = edge.answering._counters["dns_noerror"]
            for _ in range(answered):  # it goes on as it is read
                await reader.readexactly(first)

    rig.run(test())


def test_there_are_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "CONNECTIONS", 2)

    async def test() -> None:
        async with dns() as edge, connected(edge), connected(edge), connected(edge) as (reader, _):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            assert len(edge.connections) == 2

    rig.run(test())


def test_there_are_only_so_many_connections_of_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "OF_ONE", 1)
    monkeypatch.setattr(listening, "_loopback", lambda host: host != "127.0.0.1")

    async def test() -> None:
        async with dns() as edge, connected(edge), connected(edge) as (reader, _):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            assert len(edge.connections) == 1

    rig.run(test())


def test_a_name_is_answered_on_each_of_its_addresses() -> None:
    async def test() -> None:
        edge = Dns([Place(host="localhost")], Domain())
        async with rig.serving(edge):
            here = {address[4][0] for address in socket.getaddrinfo("localhost", None)}
            assert {place.host for place in edge.places} == here

    rig.run(test())


class Sent(asyncio.DatagramTransport):
    def __init__(self) -> None:
        super().__init__()
        self.replies: Counter[str] = Counter()

    def sendto(self, data: bytes, addr: tuple[str, int] | None = None) -> None:  # type: ignore[override]  # as we call it
        assert addr is not None
        self.replies[f"{addr[0]} {'cut' if data[2] & 2 else 'whole'}"] += 1


def test_who_asks_too_often_by_udp_is_sent_to_tcp_until_the_next_second() -> None:
    now = 7.0

    async def test() -> None:
        nonlocal now
        async with rig.serving() as serving:
            rig.Provider(serving).provide("a", "192.0.2.1")
            one = listening._Datagrams(Answering(serving.core, Domain(), Counter()), lambda: now)
            sent = Sent()
            one.connection_made(sent)
            for host in ("198.51.100.1", "198.51.100.2", "127.0.0.1"):
                for _ in range(1_500 if host.endswith(".1") else 10):
                    one.datagram_received(QUERY, (host, 1234))
            assert sent.replies == {
                "198.51.100.1 whole": 1_000,
                "198.51.100.1 cut": 500,
                "198.51.100.2 whole": 10,
                "127.0.0.1 whole": 1_500,
            }
            now += 1
            one.datagram_received(QUERY, ("198.51.100.1", 1234))
            assert sent.replies["198.51.100.1 whole"] == 1_001

    rig.run(test())
