"""Who connects, and what becomes of it before anything is asked."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import replace

import aiohttp
import pytest

from scs.disco.edges import rereading
from scs.disco.edges.http import catalog, doors, guarding, live
from scs.disco.edges.http.listening import Http
from scs.disco.edges.places import Place
from scs.disco.edges.rereading import TlsFiles
from scs.disco.edges.serving import CannotServe
from scs.disco.settings import Limits
from tests.disco.edges import certificates, rig
from tests.disco.edges.http.front import front


def test_it_speaks_tls_where_the_server_does() -> None:
    async def test() -> None:
        ours = certificates.made()
        tls = rereading.context(TlsFiles(certificate=ours.certificate("server"), key=ours.key("server")))
        trusting = ssl.create_default_context(cafile=ours.ca)
        edge = Http([Place(host="127.0.0.1")])
        async with rig.serving(edge, tls=tls), aiohttp.ClientSession() as session:
            async with session.get(f"https://{edge.places[0]}/healthz", ssl=trusting) as response:
                assert response.status == 200
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"http://{edge.places[0]}/healthz")

    rig.run(test())


HOSTILE = (
    b"\x16\x03\x01\xff" * 700,
    b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
)


def test_what_is_no_request_is_refused_counted_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with front() as one:
            for data in HOSTILE:
                reader, writer = await asyncio.open_connection("127.0.0.1", one.edge.places[0].port)
                writer.write(data)
                assert (await reader.readline()).startswith(b"HTTP/1.0 400 ")
                writer.close()
                await writer.wait_closed()
            # Some are refused by the library before it would log them.
            assert 0 < one.serving.counters["http_malformed"] <= len(HOSTILE)
            assert not caplog.records
            await one.get("/healthz")

    rig.run(test())


def test_who_connects_and_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "SILENT", 0.2)
    monkeypatch.setattr(doors, "_LOOK", 0.05)

    async def test() -> None:
        async with front() as one:
            await one.get("/healthz")  # this one has spoken, and may be silent now
            port = one.edge.places[0].port
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            silent[1][1].write(b"GET / HT")
            silent[2][1].write(b"\r\n\r\n")
            for reader, writer in silent:
                assert await reader.read() == b""
                writer.close()
                await writer.wait_closed()
            assert one.serving.counters["http_silent"] == 3
            await one.get("/healthz")

    rig.run(test())


def test_there_are_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "MOST", 2)

    async def test() -> None:
        async with front() as one:
            port = one.edge.places[0].port
            ours = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            assert await ours[2][0].read() == b""
            for _, writer in ours:
                writer.transport.abort()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
            assert one.serving.counters["http_turned_away"] == 1

    rig.run(test())


def test_one_address_has_only_so_many_connections_and_gets_them_back() -> None:
    async def test() -> None:
        settings = replace(rig.SETTINGS, limits=Limits(connections_per_host=3))
        async with front(settings) as one:
            await one.get("/healthz")  # its connection stays
            port = one.edge.places[0].port
            ours = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            assert await ours[2][0].read() == b""
            other = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
            other[1].write(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert b'{"healthy":' in await other[0].read()
            for _, writer in (*ours, other):
                writer.transport.abort()
            while one.edge._doors._hosts != {"127.0.0.1": 1}:
                await asyncio.sleep(0.001)
            assert one.serving.counters["http_turned_away"] == 1

    rig.run(test())


@pytest.mark.parametrize("path", ["/v1/overview/events", "/v1/catalog"])
def test_who_does_not_read_is_let_go(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "PATIENCE", 0.1)
    monkeypatch.setattr(live.Live, "_frame", lambda _self, _scopes: b"x" * (8 << 20))
    monkeypatch.setattr(catalog, "_pieces", lambda _parts: iter([b"x" * (8 << 20)] * 3))

    async def test() -> None:
        async with front() as one:
            _, writer = await asyncio.open_connection("127.0.0.1", one.edge.places[0].port, limit=1024)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            while not one.edge._doors._server.connections:
                await asyncio.sleep(0.001)
            while one.edge._doors._server.connections:
                await asyncio.sleep(0.001)
            assert not one.edge._live._viewers
            assert not one.serving.counters["internal_errors"]
            writer.transport.abort()
            await one.get("/healthz")

    rig.run(test())


def test_it_does_not_listen_where_others_would_read_along() -> None:
    async def test() -> None:
        with pytest.raises(CannotServe, match="without TLS anybody on the way reads"):
            async with rig.serving(Http([Place(host="0.0.0.0")])):
                pass

    rig.run(test())
